"""Complaints: what is known of each, and their rollups."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, Date, DateTime, LargeBinary, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import TextClause

from services.scoring.domain.complaint.tally import COLUMNS, KEY, Key
from services.scoring.domain.complaint.tally import Row as Amounts
from services.scoring.domain.period import Period
from services.scoring.domain.scope import Kind, Scope
from services.scoring.store.deadlines import services_in
from services.scoring.store.index import DURING, WITHIN, values_of
from services.scoring.store.rollup import adding, key_arrays, packed

# A complaint: its service and the reference that its agency chose.
Case = tuple[str, str]

_TYPES: Mapping[str, Any] = {
    "service": Text,
    "reference": Text,
    "place": Text,
    "form": Text,
    "state": Text,
    "outcome": Text,
    "filed_on": Date,
    "due_at": DateTime(timezone=True),
    "closes_at": DateTime(timezone=True),
    "facts": LargeBinary,
    "counted": LargeBinary,
}
_NAMES = ", ".join(_TYPES)
_HOLD = text(f"""
    SELECT {_NAMES} FROM complaint WHERE (service, reference) IN (
        SELECT * FROM unnest(:services, :references)
    ) ORDER BY service, reference FOR UPDATE
""").bindparams(
    bindparam("services", type_=ARRAY(Text)), bindparam("references", type_=ARRAY(Text))
)
_HOLD_ALL = text(f"""
    SELECT {_NAMES} FROM complaint WHERE service = :service ORDER BY reference FOR UPDATE
""")
_KEEP = text(f"""
    INSERT INTO complaint ({_NAMES})
    SELECT * FROM unnest({", ".join(f":{name}" for name in _TYPES)})
    ON CONFLICT (service, reference) DO UPDATE SET {
    ", ".join(f"{name} = excluded.{name}" for name in list(_TYPES)[2:])
}
""").bindparams(*(bindparam(name, type_=ARRAY(type_)) for name, type_ in _TYPES.items()))
_NAMED = text(f"""
    SELECT {_NAMES} FROM complaint
    WHERE reference = :reference AND service BETWEEN :low AND :high ORDER BY service LIMIT 2
""")
_ADD = adding("complaint_rollup", KEY, COLUMNS)


def _summed(kind: Kind) -> TextClause:
    return text(f"""
        SELECT form, {", ".join(f"sum({name})::bigint" for name in COLUMNS)}
        FROM complaint_rollup WHERE {WITHIN[kind]} AND {DURING} GROUP BY form
    """).bindparams(bindparam("first", type_=Date), bindparam("last", type_=Date))


def _waiting(kind: Kind) -> TextClause:
    return text(f"""
        SELECT form, count(*)::int, count(*) FILTER (WHERE due_at <= :now)::int
        FROM complaint WHERE outcome IS NULL AND {WITHIN[kind]} GROUP BY form
    """).bindparams(bindparam("now", type_=DateTime(timezone=True)))


def _silent(kind: Kind) -> TextClause:
    return text(f"""
        SELECT count(*)::int FROM complaint
        WHERE closes_at > :since AND closes_at <= :until AND {WITHIN[kind]}
    """).bindparams(
        bindparam("since", type_=DateTime(timezone=True)),
        bindparam("until", type_=DateTime(timezone=True)),
    )


_SUMMED = {kind: _summed(kind) for kind in Kind}
_WAITING = {kind: _waiting(kind) for kind in Kind}
_SILENT = {kind: _silent(kind) for kind in Kind}


@dataclass(frozen=True, slots=True)
class Row:
    """One complaint. `outcome`: the state in which nobody waits for the agency, or None.

    `due_at` is the first deadline that it has still to keep; `closes_at` when silence closes it.
    `facts` and `counted` (what it added to the rollups) are bytes of the use cases.
    """

    service: str
    reference: str
    place: str
    form: str
    state: str
    outcome: str | None
    filed_on: date | None
    due_at: datetime | None
    closes_at: datetime | None
    facts: bytes
    counted: bytes

    @property
    def case(self) -> Case:
        """Which complaint."""
        return self.service, self.reference


async def hold(connection: AsyncConnection, cases: Collection[Case]) -> Sequence[Row]:
    """What is known of these, locked until the transaction ends."""
    ordered = sorted(cases)
    values = {
        "services": [each for each, _ in ordered],
        "references": [each for _, each in ordered],
    }
    return [Row(*row) for row in await connection.execute(_HOLD, values)]


async def hold_all(connection: AsyncConnection, service: str) -> Sequence[Row]:
    """All complaints of a service, locked until the transaction ends."""
    return [Row(*row) for row in await connection.execute(_HOLD_ALL, {"service": service})]


async def keep(connection: AsyncConnection, rows: Iterable[Row]) -> None:
    """Store complaints as they are known now."""
    ordered = sorted(rows, key=lambda row: row.case)
    if ordered:
        columns = {name: [getattr(row, name) for row in ordered] for name in _TYPES}
        await connection.execute(_KEEP, columns)


async def add(connection: AsyncConnection, rows: Mapping[Key, Amounts]) -> None:
    """Add differences to the rollups, some of them negative."""
    changed = {key: row for key, row in sorted(rows.items()) if any(row)}
    if changed:
        arrays: dict[str, Any] = key_arrays(KEY, changed)
        await connection.execute(_ADD, {**arrays, "counters": packed(changed.values())})


async def named(
    connection: AsyncConnection, reference: str, services: tuple[str, str]
) -> Sequence[Row]:
    """Up to two complaints of that reference within a range of services."""
    values = {"reference": reference, "low": services[0], "high": services[1]}
    return [Row(*row) for row in await connection.execute(_NAMED, values)]


async def summed(
    connection: AsyncConnection, scope: Scope, period: Period
) -> dict[str, dict[str, int]]:
    """The sums of COLUMNS over a scope and period, by form ("": none was told)."""
    values = values_of(period, scope, Kind.SERVICE)
    rows = await connection.execute(_SUMMED[scope.kind], values)
    return {form: dict(zip(COLUMNS, sums, strict=True)) for form, *sums in rows}


async def waiting(
    connection: AsyncConnection, scope: Scope, now: datetime
) -> dict[str, tuple[int, int]]:
    """What of a scope waits for its agency, by form: how many, how many past a deadline."""
    values = {**_within(scope), "now": now}
    return {
        form: (n, late) for form, n, late in await connection.execute(_WAITING[scope.kind], values)
    }


async def closed_by_silence(
    connection: AsyncConnection, scope: Scope, since: datetime, until: datetime
) -> int:
    """How many ended because nobody objected to the answer: later than `since`, by `until`."""
    values = {**_within(scope), "since": since, "until": until}
    found: int | None = await connection.scalar(_SILENT[scope.kind], values)
    return found or 0


def _within(scope: Scope) -> dict[str, object]:
    if scope.kind is Kind.CITY:
        return {}
    if scope.kind is Kind.PLACE:
        return {"code": scope.code}
    low, high = services_in(scope)
    return {"low": low, "high": high}
