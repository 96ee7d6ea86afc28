"""Jobs in the background: one at a time, bounded, with progress, and a reason when they fail."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from shared.jobs import Job, Jobs, Progress, Tell, TooManyJobs, UnknownJob
from tests.waiting import wait_until

Work = Callable[[Tell], Awaitable[str]]


class Refused(Exception):
    """What work says no with."""


class Gate:
    """Work that tells how far it is and goes on when it is let."""

    def __init__(self) -> None:
        self.begun = 0
        self.at_once = 0
        self.most_at_once = 0
        self.opened = asyncio.Event()

    async def __call__(self, tell: Tell) -> str:
        self.begun += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        tell(Progress(1, 2, "first", part=3, parts=4))
        try:
            await self.opened.wait()
        finally:
            self.at_once -= 1
        return "made"


async def is_done(job: Job[str]) -> None:
    await wait_until(lambda: job.ended_at is not None, "the job to end")


async def test_a_job_waits_runs_tells_how_far_it_is_and_keeps_what_it_made() -> None:
    jobs: Jobs[str] = Jobs(4, 60)
    gate = Gate()
    first, second = jobs.start("a", gate), jobs.start("b", gate)
    assert (first.state, first.progress) == ("waiting", None)

    async with jobs.running():
        await wait_until(lambda: gate.begun == 1, "the first job to begin")
        assert (first.state, second.state) == ("running", "waiting")
        assert first.progress == Progress(1, 2, "first", part=3, parts=4)
        gate.opened.set()
        await is_done(second)

    assert (first.state, jobs.find(first.id).result) == ("done", "made")
    assert gate.most_at_once == 1


async def test_who_asks_the_same_while_it_is_made_gets_the_same_job() -> None:
    jobs: Jobs[str] = Jobs(4, 60)
    gate = Gate()
    gate.opened.set()
    first = jobs.start("a", gate)

    assert jobs.start("a", gate) is first
    async with jobs.running():
        await is_done(first)
    assert jobs.start("a", gate) is not first


async def test_a_job_that_is_refused_says_so_and_one_that_breaks_is_logged() -> None:
    async def refuse(_: Tell) -> str:
        raise Refused("no")

    async def break_down(_: Tell) -> str:
        raise ZeroDivisionError

    jobs: Jobs[str] = Jobs(4, 60, refusals=(Refused,))
    refused, broken = jobs.start("a", refuse), jobs.start("b", break_down)
    with capture_logs() as logged:
        async with jobs.running():
            await is_done(broken)

    assert (refused.state, str(refused.failure)) == ("failed", "no")
    assert (broken.state, type(broken.failure)) == ("failed", ZeroDivisionError)
    assert [line["event"] for line in logged] == ["job_failed"]


async def test_no_more_jobs_than_may_wait_and_the_oldest_ended_one_makes_room() -> None:
    jobs: Jobs[str] = Jobs(2, 60)
    gate = Gate()
    first, second = jobs.start("a", gate), jobs.start("b", gate)
    with pytest.raises(TooManyJobs):
        jobs.start("c", gate)

    gate.opened.set()
    async with jobs.running():
        await is_done(second)
    jobs.start("c", gate)

    assert jobs.find(second.id) is second
    with pytest.raises(UnknownJob):
        jobs.find(first.id)


async def test_what_ended_long_ago_is_forgotten() -> None:
    now = 0.0
    jobs: Jobs[str] = Jobs(2, 60, clock=lambda: now)
    gate = Gate()
    gate.opened.set()
    job = jobs.start("a", gate)
    async with jobs.running():
        await is_done(job)

    now = 60
    assert jobs.find(job.id) is job
    now = 61
    with pytest.raises(UnknownJob):
        jobs.find(job.id)


async def test_the_end_of_the_block_ends_a_job_that_is_under_way() -> None:
    jobs: Jobs[str] = Jobs(2, 60)
    gate = Gate()
    job = jobs.start("a", gate)
    async with jobs.running():
        await wait_until(lambda: gate.begun == 1, "the job to begin")

    await wait_until(lambda: gate.at_once == 0, "the job to be left")
    assert job.ended_at is None
