"""Settings that every service has, read once from `RANCAK_*` and handed down as values."""

from datetime import UTC, datetime, timedelta
from typing import Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

EXAMPLE_SECRETS = frozenset({"change-me", "changeme", "secret", "example", "password"})
MOST_PARTITIONS = 256


class ServiceSettings(BaseSettings):
    """What intake, scoring and notify all need. A wrong value stops the start with a clear line."""

    model_config = SettingsConfigDict(env_prefix="RANCAK_", frozen=True, extra="ignore")

    env: Literal["production", "test"] = "production"
    redis_url: SecretStr
    service_key: SecretStr
    secret_key: SecretStr
    public_url: str = "http://127.0.0.1:8000"
    timezone: str = "Asia/Jakarta"
    partitions: int = Field(default=4, ge=1, le=MOST_PARTITIONS)
    clock: str | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("service_key", "secret_key")
    @classmethod
    def _is_a_real_secret(cls, secret: SecretStr) -> SecretStr:
        value = secret.get_secret_value()
        if len(value) < 32 or value.lower() in EXAMPLE_SECRETS:
            raise ValueError("must be a random secret of at least 32 characters")
        return secret

    @field_validator("timezone")
    @classmethod
    def _is_a_known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as unknown:
            raise ValueError("must be an IANA time zone such as Asia/Jakarta") from unknown
        return name

    @field_validator("partitions")
    @classmethod
    def _is_a_power_of_two(cls, partitions: int) -> int:
        if partitions & (partitions - 1):
            raise ValueError("must be a power of two")
        return partitions

    @field_validator("clock")
    @classmethod
    def _is_a_clock(cls, clock: str | None) -> str | None:
        if clock is not None:
            clock_of(clock)
        return clock

    def test_switches(self) -> dict[str, object]:
        """The switches that are set and work only with RANCAK_ENV=test; `/healthz` shows them."""
        return {} if self.clock is None else {"clock": self.clock}

    def now(self) -> datetime:
        """The time, in UTC: the machine's unless a test switch says otherwise."""
        return datetime.now(UTC) if self.clock is None else clock_of(self.clock)

    @model_validator(mode="after")
    def _test_switches_stay_in_tests(self) -> Self:
        if self.env != "test" and self.test_switches():
            names = ", ".join(sorted(self.test_switches()))
            raise ValueError(f"{names} may be set only with RANCAK_ENV=test")
        return self


def clock_of(text: str) -> datetime:
    """RANCAK_CLOCK: a fixed time with offset, or seconds to shift by ("+3600", "-86400")."""
    if text[:1] in {"+", "-"}:
        return datetime.now(UTC) + timedelta(seconds=float(text))
    fixed = datetime.fromisoformat(text)
    if fixed.tzinfo is None:
        raise ValueError("needs an offset, such as 2026-09-14T10:00:00+07:00")
    return fixed.astimezone(UTC)
