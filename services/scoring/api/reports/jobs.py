"""`/v1/reports/jobs/{id}`: how far a report in the background is, and the file when it is done."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Request, Response

from services.scoring.api.index import check_may_see_live
from services.scoring.api.reports.making import KINDS, Maker, Reporting, file_of
from services.scoring.api.reports.order import Order
from services.scoring.reports.stages import Stage
from shared.database import UNAVAILABLE
from shared.http import Problem
from shared.http.openapi import answers, refusals
from shared.http.problem import unavailable
from shared.jobs import Job, Jobs, Progress, State, Tell, TooManyJobs, UnknownJob

MOST_JOBS = 32
KEEP_S = 600.0
PATH = "/v1/reports/jobs"
_PROBLEMS = {
    401: "The report was asked for with a key, and this is none",
    404: "No such job (`unknown_job`): forgotten after ten minutes, or in a restart; ask again",
}
JobId = Annotated[str, Path(max_length=40)]


class Failure(msgspec.Struct, frozen=True):
    """Why there is no report; `code` as in a problem."""

    code: str
    title: str


class JobAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A report in the making. `step` of `of` is under way, and `part` of its `parts` are done,
    where that is known; `file` is where the report lies once `state` is `done`.
    """

    id: str
    state: State
    progress: Progress | None
    file: str | None
    problem: Failure | None


class ReportJobs:
    """The reports that are made in the background."""

    def __init__(self, reporting: Reporting, maker: Maker) -> None:
        self._keyring = reporting.keyring
        self._maker = maker
        self._jobs: Jobs[bytes] = Jobs(MOST_JOBS, KEEP_S, refusals=(Problem, *UNAVAILABLE))
        self.running = self._jobs.running

    async def accept(self, order: Order, *, wait_s: float = 0) -> Response:
        """202 with the job, or the file if it is there in time. Raises 503 where too many wait."""
        stages = KINDS[order.kind].stages

        async def work(tell: Tell) -> bytes:
            def watch(stage: Stage, page: int | None, pages: int | None) -> None:
                tell(Progress(min(stage, stages), stages, stage.text, page, pages))

            return await self._maker.make(order, watch)

        try:
            job = self._jobs.start(order, work)
        except TooManyJobs:
            raise unavailable(after_s=5) from None
        if wait_s:
            await job.wait(wait_s)
        if job.result is not None:
            return file_of(order, job.result)
        if job.failure is not None:
            raise problem_of(job.failure)
        return _json(job, 202, {"Location": f"{PATH}/{job.id}"})

    async def find(self, request: Request, job_id: str) -> Job[bytes]:
        """The job, for whoever may see its report. Raises the problem."""
        try:
            job = self._jobs.find(job_id)
        except UnknownJob:
            raise unknown_job() from None
        order = order_of(job)
        if order.needs_key:
            try:
                await check_may_see_live(self._keyring, request, order.asked.scope)
            except Problem as refused:
                raise unknown_job() if refused.status == 404 else refused from None
        return job


def router(jobs: ReportJobs) -> APIRouter:
    """The routes of jobs."""
    routes = APIRouter(prefix="/jobs")

    @routes.get(
        "/{job}",
        summary="Laporan yang sedang disusun · A report in the making",
        operation_id="get_report_job",
        responses=answers(JobAnswer, _PROBLEMS),
    )
    async def state(request: Request, job: JobId) -> Response:
        """Ask until `state` is `done` or `failed`."""
        return _json(await jobs.find(request, job), 200, {})

    @routes.get(
        "/{job}/file",
        summary="Berkas laporan · The finished report",
        operation_id="get_report_job_file",
        response_class=Response,
        responses=refusals({**_PROBLEMS, 409: "It is not done, or failed"}),
    )
    async def file(request: Request, job: JobId) -> Response:
        """As `GET /v1/reports/skm` answers it."""
        found = await jobs.find(request, job)
        if found.result is None:
            raise Problem(409, "not_done", "Laporan belum jadi · The report is not done")
        return file_of(order_of(found), found.result)

    return routes


def order_of(job: Job[bytes]) -> Order:
    """What a job of ours was asked for."""
    if not isinstance(job.subject, Order):
        raise TypeError(type(job.subject).__name__)
    return job.subject


def unknown_job() -> Problem:
    """It never was, is forgotten, or is another agency's: all look the same."""
    return Problem(
        404,
        "unknown_job",
        "Pekerjaan tidak dikenal; mintalah laporannya sekali lagi · "
        "No such job; ask for the report again",
    )


def problem_of(failure: BaseException) -> Problem:
    """Why there is no report, without its secrets."""
    if isinstance(failure, Problem):
        return failure
    is_away = isinstance(failure, UNAVAILABLE)
    return unavailable() if is_away else Problem(500, "internal", "Gagal · It failed")


def _json(job: Job[bytes], status: int, headers: dict[str, str]) -> Response:
    failure = None if job.failure is None else problem_of(job.failure)
    body = JobAnswer(
        id=job.id,
        state=job.state,
        progress=job.progress,
        file=None if job.result is None else f"{PATH}/{job.id}/file",
        problem=None if failure is None else Failure(failure.code, failure.title),
    )
    return Response(
        msgspec.json.encode(body),
        status,
        media_type="application/json",
        headers={"Cache-Control": "private, no-store", **headers},
    )
