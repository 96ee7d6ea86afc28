"""The courier claims what is due, sends it outside of any transaction, and hands the outcome on."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from services.notify.delivery.recorder import Recorder
from services.notify.domain.retry import Outcome
from services.notify.store.claims import Claimed
from services.notify.store.results import Finished
from services.notify.usecases import deliver
from services.notify.usecases.subscribe import Seals
from shared.database import UNAVAILABLE, is_passing
from shared.metrics import Metrics
from shared.sealing import CannotUnseal

log = structlog.get_logger()

Send = Callable[[str, Mapping[str, str], bytes], Awaitable[Outcome]]
BREATH_S = 0.01  # between two claims: what became due meanwhile is claimed together
LAST_ATTEMPTS_S = 5.0


@dataclass(frozen=True, slots=True)
class Pace:
    """`hold`: longer than any attempt, after it a claim counts as lost. `scale` is for tests."""

    hold: timedelta = timedelta(seconds=30)
    poll_s: float = 0.5
    scale: float = 1.0


class Courier:
    """Delivers. Any number of processes may run one each."""

    def __init__(
        self,
        engine: AsyncEngine,
        send: Send,
        seals: Seals,
        metrics: Metrics,
        now: Callable[[], datetime],
        pace: Pace = Pace(),
    ) -> None:
        self.last_round = time.monotonic()
        self._engine = engine
        self._send = send
        self._seals = seals
        self._now = now
        self._pace = pace
        self._recorder = Recorder(engine, now, self.wake)
        self._news = asyncio.Event()
        self._stopping = False
        self._under_way: set[asyncio.Task[None]] = set()
        self._rests = metrics.counter("courier_rests", "Rounds without a database")
        self._attempts = metrics.counter(
            "attempts",
            "Webhook attempts by outcome, and what became of the delivery",
            "outcome",
            "state",
        )
        self._seconds = metrics.histogram("attempt_seconds", "Duration of webhook attempts")

    def wake(self) -> None:
        """Say that something may be due, or that a place became free."""
        self._news.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Courier"]:
        """Deliver in the background until the block ends; attempts under way may finish."""
        recording = asyncio.create_task(self._recorder.run(), name="recorder")
        claiming = asyncio.create_task(self._run(recording), name="courier")
        try:
            yield self
        finally:
            self._stopping = True
            self.wake()
            await asyncio.wait([claiming, *self._under_way], timeout=LAST_ATTEMPTS_S)
            left = [claiming, recording, *self._under_way]
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            await self._recorder.flush()

    async def _run(self, recording: asyncio.Task[None]) -> None:
        while not self._stopping:
            if recording.done():
                recording.result()  # raises: who cannot record must not send, /readyz turns red
            self._news.clear()
            free = deliver.AT_ONCE - len(self._under_way)
            if free:
                await self._round(free)
            self.last_round = time.monotonic()
            await asyncio.sleep(BREATH_S)
            await self._wait()

    async def _round(self, free: int) -> None:
        try:
            async with self._engine.begin() as connection:
                claimed = await deliver.begin(
                    connection, now=self._now(), hold=self._pace.hold, limit=free
                )
        except UNAVAILABLE as trouble:
            if not is_passing(trouble):
                raise
            self._rests.inc()
            return
        for one in claimed:
            task = asyncio.create_task(self._attempt(one), name=f"attempt {one.delivery}")
            self._under_way.add(task)
            task.add_done_callback(partial(self._ended, one))

    async def _attempt(self, claimed: Claimed) -> None:
        started = time.perf_counter()
        try:
            letter = deliver.letter(claimed, self._seals, now=self._now())
        except CannotUnseal:
            outcome = Outcome(error="cannot_unseal")
        else:
            outcome = await self._send(letter.url, letter.headers, letter.body)
        took = time.perf_counter() - started
        finished = deliver.conclude(
            claimed,
            outcome,
            took_s=took,
            now=self._now(),
            spread=random.uniform(-1, 1),
            scale=self._pace.scale,
        )
        self._recorder.add(finished)
        self._note(claimed, finished, took)

    def _note(self, claimed: Claimed, finished: Finished, took: float) -> None:
        outcome = finished.error or f"{(finished.status or 0) // 100}xx"
        self._attempts.labels(outcome, finished.state).inc()
        self._seconds.observe(took)
        with structlog.contextvars.bound_contextvars(correlation_id=claimed.correlation):
            log.info(
                "attempt",
                subscription=claimed.subscription,
                webhook_id=deliver.webhook_id(claimed.delivery),
                host=claimed.host,
                type=claimed.type,
                attempt=claimed.attempt,
                status=finished.status,
                error=finished.error,
                state=finished.state,
                took_ms=finished.took_ms,
            )

    def _ended(self, claimed: Claimed, task: asyncio.Task[None]) -> None:
        """A bug costs its own attempt only: that one lapses and is repeated as unknown."""
        self._under_way.discard(task)
        if not task.cancelled() and (bug := task.exception()) is not None:
            self._attempts.labels("bug", "sending").inc()
            log.error("attempt_broke", delivery=claimed.delivery, exc_info=bug)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._pace.poll_s):
                await self._news.wait()
        except TimeoutError:
            return
