"""Jobs: work that takes longer than a request should, one at a time, with its progress to be seen.

In the memory of this process: whoever asks after a restart hears that the job is unknown, and asks
for the work again.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

import structlog

from shared.tasks import in_background

Result = TypeVar("Result")
State = Literal["waiting", "running", "done", "failed"]
log = structlog.get_logger()


class TooManyJobs(RuntimeError):
    """As many jobs wait as may: try again later."""


class UnknownJob(LookupError):
    """No job has this id: it never was, is forgotten, or was lost with its process."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Which step of how many, in words, and how much of this step, where that is known."""

    step: int
    of: int
    text: str
    part: int | None = None
    parts: int | None = None


# May be called from any thread.
Tell = Callable[[Progress], None]
Work = Callable[[Tell], Awaitable[Result]]


@dataclass(slots=True)
class Job(Generic[Result]):
    """`subject` is whatever the asker wants to know of it again; `failure` why it failed."""

    id: str
    subject: Hashable
    work: Work[Result]
    state: State = "waiting"
    progress: Progress | None = None
    result: Result | None = None
    failure: BaseException | None = None
    ended_at: float | None = None
    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, progress: Progress) -> None:
        """How far it is."""
        self.progress = progress

    def end(self, state: State, at: float) -> None:
        """It is over."""
        self.state, self.ended_at = state, at
        self._ended.set()

    async def wait(self, seconds: float) -> None:
        """Until it is over, but no longer than this."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.wait()


class Jobs(Generic[Result]):
    """At most `most` jobs are known, and ended ones are forgotten after `keep_s` seconds.

    `refusals` are the exceptions by which work says no; all others are logged as errors.
    """

    def __init__(
        self,
        most: int,
        keep_s: float,
        *,
        refusals: tuple[type[BaseException], ...] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._keep_s = keep_s
        self._refusals = refusals
        self._clock = clock
        self._jobs: dict[str, Job[Result]] = {}
        self._queue: asyncio.Queue[Job[Result]] = asyncio.Queue()

    def start(self, subject: Hashable, work: Work[Result]) -> Job[Result]:
        """A new job, or the one that does the same already. Raises TooManyJobs."""
        self._forget()
        for known in self._jobs.values():
            if known.subject == subject and known.ended_at is None:
                return known
        if len(self._jobs) >= self._most and not self._forget_oldest():
            raise TooManyJobs
        job = Job(secrets.token_urlsafe(16), subject, work)
        self._jobs[job.id] = job
        self._queue.put_nowait(job)
        return job

    def find(self, job_id: str) -> Job[Result]:
        """The job with this id. Raises UnknownJob."""
        self._forget()
        if job_id not in self._jobs:
            raise UnknownJob(job_id)
        return self._jobs[job_id]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Do what waits, in its order, until the block ends."""
        async with in_background(self._run(), name="jobs"):
            yield

    async def _run(self) -> None:
        while True:
            await self._do(await self._queue.get())

    async def _do(self, job: Job[Result]) -> None:
        job.state = "running"
        task = asyncio.ensure_future(job.work(job.tell))
        try:
            await asyncio.wait([task])
        finally:
            task.cancel()
        job.failure = task.exception()
        if job.failure is None:
            job.result = task.result()
            job.end("done", self._clock())
            return
        job.end("failed", self._clock())
        if not isinstance(job.failure, self._refusals):
            log.error("job_failed", exc_info=job.failure)

    def _forget(self) -> None:
        now = self._clock()
        for job in list(self._jobs.values()):
            if job.ended_at is not None and now - job.ended_at > self._keep_s:
                del self._jobs[job.id]

    def _forget_oldest(self) -> bool:
        ended = [job for job in self._jobs.values() if job.ended_at is not None]
        if not ended:
            return False
        del self._jobs[min(ended, key=lambda job: job.ended_at or 0).id]
        return True
