"""From an order to a document: the figures are read, then written down beside the event loop."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from fastapi import Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.api.index import unknown_scope, weights_not_cut
from services.scoring.api.reports.order import Format, Order
from services.scoring.domain.report import Report
from services.scoring.domain.report_inputs import NOTHING_GIVEN
from services.scoring.domain.weights import CannotBeCut
from services.scoring.reports.paper import PdfUnavailable
from services.scoring.reports.pdf import report_pdf
from services.scoring.reports.sheet import sheet_html, sheet_pdf
from services.scoring.reports.stages import Stage, Watch, unwatched
from services.scoring.reports.tables import report_csv, report_json
from services.scoring.reports.xlsx import report_xlsx
from services.scoring.usecases.index_answer import UnknownScope
from services.scoring.usecases.report import NotClosed, Withheld, own_report, public_report
from shared.auth import Keyring
from shared.http import Problem
from shared.tasks import Desk
from shared.web.language import Language

log = structlog.get_logger()
KEPT = 16  # reports of closed periods that are asked for again and again


@dataclass(frozen=True, slots=True)
class Reporting:
    """What the routes need."""

    engine: AsyncEngine
    keyring: Keyring
    now: Callable[[], datetime]
    public_url: str


@dataclass(frozen=True, slots=True)
class Kind:
    """How a document is made, and what it is. `is_paged`: it has all the stages."""

    make: Callable[[Report, Language, Watch], bytes]
    media_type: str
    ending: str
    is_paged: bool = False
    is_shown: bool = False

    @property
    def stages(self) -> int:
        """How many stages it has."""
        return Stage.PAGES if self.is_paged else Stage.TABLES


KINDS: dict[Format, Kind] = {
    "pdf": Kind(report_pdf, "application/pdf", "pdf", is_paged=True),
    "xlsx": Kind(
        lambda report, language, _: report_xlsx(report, language),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xlsx",
    ),
    "csv": Kind(
        lambda report, language, _: report_csv(report, language), "text/csv; charset=utf-8", "csv"
    ),
    "json": Kind(lambda report, *_: report_json(report), "application/json", "json"),
    "sheet": Kind(sheet_pdf, "application/pdf", "pdf", is_paged=True),
    "sheet-html": Kind(
        lambda report, language, _: sheet_html(report, language).encode(),
        "text/html; charset=utf-8",
        "html",
        is_shown=True,
    ),
}


class Maker:
    """Makes one document at a time beside the event loop, and keeps those of published figures."""

    def __init__(self, reporting: Reporting) -> None:
        self._reporting = reporting
        self._desk: Desk[bytes] = Desk(KEPT)

    async def make(self, order: Order, watch: Watch = unwatched) -> bytes:
        """The file that is asked for. Raises a Problem that says why there is none."""
        watch(Stage.FIGURES, None, None)
        report = await _report(self._reporting, order)
        kind = KINDS[order.kind]

        def make() -> bytes:
            if not kind.is_paged:
                watch(Stage.TABLES, None, None)
            return kind.make(report, order.language, watch)

        try:
            if report.receipt is None or order.asked.inputs != NOTHING_GIVEN:
                return await self._desk.now(make)
            asked = order.asked
            key = (report.receipt.id, asked.method, asked.population, order.kind, order.language)
            return await self._desk.once(key, make)
        except PdfUnavailable as lacking:
            log.warning("pdf_unavailable", packages=lacking.packages)
            raise Problem(501, "pdf_unavailable", f"PDF belum dapat dibuat · {lacking}") from None


def file_of(order: Order, body: bytes) -> Response:
    """A document as an answer. What needs a key is nobody else's to keep."""
    asked, kind = order.asked, KINDS[order.kind]
    name = f"skm-{asked.scope.kind}-{asked.scope.code or 'kota'}-{asked.period}.{kind.ending}"
    return Response(
        body,
        media_type=kind.media_type,
        headers={
            "Content-Disposition": f"{'inline' if kind.is_shown else 'attachment'}; "
            f'filename="{name}"',
            "Cache-Control": "private, no-store" if order.needs_key else "public, max-age=60",
        },
    )


async def _report(reporting: Reporting, order: Order) -> Report:
    now, asked = reporting.now(), order.asked
    async with reporting.engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        try:
            if order.view == "live":
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
