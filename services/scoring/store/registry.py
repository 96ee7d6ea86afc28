"""The registry as scoring needs it: names and belongings. The newest sequence wins."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import ARRAY, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.scope import Kind, Scope

_NAMED = """
    INSERT INTO {table} (code, name, kind, timezone, sequence)
    VALUES (:code, :name, :kind, :timezone, :sequence)
    ON CONFLICT (code) DO UPDATE
    SET name = excluded.name, kind = excluded.kind, timezone = excluded.timezone,
        sequence = excluded.sequence
    WHERE {table}.sequence < excluded.sequence
"""
_AGENCY = text(_NAMED.format(table="agency"))
_PLACE = text(_NAMED.format(table="place"))
_SERVICE = text("""
    INSERT INTO service (code, agency, name, sequence) VALUES (:code, :agency, :name, :sequence)
    ON CONFLICT (code) DO UPDATE SET name = excluded.name, sequence = excluded.sequence
    WHERE service.sequence < excluded.sequence
""")

_NAMES = """
    SELECT 'agency:' || code AS scope, name FROM agency UNION ALL
    SELECT 'service:' || code, name FROM service UNION ALL
    SELECT 'place:' || code, name FROM place
"""
_NAME = text(f"SELECT name FROM ({_NAMES}) AS known WHERE scope = :scope")
_NAMES_OF = text(
    f"SELECT scope, name FROM ({_NAMES}) AS known WHERE scope = ANY(:scopes)"
).bindparams(bindparam("scopes", type_=ARRAY(Text)))
_UNITS = {
    unit: text(f"SELECT code, name FROM {unit} ORDER BY code")
    for unit in (Kind.AGENCY, Kind.SERVICE, Kind.PLACE)
}
_SERVICES_OF = text("SELECT code, name FROM service WHERE agency = :agency ORDER BY code")


@dataclass(frozen=True, slots=True)
class Named:
    """An agency or a place as the event of this sequence says it; without a zone, the city's."""

    code: str
    name: str
    kind: str
    timezone: str | None
    sequence: int


async def name_of(connection: AsyncConnection, scope: str) -> str | None:
    """The name of a scope, or None if it is not registered."""
    name: str | None = await connection.scalar(_NAME, {"scope": scope})
    return name


async def units(
    connection: AsyncConnection, unit: Kind, within: Scope
) -> Sequence[tuple[str, str]]:
    """Code and name of all agencies, services or places; of an agency its services."""
    query, values = _UNITS[unit], {}
    if within.kind is Kind.AGENCY and unit is Kind.SERVICE:
        query, values = _SERVICES_OF, {"agency": within.code}
    return [(row.code, row.name) for row in await connection.execute(query, values)]


async def names(connection: AsyncConnection, scopes: Collection[str]) -> dict[str, str]:
    """The names of these scopes, of those that are registered."""
    rows = await connection.execute(_NAMES_OF, {"scopes": list(scopes)})
    return {row.scope: row.name for row in rows}


async def store_agency(connection: AsyncConnection, agency: Named) -> None:
    """Store an agency, or what it is called now."""
    await connection.execute(_AGENCY, asdict(agency))


async def store_place(connection: AsyncConnection, place: Named) -> None:
    """Store a place, or what it is called now."""
    await connection.execute(_PLACE, asdict(place))


async def store_service(connection: AsyncConnection, code: str, name: str, sequence: int) -> None:
    """Store or rename a service; its agency is the first part of its code."""
    agency = code.partition(".")[0]
    values = {"code": code, "agency": agency, "name": name, "sequence": sequence}
    await connection.execute(_SERVICE, values)
