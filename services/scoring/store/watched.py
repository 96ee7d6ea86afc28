"""What the rules of alerts watch, of many services at once."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from sqlalchemy import ARRAY, Date, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.alert_rules.fall import Day
from services.scoring.domain.alert_rules.situation import Decided
from services.scoring.domain.fold import DAY, WHOLE
from services.scoring.domain.integrity.trace import COUNT_BITS, UNTIMED, moment_of
from services.scoring.domain.scope import CITY, Kind, Scope
from services.scoring.store.deadlines import services_in
from services.scoring.store.trace import FOLLOWER

_ASKED = (
    bindparam("services", type_=ARRAY(Text)),
    bindparam("first", type_=Date),
    bindparam("last", type_=Date),
)
_DAYS = text(f"""
    SELECT service, start, sum(n)::int, sum(total)::bigint FROM rollup
    WHERE grain = '{DAY}' AND service = ANY(:services) AND extent = '{WHOLE}'
    AND start BETWEEN :first AND :last GROUP BY service, start ORDER BY service, start
""").bindparams(*_ASKED)
_DECIDED = text(f"""
    SELECT service, start, sum(on_time)::int, sum(late)::int, sum(unpromised)::int FROM deadline
    WHERE grain = '{DAY}' AND service = ANY(:services) AND start BETWEEN :first AND :last
    GROUP BY service, start ORDER BY service, start
""").bindparams(*_ASKED)
_STANDARDS = text("""
    SELECT service, valid_from FROM standard_deadline
    WHERE service = ANY(:services) AND valid_from <= :last ORDER BY service, valid_from
""").bindparams(bindparam("services", type_=ARRAY(Text)), bindparam("last", type_=Date))
_TIMED = f"series NOT IN ({', '.join(map(repr, sorted(UNTIMED)))})"
_HOURS = text(f"""
    SELECT split_part(service, '.', 1), day, ((packed >> {COUNT_BITS}) + 1440) / 60 - 24,
        sum(packed & {(1 << COUNT_BITS) - 1})::int
    FROM trace, unnest(minutes) AS packed
    WHERE day BETWEEN :first AND :last AND service BETWEEN :low AND :high AND {_TIMED}
    GROUP BY 1, 2, 3
""").bindparams(bindparam("first", type_=Date), bindparam("last", type_=Date))
_LAST = text(f"""
    SELECT split_part(service, '.', 1), max(
        day::timestamp
        + (minutes[array_upper(minutes, 1)] >> {COUNT_BITS}) * interval '1 minute'
    ) FROM trace WHERE day >= :first AND {_TIMED} GROUP BY 1
""").bindparams(bindparam("first", type_=Date))
_FOLLOWED = text(f"""
    SELECT coalesce(bool_and(coalesce(counted.ranges <@ traced.ranges, false)), true)
    FROM checkpoint AS counted
    LEFT JOIN checkpoint AS traced ON traced.stream = '{FOLLOWER}:' || counted.stream
    WHERE counted.stream LIKE 'feedback.%'
""")


async def days(
    connection: AsyncConnection, services: Sequence[str], first: date, last: date
) -> dict[str, list[Day]]:
    """The whole answers of each day, in order."""
    found: dict[str, list[Day]] = {}
    values = {"services": list(services), "first": first, "last": last}
    for service, day, n, total in await connection.execute(_DAYS, values):
        found.setdefault(service, []).append(Day(day, n, total))
    return found


async def decided(
    connection: AsyncConnection, services: Sequence[str], first: date, last: date
) -> dict[str, dict[date, Decided]]:
    """What was decided each day."""
    found: dict[str, dict[date, Decided]] = {}
    values = {"services": list(services), "first": first, "last": last}
    for service, day, *counts in await connection.execute(_DECIDED, values):
        found.setdefault(service, {})[day] = Decided(*counts)
    return found


async def standards(
    connection: AsyncConnection, services: Sequence[str], last: date
) -> dict[str, list[date]]:
    """When the versions of standards took effect, the oldest first."""
    found: dict[str, list[date]] = {}
    for service, day in await connection.execute(
        _STANDARDS, {"services": list(services), "last": last}
    ):
        found.setdefault(service, []).append(day)
    return found


async def hours(
    connection: AsyncConnection, first: date, last: date, agency: str | None = None
) -> Mapping[str, Mapping[datetime, int]]:
    """The answers of each agency, or of one, by the hour in UTC, of days that are local."""
    low, high = services_in(Scope(Kind.AGENCY, agency) if agency else CITY)
    values = {"first": first, "last": last, "low": low, "high": high}
    found: dict[str, dict[datetime, int]] = {}
    for code, day, hour, n in await connection.execute(_HOURS, values):
        moment, known = moment_of(day, int(hour) * 60), found.setdefault(code, {})
        known[moment] = known.get(moment, 0) + n
    return found


async def last_answers(connection: AsyncConnection, first: date) -> dict[str, datetime]:
    """When each agency's last answer was given, of those who had any since that day."""
    rows = await connection.execute(_LAST, {"first": first})
    return {agency: last.replace(tzinfo=UTC) for agency, last in rows}


async def is_followed(connection: AsyncConnection) -> bool:
    """Whether traces hold all that was counted: else a silence may be the follower's."""
    return bool(await connection.scalar(_FOLLOWED))
