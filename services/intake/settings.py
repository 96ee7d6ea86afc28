"""Settings of intake."""

from pydantic import Field, SecretStr

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Read from the environment; see the README's table of settings."""

    intake_database_url: SecretStr
    import_limit_mb: int = Field(default=32, ge=1, le=1024)
