"""What the publication gate keeps: what is pending, the batches given out, the sums of scopes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ARRAY, BigInteger, Date, Integer, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.elements import CODES, SCORES
from services.scoring.domain.figure import Counted, Whole
from services.scoring.domain.fold import MONTH, ROLLUP_COLUMNS, SUMS, WHOLE, YEAR
from services.scoring.domain.ikm import Tally
from services.scoring.domain.period import Period
from services.scoring.domain.publication.label import Label, leaf
from services.scoring.domain.publication.plan import Batch
from services.scoring.domain.publication.release import Counters, summed
from services.scoring.domain.publication.sums import PublicSums
from services.scoring.store.rollup import adding, key_parameter, packed

# As in a rollup, over answers of both extents; the sums of totals only over whole ones.
COLUMNS = (*ROLLUP_COLUMNS, "whole")
_LEAF = ("service", "place", "series", "start")
_SUM_KEY = ("scope", "start", "last", "series")


def _leaf_sum(column: str) -> str:
    if column in ("whole", *ROLLUP_COLUMNS[1 : len(SUMS) + len(CODES)]):
        of = "n" if column == "whole" else column
        total = f"coalesce(sum({of}) FILTER (WHERE extent = '{WHOLE}'), 0)"
        return f"{total}::bigint AS {column}"
    return f"sum({column})::bigint AS {column}"


_PENDING = text(f"""
    WITH asked AS (SELECT * FROM unnest(:services, :years) AS asked (service, year)),
    leaf AS (
        SELECT {", ".join(_LEAF)}, {", ".join(map(_leaf_sum, COLUMNS))}
        FROM rollup JOIN asked USING (service)
        WHERE grain = '{MONTH}'
        AND start BETWEEN make_date(year, 1, 1) AND make_date(year, 12, 31)
        GROUP BY {", ".join(_LEAF)}
    ),
    gone AS (
        SELECT {", ".join(_LEAF)}, {", ".join(COLUMNS)} FROM released JOIN asked USING (service)
        WHERE start BETWEEN make_date(year, 1, 1) AND make_date(year, 12, 31)
    )
    SELECT {", ".join(_LEAF)}, {
    ", ".join(f"coalesce(leaf.{name}, 0) - coalesce(gone.{name}, 0)" for name in COLUMNS)
}
    FROM leaf FULL JOIN gone USING ({", ".join(_LEAF)})
    WHERE ({", ".join(f"leaf.{name}" for name in COLUMNS)})
        IS DISTINCT FROM ({", ".join(f"gone.{name}" for name in COLUMNS)})
""").bindparams(bindparam("services", type_=ARRAY(Text)), bindparam("years", type_=ARRAY(Integer)))


_COUNTED = text(f"""
    SELECT {", ".join(_LEAF)}, sum(n)::int FROM rollup
    JOIN unnest({", ".join(f":{name}" for name in _LEAF)}) AS asked ({", ".join(_LEAF)})
        USING ({", ".join(_LEAF)})
    WHERE grain = '{MONTH}' GROUP BY {", ".join(_LEAF)}
""").bindparams(*map(key_parameter, _LEAF))
_VANISHED = text(f"""
    SELECT {", ".join(_LEAF)} FROM released WHERE n = 0 AND service = ANY(:services)
""").bindparams(bindparam("services", type_=ARRAY(Text)))
_RELEASE = adding("released", _LEAF, COLUMNS)
_PUBLISH = adding("published", _SUM_KEY, COLUMNS)
_BATCH = ("service", "place", "series", "start", "last")
_KEEP = text(f"""
    INSERT INTO batch (number, {", ".join(_BATCH)}, counters, at)
    SELECT :after + place_in, {", ".join(f"batch.{name}" for name in _BATCH)},
        CAST(counters AS bigint[]), :at
    FROM unnest({", ".join(f":{name}" for name in _BATCH)}, :counters)
        WITH ORDINALITY AS batch ({", ".join(_BATCH)}, counters, place_in)
""").bindparams(
    *map(key_parameter, _BATCH),
    bindparam("counters", type_=ARRAY(Text)),
    bindparam("after", type_=BigInteger),
)
_ADVANCE = text("UPDATE publication SET batches = :number")
_SCOPES = text(f"""
    SELECT scope, series, {", ".join(f"sum({name})::bigint" for name in COLUMNS)} FROM published
    WHERE scope = ANY(:scopes) AND start >= :first AND last <= :last GROUP BY scope, series
""").bindparams(
    bindparam("scopes", type_=ARRAY(Text)),
    bindparam("first", type_=Date),
    bindparam("last", type_=Date),
)
_AGENCIES = text(f"""
    WITH counted AS (
        SELECT service AS agency, sum(n) AS answers FROM rollup
        WHERE grain = '{YEAR}' AND start = make_date(:year, 1, 1) GROUP BY 1
    ), gone AS (
        SELECT DISTINCT split_part(service, '.', 1) AS agency FROM released
        WHERE start BETWEEN make_date(:year, 1, 1) AND make_date(:year, 12, 31)
    )
    SELECT agency FROM counted FULL JOIN gone USING (agency) ORDER BY coalesce(answers, 0), agency
""").bindparams(bindparam("year", type_=Integer))
_OF_AGENCY = text(f"""
    SELECT DISTINCT service FROM rollup WHERE grain = '{MONTH}' AND service BETWEEN :low AND :high
    AND start BETWEEN make_date(:year, 1, 1) AND make_date(:year, 12, 31)
    UNION SELECT DISTINCT service FROM released WHERE service BETWEEN :low AND :high
    AND start BETWEEN make_date(:year, 1, 1) AND make_date(:year, 12, 31)
""").bindparams(bindparam("year", type_=Integer))
_YEARS = text("SELECT DISTINCT extract(year FROM start)::int FROM rollup WHERE grain = 'y'")
_STAND = text("SELECT closed_through, batches, figures, tip FROM publication")
_HOLD = text(f"{_STAND.text} FOR UPDATE")
_CLOSE = text("UPDATE publication SET closed_through = :day").bindparams(
    bindparam("day", type_=Date)
)


@dataclass(frozen=True, slots=True)
class Stand:
    """How far publication is: the last closed day, how many batches and figures there are, and the
    hash of the last figure."""

    closed_through: date
    batches: int
    figures: int
    tip: bytes


async def pending(
    connection: AsyncConnection, asked: Sequence[tuple[str, int]]
) -> dict[Label, Counters]:
    """What of these services' years is not public: COLUMNS of each leaf where that is not zero."""
    values = {"services": [each for each, _ in asked], "years": [year for _, year in asked]}
    return {
        leaf(service, place, series, start): tuple(counters)
        for service, place, series, start, *counters in await connection.execute(_PENDING, values)
        if any(counters)
    }


async def counted_of(connection: AsyncConnection, leaves: Sequence[Label]) -> dict[Label, int]:
    """How many answers are counted of leaves; one of which nothing is left is not there."""
    values = {name: [getattr(each, name) for each in leaves] for name in _LEAF}
    rows = await connection.execute(_COUNTED, values)
    return {leaf(service, place, series, start): n for service, place, series, start, n in rows}


async def vanished(connection: AsyncConnection, services: Collection[str]) -> list[Label]:
    """Leaves of which everything that was released was taken back."""
    rows = await connection.execute(_VANISHED, {"services": list(services)})
    return [leaf(*row) for row in rows]


async def give_out(
    connection: AsyncConnection,
    batches: Sequence[Batch],
    sums: PublicSums,
    at: datetime,
    *,
    after: int,
) -> int:
    """Make batches public, numbered on from `after`; answers the number of the last one."""
    if not batches:
        return after
    await connection.execute(_KEEP, {**_kept(batches), "after": after, "at": at})
    members: dict[Label, Counters] = {}
    for batch in batches:
        for label, counters in batch.members.items():
            known = members.get(label)
            members[label] = counters if known is None else summed([known, counters])
    labels = sorted(members)
    leaves = [(each.service, each.place, each.series, each.start) for each in labels]
    await connection.execute(_RELEASE, _rows(_LEAF, leaves, [members[label] for label in labels]))
    keys = sorted(sums)
    await connection.execute(_PUBLISH, _rows(_SUM_KEY, keys, [sums[key] for key in keys]))
    last = after + len(batches)
    await connection.execute(_ADVANCE, {"number": last})
    return last


async def sums_of(
    connection: AsyncConnection, scopes: Iterable[str], period: Period
) -> dict[str, dict[str, Counted]]:
    """The public sums of scopes for a period, by series; mixed ones under `*`."""
    values = {"scopes": list(scopes), "first": period.first, "last": period.last}
    found: dict[str, dict[str, Counted]] = {}
    for scope, series, *sums in await connection.execute(_SCOPES, values):
        found.setdefault(scope, {})[series] = as_counted(sums)
    return found


async def agencies_of(connection: AsyncConnection, year: int) -> list[str]:
    """All of which something may be pending in a year, the one with the most answers at last."""
    return [agency for (agency,) in await connection.execute(_AGENCIES, {"year": year})]


async def services_of(connection: AsyncConnection, agency: str, year: int) -> list[tuple[str, int]]:
    """All of an agency that may be pending in a year."""
    # "." and "/" are neighbours, so all services of an agency are one range of the key.
    values = {"low": f"{agency}.", "high": f"{agency}/", "year": year}
    return sorted((service, year) for (service,) in await connection.execute(_OF_AGENCY, values))


async def years(connection: AsyncConnection) -> list[int]:
    """The years that have answers."""
    return sorted(year for (year,) in await connection.execute(_YEARS))


async def stand(connection: AsyncConnection, *, hold: bool = False) -> Stand:
    """How far publication is. `hold`: nobody else publishes until the transaction ends."""
    day, batches, figures, tip = (await connection.execute(_HOLD if hold else _STAND)).one()
    return Stand(day, int(batches), int(figures), bytes(tip))


async def is_closed(connection: AsyncConnection, period: Period) -> bool:
    """Whether a period's figures are final."""
    return period.last <= (await stand(connection)).closed_through


async def close(connection: AsyncConnection, day: date) -> None:
    """Everything up to this day is closed."""
    await connection.execute(_CLOSE, {"day": day})


def as_counted(sums: Sequence[int]) -> Counted:
    """The values of COLUMNS as answers; their whole ones have tallies only if all are whole."""
    n, total, total_sq = sums[: len(SUMS)]
    after = len(SUMS) + len(CODES)
    scores, whole = iter(sums[after:-1]), sums[-1]
    tallies = tuple(map(Tally, zip(*[scores] * len(SCORES), strict=True)))
    with_total = tuple(sums[len(SUMS) : after])
    alike = tallies if whole == n else Whole().tallies
    return Counted(n, tallies, Whole(whole, total, total_sq, with_total, alike))


def _kept(batches: Sequence[Batch]) -> dict[str, object]:
    columns: dict[str, object] = {
        name: [getattr(batch.label, name) for batch in batches] for name in _BATCH
    }
    return columns | {"counters": [packed([batch.counters]) for batch in batches]}


def _rows(
    names: Sequence[str], keys: Sequence[Sequence[object]], rows: Sequence[Counters]
) -> Mapping[str, object]:
    columns = dict(zip(names, map(list, zip(*keys, strict=True)), strict=True))
    return {**columns, "counters": packed(rows)}
