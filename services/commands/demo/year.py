"""A whole simulated year: everything that the agencies of the city tell, in the order of time."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.commands.demo.answers import answers, survey_elsewhere
from services.commands.demo.applications import Case, cases
from services.commands.demo.city import City
from services.commands.demo.demand import Demand, shares
from services.commands.demo.events import Happening, run_of
from services.scoring.domain.clock.worktime import WorkTime


@dataclass(frozen=True, slots=True)
class Options:
    """What makes a simulation: the same options make the same events, byte by byte."""

    seed: int
    year: int
    days: int
    answers: int
    applications: int
    only: tuple[str, ...] = ()

    @property
    def run(self) -> str:
        """The name of this simulation in its events."""
        return run_of(self.seed, self.year, self.days, self.answers, self.applications, *self.only)


@dataclass(frozen=True, slots=True)
class Year:
    """All that is told, and what must be found again: counts by service, of the year alone."""

    told: Sequence[Happening]
    answers: Counter[str]
    received: Counter[str]
    on_time: Counter[str]
    late: Counter[str]


def simulate(options: Options, city: City, where: WorkTime, now: datetime) -> Year:
    """The year as far as it has gone by. Raises CalendarTooShort for a year without a decree."""
    demand = Demand.of(date(options.year, 1, 1), options.days, where)
    given = _answers(options, city, demand)
    filed = _applications(options, city, demand)
    survey = [
        each for service in city.services for each in survey_elsewhere(service, demand, options.run)
    ]
    answered = [each for each in given if each.at <= now]
    happened = [each for case in filed for each in case.told if each.at <= now]
    decided = [case for case in filed if _is_decided(case, options.year, now)]
    told = answered + happened + [each for each in survey if each.at <= now]
    return Year(
        told=sorted(told, key=lambda each: each.at),
        answers=Counter(each.event["data"]["service"] for each in answered),
        received=Counter(case.service for case in filed if case.told[0].at <= now),
        on_time=Counter(case.service for case in decided if not case.is_late),
        late=Counter(case.service for case in decided if case.is_late),
    )


def _is_decided(case: Case, year: int, now: datetime) -> bool:
    """Within the year: what is decided after it belongs to the next."""
    end = case.told[-1].at
    return case.is_late is not None and end.year == year and end <= now


def _answers(options: Options, city: City, demand: Demand) -> list[Happening]:
    split = shares(options.answers, [service.busy for service in city.services])
    return [
        each
        for service, number in zip(city.services, split, strict=True)
        for each in answers(service, number, demand, options.seed, options.run)
    ]


def _applications(options: Options, city: City, demand: Demand) -> list[Case]:
    promising = [service for service in city.services if service.promise]
    split = shares(options.applications, [service.busy for service in promising])
    return [
        case
        for service, number in zip(promising, split, strict=True)
        for case in cases(service, number, demand, options.seed, options.run)
    ]
