"""Announce moved indexes: `index.changed`, at most one per service and second.

An event tells the year of the answers that moved it, so an import of old answers announces their
year. It counts all five series by exact weights.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.scoring.domain import ikm
from services.scoring.domain.figure import element_indexes, figure_of
from services.scoring.domain.scope import agency_of
from services.scoring.domain.weights import Questionnaires
from services.scoring.store import dirty, index, questionnaires, unpublished
from services.scoring.store.dirty import Dirty
from services.scoring.usecases.index import exact_of
from services.scoring.usecases.own_events import own_event
from shared.contracts.figures import INDEX_CHANGED, TOPIC, IndexChanged
from shared.log import append
from shared.rounds import LedRounds

# Small enough that computing a batch does not hold up what else this process does.
SERVICES_A_TIME = 100
ROUND_S = 1.0
STALLED_S = 10.0


class Announcer:
    """Announces in the background. One leads per scoring service, the others stand by.

    The first change after a quiet second is announced at once. `wake()` after each commit.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        now: Callable[[], datetime],
        after_commit: Callable[[], None],
    ) -> None:
        self._now = now
        self._after_commit = after_commit
        self._news = asyncio.Event()
        self._rounds = LedRounds(
            "announcer", engine, self._lead, rest_s=ROUND_S, stalled_s=STALLED_S
        )
        self.stalled = self._rounds.stalled
        self.running = self._rounds.running

    def wake(self) -> None:
        """Say that answers were counted."""
        self._news.set()

    async def _lead(self, connection: AsyncConnection) -> None:
        while True:
            # Also before the first round: the leader before us may have announced just now.
            # From the end of a round: whoever came last in it waits a full second, too.
            await asyncio.sleep(ROUND_S)
            await self._round_with_news(connection)

    async def _round_with_news(self, connection: AsyncConnection) -> None:
        """Look until something was announced."""
        announced = False
        while not announced:
            self._news.clear()
            announced = await self._round(connection)
            self._rounds.looked()
            if not announced:
                await self._wait_for_news()

    async def _round(self, connection: AsyncConnection) -> bool:
        """Announce what is dirty, a batch a transaction, each service once; whether any was."""
        after, announced = "", False
        while True:
            async with connection.begin():
                claimed = await announce(connection, after=after, now=self._now())
            if not claimed:
                return announced
            after, announced = claimed[-1].service, True
            self._after_commit()

    async def _wait_for_news(self) -> None:
        """Another process of this service cannot wake us, so look every second anyway."""
        try:
            async with asyncio.timeout(ROUND_S):
                await self._news.wait()
        except TimeoutError:
            return


async def announce(
    connection: AsyncConnection, *, after: str, now: datetime, most: int = SERVICES_A_TIME
) -> Sequence[Dirty]:
    """Append one `index.changed` for each of the next dirty services past `after`; answers them.

    What the transaction does not commit stays dirty.
    """
    claimed = await dirty.claim(connection, after=after, most=most)
    if not claimed:
        return ()
    await unpublished.mark(connection, [(each.service, each.year) for each in claimed], now)
    counted = await index.years(connection, [(each.service, each.year) for each in claimed])
    published = await questionnaires.read(connection)
    events = [
        _event(each, counted[each.service, each.year], published, now)
        for each in claimed
        if (each.service, each.year) in counted
    ]
    await append(connection, {TOPIC: events})
    return claimed


def _event(
    moved: Dirty, year: index.ServiceYear, published: Questionnaires, now: datetime
) -> bytes:
    changed = _changed(moved, year, published, now)
    return own_event(INDEX_CHANGED, changed, now, moved.correlation)


def _changed(
    moved: Dirty, year: index.ServiceYear, published: Questionnaires, now: datetime
) -> IndexChanged:
    last = date(moved.year, 12, 31)
    rules, weights = ikm.rules_on(last), published.weights_of(f"service:{moved.service}", last)
    figure = figure_of(year.counted, rules, weights)
    return IndexChanged(
        service=moved.service,
        agency=agency_of(moved.service),
        period=f"{moved.year:04d}",
        n=figure.n,
        index=figure.index,
        exact=exact_of(figure),
        index_class=ikm.letter_of(figure.band),
        rule_set=rules.name,
        elements=element_indexes(year.counted),
        as_of=now.isoformat(timespec="seconds"),
        places=list(year.places),
    )
