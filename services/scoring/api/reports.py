"""`GET /v1/reports/skm`: the regulation's report, for anybody once a period is closed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

import structlog
from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.api.index import (
    PeriodText,
    ScopeText,
    check_may_see_live,
    period_and_scope,
    unknown_scope,
    weights_not_cut,
)
from services.scoring.domain.ikm import WeightMethod
from services.scoring.domain.report import Report
from services.scoring.domain.weights import CannotBeCut
from services.scoring.reports.paper import PdfUnavailable
from services.scoring.reports.pdf import report_pdf
from services.scoring.reports.sheet import sheet_html, sheet_pdf
from services.scoring.reports.tables import report_csv, report_json
from services.scoring.reports.xlsx import report_xlsx
from services.scoring.usecases.index_answer import UnknownScope, View
from services.scoring.usecases.report import (
    NotClosed,
    ReportOf,
    Withheld,
    own_report,
    public_report,
)
from shared.auth import Keyring
from shared.http import Problem
from shared.http.openapi import refusals
from shared.tasks import Desk
from shared.web.language import Language

log = structlog.get_logger()

Format = Literal["pdf", "xlsx", "csv", "json", "sheet", "sheet-html"]
KEPT = 16  # reports of closed periods that are asked for again and again
_LARGEST = 10**9
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_KINDS: dict[str, tuple[Callable[[Report, Language], bytes], str, str]] = {
    "pdf": (report_pdf, "application/pdf", "pdf"),
    "xlsx": (report_xlsx, _XLSX, "xlsx"),
    "csv": (report_csv, "text/csv; charset=utf-8", "csv"),
    "json": (lambda report, _: report_json(report), "application/json", "json"),
    "sheet": (sheet_pdf, "application/pdf", "pdf"),
    "sheet-html": (
        lambda report, language: sheet_html(report, language).encode(),
        "text/html; charset=utf-8",
        "html",
    ),
}
_PROBLEMS = {
    401: "view=live without a valid key",
    403: "The key lacks index:live",
    404: "No such scope; or nothing of the period is public yet",
    422: "A parameter is not valid",
    501: "This machine cannot make PDF files; the answer says which packages it lacks",
    503: "Try again (Retry-After)",
}


@dataclass(frozen=True, slots=True)
class Reporting:
    """What the route needs."""

    engine: AsyncEngine
    keyring: Keyring
    now: Callable[[], datetime]
    public_url: str


class Printer:
    """Makes one document at a time beside the event loop, and keeps those of published figures."""

    def __init__(self) -> None:
        self._desk: Desk[bytes] = Desk(KEPT)

    async def document(self, report: Report, kind: str, language: Language) -> bytes:
        """The bytes of a report. Raises PdfUnavailable."""

        def make() -> bytes:
            return _KINDS[kind][0](report, language)

        if report.receipt is None:
            return await self._desk.now(make)
        key = (report.receipt.id, report.weight_method, report.population, kind, language)
        return await self._desk.once(key, make)


def router(reporting: Reporting) -> APIRouter:
    """The route of reports."""
    routes = APIRouter(prefix="/v1/reports", tags=["reports"])
    printer = Printer()

    @routes.get(
        "/skm",
        summary="Laporan survei kepuasan · The survey report",
        response_class=Response,
        responses={
            200: {"content": {kind[1].partition(";")[0]: {} for kind in _KINDS.values()}},
            **refusals(_PROBLEMS),
        },
    )
    async def report(
        request: Request,
        scope_text: ScopeText,
        period_text: PeriodText,
        kind: Annotated[Format, Query(alias="format")] = "pdf",
        view: View = "public",
        language: Annotated[Language, Query(alias="lang")] = "id",
        weight_method: WeightMethod = WeightMethod.EXACT,
        population: Annotated[int | None, Query(ge=1, le=_LARGEST)] = None,
    ) -> Response:
        """`sheet` is the one-page public sheet with a QR code of the receipt.

        `view=live`: an agency's own answers as counted now, with who answered. `population`: users
        of the service in the period; without it the sample counts as provisional below 384.
        """
        scope, period = period_and_scope(scope_text, period_text)
        if view == "live":
            await check_may_see_live(reporting.keyring, request, scope)
        asked = ReportOf(scope, period, weight_method, population)
        made = await _report(reporting, asked, view)
        try:
            body = await printer.document(made, kind, language)
        except PdfUnavailable as lacking:
            log.warning("pdf_unavailable", packages=lacking.packages)
            raise Problem(501, "pdf_unavailable", f"PDF belum dapat dibuat · {lacking}") from None
        name = f"skm-{scope.kind}-{scope.code or 'kota'}-{period}.{_KINDS[kind][2]}"
        return Response(
            body,
            media_type=_KINDS[kind][1],
            headers={
                "Content-Disposition": f"{'inline' if kind == 'sheet-html' else 'attachment'}; "
                f'filename="{name}"',
                "Cache-Control": "private, no-store" if view == "live" else "public, max-age=60",
            },
        )

    return routes


async def _report(reporting: Reporting, asked: ReportOf, view: View) -> Report:
    now = reporting.now()
    async with reporting.engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        try:
            if view == "live":
                return await own_report(connection, asked, now=now)
            return await public_report(connection, asked, now=now, public_url=reporting.public_url)
        except UnknownScope:
            raise unknown_scope() from None
        except CannotBeCut:
            raise weights_not_cut() from None
        except NotClosed:
            raise Problem(
                404,
                "not_closed",
                "Laporan umum terbit setelah masa berakhir · "
                "The public report appears once the period has ended",
            ) from None
        except Withheld:
            raise Problem(
                404,
                "withheld",
                "Sebagian unsur dijawab terlalu sedikit orang · "
                "Some element was answered by too few to be published",
            ) from None
