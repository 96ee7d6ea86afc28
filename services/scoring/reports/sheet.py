"""The public sheet of a survey: one page with the index in large, as HTML and as PDF."""

from services.scoring.domain.report import Attribute, Report
from services.scoring.reports import drawing, wording
from services.scoring.reports.paper import to_pdf
from services.scoring.reports.rendering import identifier, render, shortened
from services.scoring.reports.stages import Watch, unwatched
from services.scoring.reports.voice import Voice
from shared.web.language import Language

# What one page has room for.
_LONGEST_NAME = 190
_LONGEST_OWNER = 150
_LONGEST_SERVICE = 38  # one line
_MOST_SERVICES = 3
_MOST_CELLS = 10
_NAME_SIZES = ((34, "large"), (80, "middle"), (_LONGEST_NAME, "small"))
_ON_THE_LEFT = ("sex", "age", "age_band")


def sheet_pdf(report: Report, language: Language = "id", watch: Watch = unwatched) -> bytes:
    """The sheet as a PDF file of one page. Raises PdfUnavailable."""
    html = sheet_html(report, language)
    return to_pdf(html, identifier(html), watch)


def sheet_html(report: Report, language: Language = "id") -> str:
    """The sheet as one HTML file that needs no other; 794 × 1123 pixels make a picture of it."""
    voice = Voice(language)
    name = shortened(report.name, _LONGEST_NAME)
    services = report.services or (report.name,)
    shown = [_fitting(attribute) for attribute in _on_the_sheet(report)]
    return render(
        "sheet.html",
        "sheet.css",
        report,
        voice,
        owner=shortened(" · ".join(filter(None, (report.city, report.agency))), _LONGEST_OWNER),
        name=name,
        name_size=next(size for longest, size in _NAME_SIZES if len(name) <= longest),
        services=[shortened(service, _LONGEST_SERVICE) for service in services[:_MOST_SERVICES]],
        more_services=len(services[_MOST_SERVICES:]),
        left=[attribute for attribute in shown if attribute.code in _ON_THE_LEFT],
        right=[attribute for attribute in shown if attribute.code not in _ON_THE_LEFT],
        withholds=any(cell.count is None for attribute in shown for cell in attribute.cells),
        element_chart=None if shown else drawing.element_chart(report, voice),
        qr=drawing.receipt_code(report, voice),
    )


def _on_the_sheet(report: Report) -> list[Attribute]:
    """What the regulation's form shows, in its order; other attributes are the report's."""
    known = [part for part in report.respondents if part.code in wording.SHEET_ATTRIBUTES]
    return sorted(known, key=lambda part: wording.SHEET_ATTRIBUTES.index(part.code))


def _fitting(attribute: Attribute) -> Attribute:
    """A long list gives up the groups that nobody belongs to."""
    if len(attribute.cells) <= _MOST_CELLS:
        return attribute
    cells = tuple(cell for cell in attribute.cells if cell.count != 0)
    return Attribute(attribute.code, cells[:_MOST_CELLS])
