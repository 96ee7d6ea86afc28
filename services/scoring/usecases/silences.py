"""Listen for agencies that fell silent: a rhythm is learnt once a day, the gap is new each time.

A silence of the whole city is ours, or the net's: then one alert says so, and no agency is blamed.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.alert_rules import Kind, Situation
from services.scoring.domain.alert_rules.silence import (
    LEARN_DAYS,
    Rhythm,
    rhythm_of,
    silence_of,
)
from services.scoring.domain.alert_rules.situation import Silence
from services.scoring.domain.calendar import CalendarTooShort, WorkCalendar
from services.scoring.domain.scope import CITY
from services.scoring.store import registry, watched
from services.scoring.usecases.alerts import judged, settle
from services.scoring.usecases.situations import name_in

log = structlog.get_logger()

_CITY = str(CITY)
_CITY_NAME = "Seluruh kota · The whole city"
_KINDS = frozenset({Kind.SILENT})
ANSWERS_AGAIN = timedelta(hours=1)


class Silences:
    """Keeps the rhythms of a day."""

    def __init__(self, calendar: WorkCalendar) -> None:
        self._works = calendar.is_working
        self._learnt_on: date | None = None
        self._rhythms: Mapping[str, Rhythm] = {}

    async def look(self, connection: AsyncConnection, *, now: datetime) -> int:
        """Judge every agency that has a rhythm; answers how many events that made.

        Nothing is judged while the traces are behind, nor in a year whose holidays are not decreed.
        """
        if not await watched.is_followed(connection):
            return 0
        try:
            await self._learn(connection, now)
            seen = await self._seen(connection, now)
        except CalendarTooShort as unknown:
            log.warning("silence_not_judged", year=unknown.year)
            return 0
        found = [each for situation in seen for each in judged(situation, _KINDS)]
        whole = [each for each in found if each[1] == _CITY and each[2].value > 0]
        found = whole or found
        return await settle(connection, sorted({scope for _, scope, _ in found}), found, now=now)

    async def _learn(self, connection: AsyncConnection, now: datetime) -> None:
        yesterday = now.date() - timedelta(days=1)
        if self._learnt_on == yesterday:
            return
        first = yesterday - timedelta(days=LEARN_DAYS - 1)
        by_scope: dict[str, dict[tuple[date, int], int]] = {_CITY: {}}
        for agency, hours in (await watched.hours(connection, first, yesterday)).items():
            for moment, n in hours.items():
                local = moment.astimezone(now.tzinfo)
                for scope in (f"agency:{agency}", _CITY):
                    known = by_scope.setdefault(scope, {})
                    key = local.date(), local.hour
                    known[key] = known.get(key, 0) + n
        rhythms = {
            scope: rhythm_of(hours, yesterday, self._works) for scope, hours in by_scope.items()
        }
        self._rhythms = {scope: each for scope, each in rhythms.items() if each is not None}
        self._learnt_on = yesterday

    async def _seen(self, connection: AsyncConnection, now: datetime) -> list[Situation]:
        first = now.date() - timedelta(days=LEARN_DAYS)
        last = {
            f"agency:{agency}": moment.astimezone(now.tzinfo)
            for agency, moment in (await watched.last_answers(connection, first)).items()
        }
        if last:
            last[_CITY] = max(last.values())
        names = await registry.names(connection, list(last))
        return [
            Situation(
                scope,
                _CITY_NAME if scope == _CITY else name_in(names, scope),
                now.date(),
                silence=self._silence(scope, moment, now),
            )
            for scope, moment in last.items()
        ]

    def _silence(self, scope: str, last: datetime, now: datetime) -> Silence | None:
        rhythm = self._rhythms.get(scope)
        if rhythm is not None:
            return silence_of(rhythm, last, now, self._works)
        # Whoever answers again after a long time has no rhythm yet, but is not silent.
        return None if now - last > ANSWERS_AGAIN else Silence(last, 0, 0.0, 0, 0.0)
