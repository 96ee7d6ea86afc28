"""The registry as scoring needs it: names and belongings. The newest sequence wins."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import ARRAY, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.scope import CITY, Kind, Scope

_NAMED = """
    INSERT INTO {table} (code, name, kind, timezone, example, sequence)
    VALUES (:code, :name, :kind, :timezone, :example, :sequence)
    ON CONFLICT (code) DO UPDATE
    SET name = excluded.name, kind = excluded.kind, timezone = excluded.timezone,
        example = excluded.example, sequence = excluded.sequence
    WHERE {table}.sequence < excluded.sequence
"""
_AGENCY = text(_NAMED.format(table="agency"))
_PLACE = text(_NAMED.format(table="place"))
_SERVICE = text("""
    INSERT INTO service (code, agency, name, example, sequence)
    VALUES (:code, :agency, :name, :example, :sequence)
    ON CONFLICT (code) DO UPDATE
    SET name = excluded.name, example = excluded.example, sequence = excluded.sequence
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
    unit: text(f"SELECT code, name, example FROM {unit} ORDER BY code")
    for unit in (Kind.AGENCY, Kind.SERVICE, Kind.PLACE)
}
_SERVICES_OF = text("SELECT code, name, example FROM service WHERE agency = :agency ORDER BY code")
# What a scope is called, as part of a statement that knows its :code.
NAME = {
    Kind.CITY: "NULL::text",
    Kind.AGENCY: "(SELECT name FROM agency WHERE code = :code)",
    Kind.SERVICE: "(SELECT name FROM service WHERE code = :code)",
    Kind.PLACE: "(SELECT name FROM place WHERE code = :code)",
}
# A service is no more official than its agency, and a place or the city than what is found there.
EXAMPLE = {
    Kind.CITY: "EXISTS (SELECT FROM agency WHERE example)",
    Kind.AGENCY: "EXISTS (SELECT FROM agency WHERE code = :code AND example)",
    Kind.PLACE: "EXISTS (SELECT FROM place WHERE code = :code AND example)",
    Kind.SERVICE: """(
        EXISTS (SELECT FROM service WHERE code = :code AND example) OR EXISTS (
            SELECT FROM agency WHERE code = split_part(CAST(:code AS text), '.', 1) AND example
        )
    )""",
}
_SCOPE = {kind: text(f"SELECT {NAME[kind]} AS name, {EXAMPLE[kind]} AS example") for kind in Kind}


@dataclass(frozen=True, slots=True)
class Named:
    """An agency or a place as the event of this sequence says it; without a zone, the city's."""

    code: str
    name: str
    kind: str
    timezone: str | None
    example: bool
    sequence: int


@dataclass(frozen=True, slots=True)
class Known:
    """An agency, place or service as it is called; `example`: made up to show Rancak."""

    code: str
    name: str
    example: bool


@dataclass(frozen=True, slots=True)
class Called:
    """A scope by its name, None where it is not registered or is the city; `example`: made up to
    show Rancak, as a city is as soon as one of its agencies is."""

    name: str | None
    example: bool


async def name_of(connection: AsyncConnection, scope: str) -> str | None:
    """The name of a scope, or None if it is not registered."""
    name: str | None = await connection.scalar(_NAME, {"scope": scope})
    return name


async def scope_of(connection: AsyncConnection, scope: Scope) -> Called:
    """What a scope is called, and whether it is an example."""
    values = {} if scope == CITY else {"code": scope.code}
    return Called(*(await connection.execute(_SCOPE[scope.kind], values)).one())


async def units(connection: AsyncConnection, unit: Kind, within: Scope) -> Sequence[Known]:
    """All agencies, services or places; of an agency its services."""
    query, values = _UNITS[unit], {}
    if within.kind is Kind.AGENCY and unit is Kind.SERVICE:
        query, values = _SERVICES_OF, {"agency": within.code}
    return [Known(*row) for row in await connection.execute(query, values)]


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


async def store_service(connection: AsyncConnection, service: Known, sequence: int) -> None:
    """Store or rename a service; its agency is the first part of its code."""
    agency = service.code.partition(".")[0]
    values = {**asdict(service), "agency": agency, "sequence": sequence}
    await connection.execute(_SERVICE, values)
