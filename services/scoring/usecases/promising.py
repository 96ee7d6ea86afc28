"""What holds for an application: the promises of its service, and the working time of its place."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.application.progress import NO_PROMISES, Promises, promise_of
from services.scoring.domain.application.state import Application
from services.scoring.domain.calendar import WorkCalendar
from services.scoring.domain.clock.promise import PauseReason, Promise, Start, Unit
from services.scoring.domain.clock.worktime import WorkTime
from services.scoring.domain.scope import agency_of
from services.scoring.store import promises as store
from services.scoring.store.promises import Published, Zones

# From when a version of a standard holds, and what it promises; None: no time.
Version = tuple[date, Promise | None]


@dataclass(slots=True)
class WorkTimes:
    """The working time of each zone, prepared once: that takes tens of milliseconds."""

    city: ZoneInfo
    calendar: WorkCalendar
    _made: dict[ZoneInfo, WorkTime] = field(default_factory=dict)

    def of(self, zone: ZoneInfo) -> WorkTime:
        """The working time of places in a zone."""
        if zone not in self._made:
            self._made[zone] = WorkTime.of(zone, self.calendar)
        return self._made[zone]

    def at(self, zones: Zones, service: str, place: str | None) -> WorkTime:
        """The working time of a place; without one, of the agency that gives the service."""
        name = zones.places.get(place or "") or zones.agencies.get(agency_of(service))
        return self.of(ZoneInfo(name) if name else self.city)


@dataclass(frozen=True, slots=True)
class Promising:
    """What was promised of some services, and where."""

    by_service: Mapping[str, Sequence[Version]]
    zones: Zones
    times: WorkTimes

    def where(self, service: str, application: Application) -> WorkTime:
        """The working time of an application: of its place, else of the agency of its service."""
        return self.times.at(self.zones, service, application.place)

    def promises(self, service: str, application: Application, where: WorkTime) -> Promises:
        """What holds for an application: that of the version in force when it was registered."""
        since = application.registered_at or application.submitted_at
        if since is None:
            return NO_PROMISES
        day, versions = where.day_of(since), self.by_service.get(service, ())
        held = next((promise for begins, promise in reversed(versions) if begins <= day), None)
        return Promises(whole=promise_of(application, [held] if held else [], where))


async def promising(
    connection: AsyncConnection, services: Collection[str], times: WorkTimes
) -> Promising:
    """Read what holds for applications of these services."""
    published = await store.published(connection, services)
    return Promising(
        {
            service: [(each.valid_from, _promise(each)) for each in versions]
            for service, versions in published.items()
        },
        await store.zones(connection),
        times,
    )


def _promise(published: Published) -> Promise | None:
    if published.number is None or published.unit is None:
        return None
    return Promise(
        published.number,
        Unit(published.unit),
        basis=f"Standar pelayanan {published.service} versi {published.version}",
        valid_from=published.valid_from,
        starts_on=Start(published.starts or Start.REGISTERED),
        pauses=frozenset(map(PauseReason, published.pauses)),
    )
