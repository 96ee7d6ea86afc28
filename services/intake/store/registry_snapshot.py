"""The registry as intake's hot path needs it: in memory, exact as of a sequence of `registry`."""

from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.domain.questionnaire import Questionnaire
from services.intake.store import questionnaires
from shared.auth import Principal

_VERSION = text("SELECT head FROM stream WHERE name = 'registry'")
_KEYS = text("SELECT id, agency, scopes, mode, secret_hash FROM api_key WHERE NOT revoked")
_SERVICES = text("SELECT code, valid_from, valid_until FROM service")
_PLACES = text("SELECT code, timezone FROM place")
_AGENCIES = text("SELECT code, timezone FROM agency")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Keys, services, places and agencies after the registry event `version`.

    `questionnaires` are those of agencies that have their own, the national one first.
    Every change of them is a registry event of the same transaction, so one number says it all.
    """

    version: int = -1
    keys: dict[str, tuple[Principal, str]] = field(default_factory=dict)
    services: dict[str, tuple[date | None, date | None]] = field(default_factory=dict)
    places: dict[str, ZoneInfo] = field(default_factory=dict)
    agencies: dict[str, ZoneInfo] = field(default_factory=dict)
    questionnaires: dict[str, tuple[Questionnaire, ...]] = field(default_factory=dict)


async def version(connection: AsyncConnection) -> int:
    """The newest registry sequence."""
    return int(await connection.scalar(_VERSION) or 0)


async def load(connection: AsyncConnection, default_zone: str) -> Snapshot:
    """Read the registry. The version is read first: a later change makes it look old, never new."""
    newest = await version(connection)
    keys = {
        row.id: (Principal(row.id, row.agency, frozenset(row.scopes), row.mode), row.secret_hash)
        for row in await connection.execute(_KEYS)
    }
    services = {code: (start, end) for code, start, end in await connection.execute(_SERVICES)}
    agencies = await connection.execute(_AGENCIES)
    places = await connection.execute(_PLACES)
    return Snapshot(
        newest,
        keys,
        services,
        {code: ZoneInfo(zone or default_zone) for code, zone in places},
        {code: ZoneInfo(zone or default_zone) for code, zone in agencies},
        await questionnaires.by_agency(connection),
    )
