"""Settings of scoring."""

from pydantic import SecretStr

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Read from the environment; see the README's table of settings."""

    scoring_database_url: SecretStr
    intake_url: str
