"""The laporan SKM as HTML for paper and as PDF: cover, contents, five chapters, annexes."""

from collections.abc import Iterable

from services.scoring.domain.report import Report
from services.scoring.reports import drawing
from services.scoring.reports.charts import share
from services.scoring.reports.conclusion import conclusion, movement
from services.scoring.reports.headings import Headings
from services.scoring.reports.paper import to_pdf
from services.scoring.reports.rendering import identifier, render
from services.scoring.reports.stages import Stage, Watch, unwatched
from services.scoring.reports.voice import NOTHING, Voice
from shared.web.language import Language

# A longer data sheet stands in the XLSX file only: nobody reads it on paper.
LONGEST_DATA_SHEET = 5_000
# How many lines of it a page holds: the first one also has the heading.
_FIRST_LINES, _LINES = 44, 60
_COLUMNS = 4
_NUMBER_WIDTH = 5


def report_pdf(report: Report, language: Language = "id", watch: Watch = unwatched) -> bytes:
    """The report as a PDF file. Raises PdfUnavailable."""
    html = report_html(report, language, watch)
    return to_pdf(html, identifier(html), watch)


def report_html(report: Report, language: Language = "id", watch: Watch = unwatched) -> str:
    """The report as the HTML that becomes the PDF."""
    voice = Voice(language)
    watch(Stage.CHARTS, None, None)
    pictures = {
        "element_chart": drawing.element_chart(report, voice),
        "unit_chart": drawing.unit_chart(report, voice),
        "trend_chart": drawing.trend_chart(report, voice),
        "qr": drawing.receipt_code(report, voice),
    }
    watch(Stage.TABLES, None, None)
    return render(
        "report.html",
        "report.css",
        report,
        voice,
        headings=Headings(voice),
        conclusion=conclusion(report, voice),
        moved=movement(report, voice),
        share=share,
        shows_counts=any(row.counts is not None for row in report.elements),
        hides_counts=any(row.counts is None for row in report.elements),
        withholds=any(
            cell.count is None for attribute in report.respondents for cell in attribute.cells
        ),
        **pictures,
        receipt_link=drawing.receipt_link(report),
        data_head=_data_line("No.", range(1, len(report.elements) + 1)),
        data_pages=_data_pages(report),
    )


def _data_pages(report: Report) -> list[list[str]]:
    """The data sheet page by page, each in columns of text: as table cells it would take long."""
    lines = [
        _data_line(number, (NOTHING if score is None else score for score in scores))
        for number, scores in enumerate(report.answers or (), start=1)
    ]
    if len(lines) > LONGEST_DATA_SHEET:
        return []
    pages, start, height = [], 0, _FIRST_LINES
    while start < len(lines):
        page = lines[start : start + height * _COLUMNS]
        pages.append(["\n".join(page[top : top + height]) for top in range(0, len(page), height)])
        start, height = start + len(page), _LINES
    return pages


def _data_line(number: int | str, scores: Iterable[int | str]) -> str:
    return f"{number:>{_NUMBER_WIDTH}} {' '.join(str(score) for score in scores)}"
