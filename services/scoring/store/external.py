"""What agencies measured elsewhere, event by event. The newest of a scope, period, method holds."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date, datetime

from sqlalchemy import Date, DateTime, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.period import Period
from services.scoring.domain.scope import Kind, Scope

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class External:
    """One event's place in the log, what it is about, and its data as it was sent."""

    stream: str
    sequence: int
    scope: str
    period: str
    first: date
    last: date
    method: str
    withdrawn: bool
    received: datetime
    body: bytes

    @property
    def place(self) -> Place:
        """Where it stands in the log."""
        return self.stream, self.sequence


@dataclass(frozen=True, slots=True)
class Listed:
    """With whether it holds, and how many came before it."""

    external: External
    is_newest: bool
    earlier: int


_COLUMNS = tuple(field.name for field in fields(External))
_NAMES = ", ".join(_COLUMNS)
_ADD = text(f"""
    INSERT INTO external ({_NAMES}) VALUES ({", ".join(f":{name}" for name in _COLUMNS)})
    ON CONFLICT (stream, sequence) DO NOTHING
""").bindparams(
    bindparam("first", type_=Date),
    bindparam("last", type_=Date),
    bindparam("received", type_=DateTime(timezone=True)),
)
_ALL = text(f"SELECT {_NAMES} FROM external")
_REMOVE = text("DELETE FROM external WHERE stream = :stream AND sequence = :sequence")
# An agency has one stream, and its sequences tell the order; it has another one only after the
# number of partitions was changed, and then the time tells.
_LATER = """
    SELECT count(*) FROM external AS other
    WHERE other.scope = it.scope AND other.period = it.period AND other.method = it.method
    AND CASE WHEN other.stream = it.stream THEN other.sequence {sign} it.sequence
        ELSE other.received {sign} it.received END
"""
_LISTED = f"""
    SELECT {_NAMES}, ({_LATER.format(sign=">")}) = 0 AS is_newest,
        ({_LATER.format(sign="<")}) AS earlier
    FROM external AS it
"""
_HOLDING = text(f"""
    SELECT * FROM ({_LISTED} WHERE scope = :scope AND first >= :first AND last <= :last) AS found
    WHERE is_newest AND NOT withdrawn ORDER BY first, last, method LIMIT :most
""").bindparams(bindparam("first", type_=Date), bindparam("last", type_=Date))
_WITHIN = {
    Kind.CITY: "true",
    Kind.AGENCY: "(scope = :scope OR scope BETWEEN :low AND :high)",
    Kind.SERVICE: "scope = :scope",
    Kind.PLACE: "false",
}
_HISTORY = {
    kind: text(f"""
        {_LISTED} WHERE {within} AND (stream, sequence) > (:stream, :sequence)
        ORDER BY stream, sequence LIMIT :most
    """)
    for kind, within in _WITHIN.items()
}


async def add(connection: AsyncConnection, externals: Iterable[External]) -> None:
    """Remember events; one that is known stays as it is."""
    rows = [dict(zip(_COLUMNS, astuple(each), strict=True)) for each in externals]
    if rows:
        await connection.execute(_ADD, rows)


async def remove(connection: AsyncConnection, places: Iterable[Place]) -> None:
    """Forget events that the log does not have so."""
    rows = [{"stream": stream, "sequence": sequence} for stream, sequence in places]
    if rows:
        await connection.execute(_REMOVE, rows)


async def read_all(connection: AsyncConnection) -> dict[Place, External]:
    """Every event, by its place in the log."""
    found = [External(*row) for row in await connection.execute(_ALL)]
    return {each.place: each for each in found}


async def holding(
    connection: AsyncConnection, scope: Scope, period: Period, most: int
) -> Sequence[Listed]:
    """What holds of exactly this scope, measured of a period that lies within."""
    values = {
        "scope": str(scope),
        "first": period.first,
        "last": period.last,
        "most": most,
    }
    return [_listed(row) for row in await connection.execute(_HOLDING, values)]


async def history(
    connection: AsyncConnection, scope: Scope, after: Place, most: int
) -> Sequence[Listed]:
    """Every event of a scope, an agency's with those of its services, by place in the log."""
    values: dict[str, object] = {"stream": after[0], "sequence": after[1], "most": most}
    if scope.kind in (Kind.AGENCY, Kind.SERVICE):
        values["scope"] = str(scope)
    if scope.kind is Kind.AGENCY:
        # "." and "/" are neighbours, so all services of an agency are one range of the key.
        values |= {"low": f"service:{scope.code}.", "high": f"service:{scope.code}/"}
    return [_listed(row) for row in await connection.execute(_HISTORY[scope.kind], values)]


def _listed(row: Sequence[object]) -> Listed:
    *columns, is_newest, earlier = row
    return Listed(External(*columns), is_newest, earlier)  # type: ignore[arg-type]  # as selected
