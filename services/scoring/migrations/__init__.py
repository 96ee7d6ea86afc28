"""Migrations of scoring's schema: numbered, forward-only, expand then contract."""

from pathlib import Path

from pydantic import SecretStr

from shared import migrate

FOLDER = Path(__file__).parent


def upgrade(url: SecretStr | str) -> None:
    """Bring the schema to the newest revision."""
    migrate.upgrade(url, FOLDER)


def newest() -> str:
    """The revision that this code needs."""
    return migrate.newest(FOLDER)
