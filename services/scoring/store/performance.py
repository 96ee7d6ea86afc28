"""What was measured of each service: decided in time, complaints settled in time, its fee."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Date, Integer, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.application.tally import ELAPSED_COLUMNS
from services.scoring.domain.period import Period
from services.scoring.domain.scope import Kind, Scope
from services.scoring.store.deadlines import services_in
from services.scoring.store.index import DURING, values_of

_DURING = f"service BETWEEN :low AND :high AND {DURING}"
_DECIDED = text(f"""
    SELECT service, sum(on_time)::bigint, sum(late)::bigint, sum(unpromised)::bigint,
        sum(elapsed_minutes)::bigint,
        sum({" + ".join(ELAPSED_COLUMNS)})::bigint
    FROM deadline WHERE {_DURING} GROUP BY service
""").bindparams(bindparam("first", type_=Date), bindparam("last", type_=Date))
_SETTLED = text(f"""
    SELECT service, sum(resolve_in_time)::bigint, sum(resolve_late)::bigint,
        sum(resolve_unjudged)::bigint
    FROM complaint_rollup WHERE {_DURING} GROUP BY service
""").bindparams(bindparam("first", type_=Date), bindparam("last", type_=Date))
_FEES = text("""
    SELECT DISTINCT ON (service) service, amount FROM standard_fee
    WHERE service BETWEEN :low AND :high AND valid_from <= :day ORDER BY service, version DESC
""").bindparams(bindparam("day", type_=Date))
_PUBLISH_FEE = text("""
    INSERT INTO standard_fee (service, version, valid_from, amount)
    VALUES (:service, :version, :valid_from, :amount) ON CONFLICT DO NOTHING
""").bindparams(
    bindparam("version", type_=Integer),
    bindparam("valid_from", type_=Date),
)


@dataclass(frozen=True, slots=True)
class Decided:
    """Applications that were decided; `minutes` of the `measured` ones together."""

    on_time: int
    late: int
    unpromised: int
    minutes: int
    measured: int


@dataclass(frozen=True, slots=True)
class Settled:
    """Complaints that were settled."""

    in_time: int
    late: int
    unjudged: int


NOTHING_DECIDED, NOTHING_SETTLED = Decided(0, 0, 0, 0, 0), Settled(0, 0, 0)


async def publish_fee(
    connection: AsyncConnection, service: str, version: int, valid_from: date, amount: int | None
) -> None:
    """Store the fee of a version of a standard, in rupiah; None: it names none."""
    values = {"service": service, "version": version, "valid_from": valid_from, "amount": amount}
    await connection.execute(_PUBLISH_FEE, values)


async def decided(connection: AsyncConnection, scope: Scope, period: Period) -> dict[str, Decided]:
    """By service, of those that have any."""
    rows = await connection.execute(_DECIDED, _values(scope, period))
    return {service: Decided(*map(int, sums)) for service, *sums in rows}


async def settled(connection: AsyncConnection, scope: Scope, period: Period) -> dict[str, Settled]:
    """By service, of those that have any."""
    rows = await connection.execute(_SETTLED, _values(scope, period))
    return {service: Settled(*map(int, sums)) for service, *sums in rows}


async def fees(connection: AsyncConnection, scope: Scope, on: date) -> Mapping[str, int | None]:
    """The fee of each service's standard in force on a day, in rupiah; None: it names none."""
    low, high = services_in(scope)
    rows = await connection.execute(_FEES, {"low": low, "high": high, "day": on})
    return dict(tuple(row) for row in rows)


def _values(scope: Scope, period: Period) -> dict[str, object]:
    low, high = services_in(scope)
    return {**values_of(period, scope, Kind.SERVICE), "low": low, "high": high}
