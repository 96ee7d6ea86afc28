"""The applications of the simulated year: handed in, returned, paused, decided in time or late."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from services.commands.demo.city import Service
from services.commands.demo.demand import Demand
from services.commands.demo.events import Happening, happening
from services.commands.demo.story import FORGETFUL, FORGOTTEN
from services.scoring.domain.calendar import CalendarTooShort
from services.scoring.domain.clock import due
from services.scoring.domain.clock.promise import PauseReason, Promise, Start, Unit
from services.scoring.domain.clock.worktime import WorkTime
from shared.contracts import applications as told

_RETURNED, _PAUSED, _WITHDRAWN, _REJECTED = 0.06, 0.25, 0.03, 0.07
_DAY = 27_000  # seconds in which offices are open on an ordinary day


@dataclass(frozen=True, slots=True)
class Case:
    """One application: what is told of it. `is_late`: None where nothing was granted or refused."""

    service: str
    told: tuple[Happening, ...]
    is_late: bool | None


def promise_of(service: Service) -> Promise | None:
    """The deadline of a service's standard, if it has one."""
    given = service.promise
    if given is None:
        return None
    return Promise(
        given["number"],
        Unit(given["unit"]),
        basis=f"Standar pelayanan {service.code}",
        starts_on=Start(given.get("starts", "registered")),
        pauses=frozenset(map(PauseReason, given.get("pauses", ()))),
    )


def cases(service: Service, number: int, demand: Demand, seed: int, run: str) -> Iterator[Case]:
    """So many applications of a service that has a deadline."""
    promise = promise_of(service)
    if promise is None:
        return
    random = Random(f"{seed} applications {service.code}")
    for order, at in enumerate(demand.moments(random, number, is_online=False)):
        about = {
            "service": service.code,
            "reference": f"SIM-{run[:6]}-{order + 1:05}",
            "place": random.choice(service.places),
        }
        life = _Life(service, promise, demand.where, random, about, f"{run}-{order}")
        yield life.of(at, is_forgotten=service.code == FORGETFUL and order % FORGOTTEN == 0)


class _Life:
    """Tells one application from its beginning."""

    def __init__(
        self,
        service: Service,
        promise: Promise,
        where: WorkTime,
        random: Random,
        about: Mapping[str, Any],
        name: str,
    ) -> None:
        self._service = service
        self._promise = promise
        self._where = where
        self._random = random
        self._about = about
        self._name = name
        self._told: list[Happening] = []
        self._pauses: list[due.Pause] = []

    def of(self, at: datetime, *, is_forgotten: bool) -> Case:
        """From a first submission to the decision, as far as the calendar is known."""
        try:
            is_late = self._decided(at, is_forgotten=is_forgotten)
        except CalendarTooShort:
            is_late = None
        return Case(self._service.code, tuple(self._told), is_late)

    def _decided(self, at: datetime, *, is_forgotten: bool) -> bool | None:
        submitted, registered = self._handed_in(at)
        start = submitted if self._promise.starts_on is Start.SUBMITTED else registered
        now = self._handled(registered)
        if is_forgotten:
            return None
        kind = self._random.choices(
            (told.WITHDRAWN, told.REJECTED, told.ISSUED),
            (_WITHDRAWN, _REJECTED, 1 - _WITHDRAWN - _REJECTED),
        )[0]
        until = due.due_at(self._promise, start, self._pauses, self._where).at
        assert until is not None, "every pause has ended"
        decided = self._decided_at(now, until)
        self._tell(kind, decided)
        return None if kind == told.WITHDRAWN else until <= decided

    def _handed_in(self, at: datetime) -> tuple[datetime, datetime]:
        """When the submission that counts and the registration were."""
        self._tell(told.SUBMITTED, at)
        if self._random.random() < _RETURNED:
            self._tell(told.RETURNED, self._after(at, 0.2), reason="incomplete")
            at = self._after(at, 1 + 2 * self._random.random())
            self._tell(told.SUBMITTED, at)
        registered = self._after(at, 0.03 + 0.05 * self._random.random())
        self._tell(told.REGISTERED, registered)
        return at, registered

    def _handled(self, now: datetime) -> datetime:
        """Handed on and paused, as it happens; when the last of that was."""
        if other := self._service.reviewed_by:
            now = self._after(now, 0.2)
            self._tell(told.MOVED, now, stage="technical_review", agency=other)
        if self._promise.pauses and self._random.random() < _PAUSED:
            reason = self._random.choice(sorted(self._promise.pauses))
            since = self._after(now, 0.5)
            now = self._after(since, 1 + 4 * self._random.random())
            self._pauses.append(due.Pause(since, now, reason))
            self._tell(told.PAUSED, since, reason=str(reason))
            self._tell(told.RESUMED, now)
        return now

    def _decided_at(self, now: datetime, until: datetime) -> datetime:
        office, random = self._where.office, self._random
        begin, end = office.count(now), office.count(until)
        if random.random() < self._service.nature.late:
            return self._at(end + 60 + int(random.expovariate(1 / (3 * _DAY))))
        share = self._service.nature.tempo * random.uniform(0.3, 1.05)
        return self._at(begin + 60 + int(max(0, end - begin - 120) * min(share, 1.0)))

    def _after(self, at: datetime, days: float) -> datetime:
        """So many office days later."""
        return self._at(self._where.office.count(at) + 60 + int(days * _DAY))

    def _at(self, count: int) -> datetime:
        return self._where.office.end(count, ()).astimezone(self._where.zone)

    def _tell(self, kind: str, at: datetime, **data: Any) -> None:
        name = f"{self._name}-{self._service.code}-{len(self._told)}"
        data = {**self._about, **data}
        self._told.append(happening(self._service.agency, kind, name, at, data))
