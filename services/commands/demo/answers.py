"""The answers that a service gets in the simulated year, and a survey that it took elsewhere."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from services.commands.demo import people
from services.commands.demo.city import Service
from services.commands.demo.demand import Demand, shares
from services.commands.demo.events import Happening, happening
from services.commands.demo.story import (
    CHEATING,
    CLERK_ANSWERS,
    CLERK_DAYS,
    CLERK_MINUTES,
    RESTATED,
)
from services.scoring.domain.elements import CODES
from shared.contracts.feedback import AGGREGATED, SUBMITTED

ONLINE = "daring"
# Of the places of a service, the first is the busiest.
_PLACE_SHARES = (6.0, 2.0, 1.5, 1.0)
_SERIES = (("agency", "assisted", "imported"), (75, 15, 10))
# A shorter simulation has no room for a clerk who is still outnumbered by honest people.
_DAYS_FOR_CLERK = 90
_ELSEWHERE = 240


def answers(
    service: Service, number: int, demand: Demand, seed: int, run: str
) -> Iterator[Happening]:
    """So many answers (fewer only if no counter was open), those of a cheating clerk among them."""
    random = Random(f"{seed} answers {service.code}")
    entered = _clerks_moments(service, number, demand)
    for place, count in zip(
        service.places,
        shares(number - len(entered), _PLACE_SHARES[: len(service.places)]),
        strict=True,
    ):
        for order, at in enumerate(demand.moments(random, count, is_online=place == ONLINE)):
            quality = service.nature.quality + service.nature.drift * demand.progress(at)
            data = _answer(random, service, place, quality)
            yield happening(
                service.agency, SUBMITTED, f"{run}-{service.code}-{place}-{order}", at, data
            )
    for order, at in enumerate(entered):
        data = _shining(service)
        yield happening(service.agency, SUBMITTED, f"{run}-{service.code}-clerk-{order}", at, data)


def survey_elsewhere(service: Service, demand: Demand, run: str) -> Iterator[Happening]:
    """RESTATED reports a survey on paper, and an index that its sums do not make."""
    if service.code != RESTATED:
        return
    year = demand.days[0].year
    at = datetime.combine(demand.days[-1], time(9), demand.where.zone)
    data = {
        "scope": f"service:{service.code}",
        "period": f"{year}-S1",
        "method": "Survei tatap muka, kuesioner cetak (simulasi)",
        "weight_method": "exact",
        "n": _ELSEWHERE,
        "elements": {code: {"n": _ELSEWHERE, "sum": 3 * _ELSEWHERE + 12} for code in CODES},
        "published": "88.40",
    }
    yield happening(service.agency, AGGREGATED, f"{run}-{service.code}-paper", at, data)


def _answer(random: Random, service: Service, place: str, quality: float) -> dict[str, Any]:
    given = people.scores(random, quality)
    data: dict[str, Any] = {
        "service": service.code,
        "place": place,
        "series": random.choices(*_SERIES)[0],
        "answers": given,
        "respondent": people.respondent(random),
    }
    if remark := people.comment(random, given):
        data["comment"] = remark
    return data


def _shining(service: Service) -> dict[str, Any]:
    place = service.places[0]
    return {"service": service.code, "place": place, "series": "agency", "answers": people.best()}


def _clerks_moments(service: Service, number: int, demand: Demand) -> Sequence[datetime]:
    if service.code != CHEATING or len(demand.days) < _DAYS_FOR_CLERK:
        return ()
    days = demand.working_days()[-15 : -15 + 4 * CLERK_DAYS : 4]
    opening = (datetime.combine(day, time(8, 30), demand.where.zone) for day in days)
    moments = [
        start + timedelta(minutes=CLERK_MINUTES * each)
        for start in opening
        for each in range(CLERK_ANSWERS)
    ]
    return moments if number > 2 * len(moments) else ()
