"""The batches that were given out, in their order: the open data that figures are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ARRAY, Date, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import TextClause

from services.scoring.domain.period import Period
from services.scoring.domain.publication.label import Label, leaf
from services.scoring.domain.publication.release import Counters
from services.scoring.domain.scope import Kind, Scope

_WITHIN = {
    Kind.CITY: "true",
    # "." and "/" are neighbours: an agency's own label, and those of its services.
    Kind.AGENCY: "(service = :code OR service BETWEEN :code || '.' AND :code || '/')",
    Kind.SERVICE: "service = :code",
    Kind.PLACE: "place = :code",
}


def _listed(kind: Kind) -> TextClause:
    return text(f"""
        SELECT number, service, place, series, start, last, counters, at FROM batch
        WHERE {_WITHIN[kind]} AND start >= :first AND last <= :last
        AND number > :after AND number <= :upto ORDER BY number LIMIT :most
    """)


_ALL = text("""
    SELECT number, service, place, series, start, last, counters, at FROM batch
    WHERE number > :after ORDER BY number LIMIT :most
""")
_OF_LEAVES = text("""
    SELECT batch.service, batch.place, batch.series, batch.start, counters FROM batch
    JOIN unnest(:services, :places, :series, :starts) AS leaf (service, place, series, start)
        USING (service, place, series, start)
    WHERE batch.last = (batch.start + interval '1 month' - interval '1 day')::date
    ORDER BY number
""").bindparams(
    *(bindparam(name, type_=ARRAY(Text)) for name in ("services", "places", "series")),
    bindparam("starts", type_=ARRAY(Date)),
)
_LISTED = {kind: _listed(kind) for kind in Kind}


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """A batch as it was given out; `counters` are the values of `publication.COLUMNS`."""

    number: int
    service: str
    place: str
    series: str
    start: date
    last: date
    counters: Sequence[int]
    at: datetime


async def of_leaves(
    connection: AsyncConnection, leaves: Sequence[Label]
) -> dict[Label, list[Counters]]:
    """The counters of all batches that carry the label of one of these leaves, in their order."""
    values = {
        "services": [each.service for each in leaves],
        "places": [each.place for each in leaves],
        "series": [each.series for each in leaves],
        "starts": [each.start for each in leaves],
    }
    found: dict[Label, list[Counters]] = {}
    for service, place, series, start, counters in await connection.execute(_OF_LEAVES, values):
        found.setdefault(leaf(service, place, series, start), []).append(tuple(counters))
    return found


async def listed(
    connection: AsyncConnection, scope: Scope, period: Period, *, after: int, upto: int, most: int
) -> Sequence[StoredBatch]:
    """The batches that lie within a scope and period, by number, `after` … `upto`."""
    values: dict[str, object] = {
        "first": period.first,
        "last": period.last,
        "after": after,
        "upto": upto,
        "most": most,
    }
    if scope.kind is not Kind.CITY:
        values["code"] = scope.code
    rows = await connection.execute(_LISTED[scope.kind], values)
    return [StoredBatch(*row) for row in rows]


async def chain(connection: AsyncConnection, after: int, most: int) -> Sequence[StoredBatch]:
    """The next batches of all, by number."""
    rows = await connection.execute(_ALL, {"after": after, "most": most})
    return [StoredBatch(*row) for row in rows]
