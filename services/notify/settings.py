"""Settings of notify."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from shared.settings import ServiceSettings

Networks = tuple[IPv4Network | IPv6Network, ...]


class Settings(ServiceSettings):
    """Read from the environment; see the README's table of settings."""

    notify_database_url: SecretStr
    intake_url: str
    scoring_url: str
    notify_keep_days: int = Field(default=7, ge=4, le=366)
    webhook_ca_file: Path | None = None
    webhook_allow_nets: Annotated[Networks, NoDecode] = ()
    retry_scale: float = Field(default=1.0, gt=0, le=1)

    @field_validator("webhook_allow_nets", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(ip_network(net.strip()) for net in value.split(",") if net.strip())

    def test_switches(self) -> dict[str, object]:
        """Where tests may send webhooks though it is not public, and how short they wait."""
        switches = super().test_switches()
        if self.webhook_allow_nets:
            switches["webhook_allow_nets"] = [str(net) for net in self.webhook_allow_nets]
        if self.retry_scale != 1.0:
            switches["retry_scale"] = self.retry_scale
        return switches
