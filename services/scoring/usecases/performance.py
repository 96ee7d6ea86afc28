"""What people felt of each service beside what was measured: praised but late, and the reverse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain import ikm, performance
from services.scoring.domain.elements import CODES
from services.scoring.domain.ikm import Tally
from services.scoring.domain.performance import Felt, Measured, Verdict, compare, compare_cost
from services.scoring.domain.period import Period
from services.scoring.domain.publication.cells import LIMIT, LIMIT_WITHIN_AGENCY, shown
from services.scoring.domain.scope import Kind, Scope
from services.scoring.store import figures, index, registry
from services.scoring.store import performance as store
from services.scoring.store.deadlines import services_in
from services.scoring.store.performance import NOTHING_DECIDED, NOTHING_SETTLED, Decided, Settled
from services.scoring.usecases.figure_body import said_by
from services.scoring.usecases.index_answer import View
from services.scoring.usecases.registered import registered


@dataclass(frozen=True, slots=True)
class Opinion:
    """An element's index as it is shown, with as many decimals, and of how many answers."""

    index: str | None = None
    n: int | None = None

    @property
    def felt(self) -> Felt:
        """What the rules compare."""
        return Felt(None if self.index is None else Fraction(self.index), self.n)


@dataclass(frozen=True, slots=True)
class Facts:
    """What was measured of a service; `fee` None: its standard names no amount."""

    decided: Decided = NOTHING_DECIDED
    settled: Settled = NOTHING_SETTLED
    fee: int | None = None

    @property
    def are_measured(self) -> bool:
        """Whether there is more than a fee."""
        return self.decided != NOTHING_DECIDED or self.settled != NOTHING_SETTLED


_NO_OPINION, _NO_FACTS = Opinion(), Facts()
# What people said of a service, by element.
Opinions = Mapping[str, Opinion]


class Limits(msgspec.Struct, frozen=True):
    """The limits of the verdicts: indexes of an element, and percents in time."""

    fewest: int = performance.FEWEST
    content: str = ikm.published(performance.CONTENT)
    late_below: str = ikm.published(performance.LATE_BELOW * 100)
    fast_from: str = ikm.published(performance.FAST_FROM * 100)
    free_felt_from: str = ikm.published(performance.FREE_FELT_FROM)


class Timeliness(msgspec.Struct, frozen=True, kw_only=True):
    """An element beside what was in time. `share_in_time` in percent; null: too few to be told."""

    index: str | None
    n: int | None
    in_time: int | None
    late: int | None
    share_in_time: str | None
    mean_hours: str | None
    verdict: Verdict


class CostAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The element `cost` beside the standard's fee in rupiah; null: no amount was published."""

    index: str | None
    n: int | None
    fee: int | None
    verdict: Verdict | None


class ServicePerformance(msgspec.Struct, frozen=True, kw_only=True):
    """One service."""

    code: str
    name: str
    time: Timeliness
    complaints: Timeliness
    cost: CostAnswer


class PerformanceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The services of a scope about which anything can be told, by code.

    Opinions are those of the published figure, coarse while the period is open (`view=live`: as
    they stand now). The lists name the services whose element `time` and measured time disagree.
    `example`: made up to show Rancak, not official.
    """

    scope: str
    name: str | None
    period: str
    view: View
    limits: Limits
    items: list[ServicePerformance]
    praised_but_late: list[str]
    fast_but_disliked: list[str]
    as_of: str
    example: bool


async def performance_of(
    connection: AsyncConnection, scope: Scope, period: Period, view: View, *, now: datetime
) -> PerformanceAnswer:
    """Both sides of every service of a city or an agency, or of one. Raises UnknownScope."""
    called = await registered(connection, scope)
    opinions = await (_live if view == "live" else _published)(connection, scope, period)
    facts = await _facts(connection, scope, period, now.date())
    limit = LIMIT_WITHIN_AGENCY if view == "live" else LIMIT
    items = [
        _service(code, named, opinions.get(code, {}), facts.get(code, _NO_FACTS), limit)
        for code, named in await _services(connection, scope)
        if code in opinions or facts.get(code, _NO_FACTS).are_measured
    ]
    return PerformanceAnswer(
        scope=str(scope),
        name=called.name,
        period=str(period),
        view=view,
        limits=Limits(),
        items=items,
        praised_but_late=_with(items, Verdict.PRAISED_BUT_LATE),
        fast_but_disliked=_with(items, Verdict.FAST_BUT_DISLIKED),
        as_of=now.isoformat(timespec="seconds"),
        example=called.example,
    )


async def _facts(
    connection: AsyncConnection, scope: Scope, period: Period, today: date
) -> dict[str, Facts]:
    decided = await store.decided(connection, scope, period)
    settled = await store.settled(connection, scope, period)
    fees = await store.fees(connection, scope, min(period.last, today))
    return {
        code: Facts(
            decided.get(code, NOTHING_DECIDED), settled.get(code, NOTHING_SETTLED), fees.get(code)
        )
        for code in {*decided, *settled, *fees}
    }


def _service(
    code: str, name: str, opinions: Opinions, facts: Facts, limit: int
) -> ServicePerformance:
    return ServicePerformance(
        code=code,
        name=name,
        time=_of_time(opinions, facts.decided, limit),
        complaints=_of_complaints(opinions, facts.settled, limit),
        cost=_of_cost(opinions, facts.fee),
    )


async def _services(connection: AsyncConnection, scope: Scope) -> Sequence[tuple[str, str]]:
    within = scope if scope.agency is None else Scope(Kind.AGENCY, scope.agency)
    units = await registry.units(connection, Kind.SERVICE, within)
    is_wanted = scope.kind is not Kind.SERVICE
    return [(unit.code, unit.name) for unit in units if is_wanted or unit.code == scope.code]


async def _published(
    connection: AsyncConnection, scope: Scope, period: Period
) -> dict[str, Opinions]:
    low, high = (f"{Kind.SERVICE}:{edge}" for edge in services_in(scope))
    newest = await figures.newest_between(connection, low, high, str(period))
    found: dict[str, Opinions] = {}
    for name, figure in newest.items():
        body = said_by(figure)
        if body is not None:
            found[name.removeprefix(f"{Kind.SERVICE}:")] = {
                code: Opinion(each.index, body.n) for code, each in body.elements.items()
            }
    return found


async def _live(connection: AsyncConnection, scope: Scope, period: Period) -> dict[str, Opinions]:
    within = scope if scope.agency is None else Scope(Kind.AGENCY, scope.agency)
    units = await index.units(connection, Kind.SERVICE, period, within)
    return {
        unit.code: {
            code: Opinion(_rounded(tally), tally.n)
            for code, tally in zip(CODES, unit.counted.tallies, strict=True)
        }
        for unit in units
        if unit.counted.n
    }


def _of_time(opinions: Opinions, decided: Decided, limit: int) -> Timeliness:
    mean_hours = None
    if decided.measured >= limit:
        mean_hours = ikm.published(Fraction(decided.minutes, 60 * decided.measured), 1)
    # The same table as that of /v1/deadlines: two would tell the cells that each hides.
    cells = {"in_time": decided.on_time, "late": decided.late, "rest": decided.unpromised}
    return _timeliness(opinions.get("time", _NO_OPINION), cells, limit, mean_hours)


def _of_complaints(opinions: Opinions, settled: Settled, limit: int) -> Timeliness:
    # The same table as that of /v1/complaints.
    cells = {"in_time": settled.in_time, "late": settled.late, "rest": settled.unjudged}
    return _timeliness(opinions.get("complaints", _NO_OPINION), cells, limit, None)


def _timeliness(
    opinion: Opinion, cells: Mapping[str, int], limit: int, mean_hours: str | None
) -> Timeliness:
    told = shown(cells, limit)
    measured = Measured(told["in_time"], told["late"])
    share = measured.share
    return Timeliness(
        index=opinion.index,
        n=opinion.n,
        in_time=measured.in_time,
        late=measured.late,
        share_in_time=None if share is None else ikm.published(share * 100),
        mean_hours=mean_hours,
        verdict=compare(opinion.felt, measured),
    )


def _of_cost(opinions: Opinions, fee: int | None) -> CostAnswer:
    opinion = opinions.get("cost", _NO_OPINION)
    verdict = compare_cost(opinion.felt, fee)
    return CostAnswer(index=opinion.index, n=opinion.n, fee=fee, verdict=verdict)


def _rounded(tally: Tally) -> str | None:
    exact = ikm.element_index(tally)
    return None if exact is None else ikm.published(exact)


def _with(items: Sequence[ServicePerformance], verdict: Verdict) -> list[str]:
    return [each.code for each in items if each.time.verdict is verdict]
