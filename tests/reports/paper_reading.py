"""Reads PDF files back; where this machine cannot make any, the test is skipped with the reason."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from services.scoring.domain.report import Report
from services.scoring.reports.paper import PdfUnavailable
from services.scoring.reports.pdf import report_pdf
from services.scoring.reports.sheet import sheet_pdf
from shared.web.language import Language


def made(report: Report, language: Language = "id", *, sheet: bool = False) -> bytes:
    """The report or its sheet as a PDF file."""
    try:
        return sheet_pdf(report, language) if sheet else report_pdf(report, language)
    except PdfUnavailable as reason:
        pytest.skip(str(reason))


def pages(pdf: bytes) -> list[str]:
    """The text of each page, with single blanks."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]


def links(pdf: bytes) -> set[str]:
    """Where the file's links lead outside it."""
    found = set()
    for page in PdfReader(BytesIO(pdf)).pages:
        for note in page.get("/Annots") or ():
            action = note.get_object().get("/A")
            if action and "/URI" in action:
                found.add(str(action["/URI"]))
    return found
