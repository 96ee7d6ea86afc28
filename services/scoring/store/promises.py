"""What was promised of services, the zones of places, and what must be reckoned anew."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ARRAY, Date, Integer, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

_PUBLISH = text("""
    INSERT INTO standard_deadline (service, version, valid_from, number, unit, starts, pauses)
    VALUES (:service, :version, :valid_from, :number, :unit, :starts, :pauses)
    ON CONFLICT DO NOTHING
""").bindparams(
    bindparam("version", type_=Integer),
    bindparam("valid_from", type_=Date),
    bindparam("number", type_=Integer),
    bindparam("pauses", type_=ARRAY(Text)),
)
_PUBLISHED = text("""
    SELECT service, version, valid_from, number, unit, starts, pauses FROM standard_deadline
    WHERE service = ANY(:services) ORDER BY service, version
""").bindparams(bindparam("services", type_=ARRAY(Text)))
# Who reads promises shares it, who changes them has it alone: so no application is kept under what
# was promised before, unseen by whoever reckons anew.
_READING = text("SELECT pg_advisory_xact_lock_shared(hashtext(current_schema() || ' promises'))")
_CHANGING = text("SELECT pg_advisory_xact_lock(hashtext(current_schema() || ' promises'))")
_ZONES = text("""
    SELECT 'place' AS kind, code, timezone FROM place WHERE timezone IS NOT NULL
    UNION ALL SELECT 'agency', code, timezone FROM agency WHERE timezone IS NOT NULL
""")
_RESTATE = text("""
    INSERT INTO restatement (service) SELECT unnest(:services)
    ON CONFLICT (service) DO UPDATE SET after = ''
""").bindparams(bindparam("services", type_=ARRAY(Text)))
_RESTATE_ALL = text("""
    INSERT INTO restatement (service)
    SELECT service FROM application UNION SELECT service FROM complaint
    ON CONFLICT (service) DO UPDATE SET after = ''
""")
_NEXT = text("""
    SELECT service, after FROM restatement ORDER BY service LIMIT 1 FOR UPDATE SKIP LOCKED
""")
_GO_ON = text("UPDATE restatement SET after = :after WHERE service = :service")
_DONE = text("DELETE FROM restatement WHERE service = :service")
_FINGERPRINT = text("SELECT fingerprint FROM work_calendar")
_FORGET_FINGERPRINT = text("DELETE FROM work_calendar")
_KEEP_FINGERPRINT = text("INSERT INTO work_calendar (fingerprint) VALUES (:fingerprint)")


@dataclass(frozen=True, slots=True)
class Published:
    """The deadline of a version of a service's standard; `number` None: it promises no time."""

    service: str
    version: int
    valid_from: date
    number: int | None
    unit: str | None
    starts: str | None
    pauses: Sequence[str]


@dataclass(frozen=True, slots=True)
class Zones:
    """The zones that places and agencies name; who names none has that of the city."""

    places: Mapping[str, str]
    agencies: Mapping[str, str]


async def change(connection: AsyncConnection) -> None:
    """Wait for whoever reads promises; nobody else does until the transaction ends."""
    await connection.execute(_CHANGING)


async def publish(connection: AsyncConnection, deadline: Published) -> None:
    """Store what a version promises; a version never changes."""
    await change(connection)
    values = {name: getattr(deadline, name) for name in Published.__dataclass_fields__}
    await connection.execute(_PUBLISH, {**values, "pauses": list(deadline.pauses)})


async def published(
    connection: AsyncConnection, services: Collection[str]
) -> dict[str, list[Published]]:
    """All versions of these services, the first one first. They stay until the transaction ends."""
    await connection.execute(_READING)
    found: dict[str, list[Published]] = {}
    for row in await connection.execute(_PUBLISHED, {"services": sorted(services)}):
        found.setdefault(row.service, []).append(Published(*row))
    return found


async def zones(connection: AsyncConnection) -> Zones:
    """All zones that differ from the city's, or may."""
    rows = (await connection.execute(_ZONES)).all()
    return Zones(
        {code: zone for kind, code, zone in rows if kind == "place"},
        {code: zone for kind, code, zone in rows if kind == "agency"},
    )


async def restate(connection: AsyncConnection, services: Collection[str]) -> None:
    """Say that the clocks of all applications of these services are to be reckoned anew."""
    await connection.execute(_RESTATE, {"services": sorted(services)})


async def next_restatement(connection: AsyncConnection) -> tuple[str, str] | None:
    """A service to reckon anew and the reference after which to go on; held until the end."""
    row = (await connection.execute(_NEXT)).one_or_none()
    return (row.service, row.after) if row else None


async def restated(connection: AsyncConnection, service: str, after: str | None) -> None:
    """Up to which reference a service is done; None: all of it."""
    if after is None:
        await connection.execute(_DONE, {"service": service})
    else:
        await connection.execute(_GO_ON, {"service": service, "after": after})


async def calendar_changed(connection: AsyncConnection, fingerprint: str) -> bool:
    """Whether the calendar is another than at the last start; then all is to be reckoned anew."""
    known = await connection.scalar(_FINGERPRINT)
    if known == fingerprint:
        return False
    await connection.execute(_FORGET_FINGERPRINT)
    await connection.execute(_KEEP_FINGERPRINT, {"fingerprint": fingerprint})
    if known is not None:
        await connection.execute(_RESTATE_ALL)
    return known is not None
