"""Deadline rollups, and what is open now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, DateTime, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import TextClause

from services.scoring.domain.application.tally import COLUMNS, KEY, Key
from services.scoring.domain.application.tally import Row as Amounts
from services.scoring.domain.period import Period
from services.scoring.domain.scope import Kind, Scope
from services.scoring.store.index import DURING, WITHIN, values_of
from services.scoring.store.rollup import adding, key_arrays, packed

# Ages of what is open, in calendar days since its receipt: up to each of these, or more.
AGES = (7, 30, 90, 180)
_ADD = adding("deadline", KEY, COLUMNS)


def _summed(kind: Kind) -> TextClause:
    return text(f"""
        SELECT {", ".join(f"coalesce(sum({name}), 0)::bigint" for name in COLUMNS)}
        FROM deadline WHERE {WITHIN[kind]} AND {DURING}
    """).bindparams(bindparam("first", type_=Date), bindparam("last", type_=Date))


def _open(kind: Kind) -> TextClause:
    ages = ", ".join(
        f"count(*) FILTER (WHERE received_on > CAST(:today AS date) - {days})::int" for days in AGES
    )
    return text(f"""
        SELECT count(*)::int, count(*) FILTER (WHERE due_at <= :now)::int, min(received_on), {ages}
        FROM application WHERE outcome IS NULL AND {WITHIN[kind]}
    """).bindparams(bindparam("today", type_=Date), bindparam("now", type_=DateTime(timezone=True)))


_SUMMED = {kind: _summed(kind) for kind in Kind}
_OPEN = {kind: _open(kind) for kind in Kind}


@dataclass(frozen=True, slots=True)
class Open:
    """What waits for a decision: how many, how many past their time, the oldest day of receipt.

    `by_age`: received within so many days, for each of AGES, each holding the one before.
    """

    n: int
    late: int
    oldest: date | None
    by_age: Sequence[int]


async def add(connection: AsyncConnection, rows: Mapping[Key, Amounts]) -> None:
    """Add differences, some of them negative."""
    changed = {key: row for key, row in sorted(rows.items()) if any(row)}
    if changed:
        arrays: dict[str, Any] = key_arrays(KEY, changed)
        await connection.execute(_ADD, {**arrays, "counters": packed(changed.values())})


async def summed(connection: AsyncConnection, scope: Scope, period: Period) -> dict[str, int]:
    """The sums of COLUMNS over a scope and period."""
    values = values_of(period, scope, Kind.SERVICE)
    row = (await connection.execute(_SUMMED[scope.kind], values)).one()
    return dict(zip(COLUMNS, row, strict=True))


async def open_now(connection: AsyncConnection, scope: Scope, now: datetime) -> Open:
    """What of a scope is open. `now` in the zone of the city."""
    values: dict[str, object] = {"now": now, "today": now.date()}
    if scope.kind is Kind.PLACE:
        values["code"] = scope.code
    elif scope.kind is not Kind.CITY:
        values["low"], values["high"] = services_in(scope)
    n, late, oldest, *by_age = (await connection.execute(_OPEN[scope.kind], values)).one()
    return Open(n, late, oldest, by_age)


def services_in(scope: Scope) -> tuple[str, str]:
    """The range of services of an agency, of a service alone, or of the city."""
    if scope.kind is Kind.AGENCY:
        # "." and "/" are neighbours, so all services of an agency are one range of the key.
        return f"{scope.code}.", f"{scope.code}/"
    if scope.kind is Kind.SERVICE:
        return scope.code, scope.code
    return "", "~"
