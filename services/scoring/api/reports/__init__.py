"""`/v1/reports/skm`: the regulation's report, for anybody once a period is closed."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from services.scoring.api.index import (
    PeriodText,
    Population,
    ScopeText,
    check_may_see_live,
)
from services.scoring.api.reports import jobs
from services.scoring.api.reports.jobs import JobAnswer, ReportJobs
from services.scoring.api.reports.making import KINDS, Maker, Reporting, file_of
from services.scoring.api.reports.order import Format, Order, ReportIn, as_order, read_order
from services.scoring.domain.ikm import WeightMethod
from services.scoring.usecases.index_answer import View
from shared.http.body import json_body
from shared.http.openapi import answers, refusals
from shared.web.language import Language

__all__ = ["Reporting", "Reports"]

_ASYNC = "respond-async"
_WAIT = re.compile(r"\bwait=(\d{1,4})\b")
MOST_WAIT_S = 120
_PROBLEMS = {
    401: "view=live, or inputs, without a valid key",
    403: "The key lacks index:live",
    404: "No such scope; or nothing of the period is public yet",
    422: "A parameter is not valid",
    501: "This machine cannot make PDF files; the answer says which packages it lacks",
    503: "Try again (Retry-After)",
}
_BACKGROUND_PROBLEMS = {
    **{status: _PROBLEMS[status] for status in (401, 403, 404, 422, 503)},
    400: "The body is not readable JSON",
    413: "The body is too large",
    415: "Not plain application/json",
}


class Reports:
    """The routes of reports, and what makes them in the background."""

    def __init__(self, reporting: Reporting) -> None:
        self._keyring = reporting.keyring
        self._maker = Maker(reporting)
        self._jobs = ReportJobs(reporting, self._maker)
        self.router = APIRouter(prefix="/v1/reports", tags=["reports"])
        self._add_get()
        self._add_post()
        self.router.include_router(jobs.router(self._jobs))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Make reports in the background until the block ends."""
        async with self._jobs.running():
            yield

    def _add_get(self) -> None:
        content: dict[str, object] = {
            kind.media_type.partition(";")[0]: {} for kind in KINDS.values()
        }

        @self.router.get(
            "/skm",
            summary="Laporan survei kepuasan · The survey report",
            response_class=Response,
            responses={200: {"content": content}, **refusals(_PROBLEMS)},
        )
        async def report(
            request: Request,
            scope_text: ScopeText,
            period_text: PeriodText,
            kind: Annotated[Format, Query(alias="format")] = "pdf",
            view: View = "public",
            language: Annotated[Language, Query(alias="lang")] = "id",
            weight_method: WeightMethod = WeightMethod.EXACT,
            population: Population = None,
            prefer: Annotated[str, Header()] = "",
        ) -> Response:
            """`sheet` is the one-page public sheet with a QR code of the receipt.

            `view=live`: an agency's own answers as counted now, with who answered. `population`:
            users of the service in the period; without it the sample counts as provisional below
            384. With `Prefer: respond-async` (RFC 7240) it answers as POST does.
            """
            order = as_order(
                ReportIn(
                    scope=scope_text,
                    period=period_text,
                    format=kind,
                    view=view,
                    lang=language,
                    weight_method=weight_method,
                    population=population,
                )
            )
            await self._check(request, order)
            if _ASYNC in prefer.lower():
                answer = await self._jobs.accept(order)
                answer.headers["Preference-Applied"] = _ASYNC
                return answer
            return file_of(order, await self._maker.make(order))

    def _add_post(self) -> None:
        @self.router.post(
            "/skm",
            status_code=202,
            summary="Laporan di latar belakang · The survey report, made in the background",
            operation_id="post_report",
            responses=answers(JobAnswer, _BACKGROUND_PROBLEMS, status=202),
            openapi_extra=json_body(ReportIn),
        )
        async def start(request: Request, prefer: Annotated[str, Header()] = "") -> Response:
            """The parameters of GET as JSON, or as a query without a body. `Location` is the job.

            With `Prefer: wait=60` (RFC 7240) the file itself, if it is there within so many
            seconds, at most two minutes: that needs no second request, which another of several
            processes would not understand.

            `inputs`: the follow-up plan, the forum's date, how was asked, and what became of the
            plan before, in the agency's words; they need its key.
            """
            order = await read_order(request)
            await self._check(request, order)
            wanted = _WAIT.search(prefer.lower())
            return await self._jobs.accept(
                order, wait_s=min(int(wanted[1]), MOST_WAIT_S) if wanted else 0
            )

    async def _check(self, request: Request, order: Order) -> None:
        if order.needs_key:
            await check_may_see_live(self._keyring, request, order.asked.scope)
