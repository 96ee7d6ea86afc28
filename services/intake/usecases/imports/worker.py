"""The background worker: claims jobs and works on them; any number of processes may run it."""

import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import structlog

from services.intake.domain.imports.faults import FileFault
from services.intake.store import imports as store
from services.intake.store import tenancy
from services.intake.store.imports import Job
from services.intake.usecases.group_commit import NotCommitted
from services.intake.usecases.imports.work import CannotGoOn, ClaimLost, JobRun, Workshop
from shared.database import UNAVAILABLE

logger = structlog.get_logger()

AT_ONCE = 2
IN_MEMORY = 1024 * 1024
MOST_ATTEMPTS = 10  # without a single batch of progress


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to look for jobs that others left, and how long to rest when something is away."""

    poll_s: float = 1.0
    rest_s: float = 1.0


class Worker:
    """Works on imports while the service runs."""

    def __init__(self, workshop: Workshop, pace: Pace = Pace()) -> None:
        self._with = workshop
        self._pace = pace
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Say that there is a new job."""
        self._news.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Worker"]:
        """Work in the background until the block ends; an unfinished job is given back."""
        tasks = [
            asyncio.create_task(self._run(), name=f"import worker {number}")
            for number in range(AT_ONCE)
        ]
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._news.clear()
            try:
                worked = await self._work_on_next()
            except UNAVAILABLE as trouble:
                logger.warning("imports_rest", reason=type(trouble).__name__)
                await asyncio.sleep(self._pace.rest_s)
                continue
            if not worked:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._pace.poll_s):
                        await self._news.wait()

    async def _work_on_next(self) -> bool:
        worker = secrets.token_hex(8)
        async with self._with.engine.begin() as connection:
            await tenancy.enter_all(connection)
            job = await store.claim(connection, worker, self._with.lease_s)
        if job is None:
            return False
        run = JobRun(self._with, job, worker)
        with structlog.contextvars.bound_contextvars(correlation_id=job.correlation):
            if job.attempts > MOST_ATTEMPTS:
                await run.fail("gave_up")
            else:
                await self._work(run, job)
        return True

    async def _work(self, run: JobRun, job: Job) -> None:
        """A task of its own: a bug costs its job, not the worker."""
        task = asyncio.create_task(self._attempt(run, job), name=f"import {job.id}")
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            with suppress(*UNAVAILABLE):
                await run.release()
            raise
        bug = task.exception()
        if isinstance(bug, UNAVAILABLE):
            raise bug
        if bug is not None:
            logger.error("import_broke", job=job.id, exc_info=bug)
            await run.fail("internal")

    async def _attempt(self, run: JobRun, job: Job) -> None:
        try:
            with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as file:
                async with self._with.engine.begin() as connection:
                    await tenancy.enter(connection, job.agency)
                    async for part in store.parts(connection, job):
                        file.write(part)
                file.seek(0)
                await run.run(file)  # type: ignore[arg-type]  # typeshed: a binary file in all but name
            logger.info("import_done", job=job.id)
        except ClaimLost:
            logger.warning("import_claim_lost", job=job.id)
        except (CannotGoOn, FileFault) as fault:
            logger.warning("import_failed", job=job.id, code=fault.code)
            await run.fail(fault.code)
        except (NotCommitted, *UNAVAILABLE) as trouble:
            logger.warning("import_pauses", job=job.id, reason=type(trouble).__name__)
            await asyncio.sleep(self._pace.rest_s)
            with suppress(*UNAVAILABLE):
                await run.release()
