"""`GET /v1/performance`: the published opinion of each service beside what was measured."""

from datetime import date

from services.scoring.domain import period as periods
from services.scoring.domain.application.tally import COLUMNS
from services.scoring.domain.elements import CODES
from services.scoring.domain.scope import CITY, Kind, Scope
from services.scoring.store import deadlines
from services.scoring.usecases.index_answer import View
from services.scoring.usecases.performance import (
    PerformanceAnswer,
    ServicePerformance,
    performance_of,
)
from services.scoring.usecases.register import follow_registry
from shared.contracts import registry, standard
from shared.contracts.cloudevent import new_event
from tests.handlers.counting import NOON, Counting, answer

SERVICES = ("dpmptsp.imb", "dpmptsp.nib", "dukcapil.ktp")
SEPTEMBER = periods.parse("2026-09")


async def decided(scoring: Counting, service: str, **amounts: int) -> None:
    """Applications that were decided in September."""
    row = tuple(amounts.get(name, 0) for name in COLUMNS)
    async with scoring.engine.begin() as connection:
        await deadlines.add(connection, {(service, "", "m", "2026-09-01"): row})


async def answered(scoring: Counting, service: str, n: int, **scores: int) -> None:
    given = [scores.get(code, 3) for code in CODES]
    await scoring.count(*[answer(service, given) for _ in range(n)])


async def free(scoring: Counting, service: str) -> None:
    """A standard that says so."""
    published = standard.StandardPublished(
        service=service, version=1, valid_from=date(2026, 1, 1), fee=standard.Fee(amount=0)
    )
    event = new_event(
        event_type=standard.PUBLISHED, event_id="x", source="/intake", time=NOON, data=published
    )
    run = scoring.log.append(registry.TOPIC, [event])
    async with scoring.engine.begin() as connection:
        await follow_registry(connection, [run])


async def told(
    scoring: Counting, scope: Scope = CITY, view: View = "public"
) -> tuple[PerformanceAnswer, dict[str, ServicePerformance]]:
    async with scoring.engine.connect() as connection:
        found = await performance_of(connection, scope, SEPTEMBER, view, now=NOON)
    return found, {each.code: each for each in found.items}


async def test_opinion_and_fact_stand_side_by_side_as_published(scoring: Counting) -> None:
    await scoring.register(agencies=["dpmptsp", "dukcapil"], services=SERVICES)
    await free(scoring, "dpmptsp.imb")
    await answered(scoring, "dpmptsp.imb", 40, time=4, cost=2)
    await answered(scoring, "dpmptsp.nib", 40, time=2)
    await answered(scoring, "dukcapil.ktp", 9, time=4)
    await decided(scoring, "dpmptsp.imb", on_time=20, late=20, elapsed_minutes=2400, elapsed_4=40)
    await decided(scoring, "dpmptsp.nib", on_time=90, late=10)
    await decided(scoring, "dukcapil.ktp", on_time=50, late=50)

    before, _ = await told(scoring)
    await scoring.publish()
    found, items = await told(scoring)

    assert before.praised_but_late == []  # nothing is said of what is not published
    assert (found.praised_but_late, found.fast_but_disliked) == (["dpmptsp.imb"], ["dpmptsp.nib"])
    imb, ktp = items["dpmptsp.imb"], items["dukcapil.ktp"]
    assert (imb.time.share_in_time, imb.time.mean_hours) == ("50.00", "1.0")
    assert (imb.cost.fee, imb.cost.verdict) == (0, "free_but_felt_costly")
    assert (ktp.time.index, ktp.time.n, ktp.time.verdict) == (None, None, "too_few")
    assert ktp.cost.verdict is None

    of_agency, mine = await told(scoring, Scope(Kind.AGENCY, "dukcapil"), "live")
    assert [*mine] == ["dukcapil.ktp"]
    assert (mine["dukcapil.ktp"].time.index, of_agency.praised_but_late) == ("100.00", [])


async def test_what_deadlines_hide_is_not_told_here(scoring: Counting) -> None:
    await scoring.register(agencies=["dpmptsp"], services=["dpmptsp.imb"])
    await decided(scoring, "dpmptsp.imb", on_time=12, late=20, unpromised=3)

    _, items = await told(scoring)

    time = items["dpmptsp.imb"].time
    assert (time.in_time, time.late, time.share_in_time) == (None, 20, None)
