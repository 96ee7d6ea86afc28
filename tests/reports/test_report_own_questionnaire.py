"""A report by an agency's own questionnaire: each weight in the table, its own elements outside."""

import csv
import io
import json
from fractions import Fraction

import openpyxl
import pytest

from services.scoring.domain.elements import CODES
from services.scoring.domain.figure import Counted
from services.scoring.domain.ikm import Tally
from services.scoring.domain.report import Report
from services.scoring.domain.report_rows import ExtraRow, element_rows
from services.scoring.domain.weights import Weights
from services.scoring.reports.tables import report_csv, report_json
from services.scoring.reports.xlsx import report_xlsx
from tests.reports.contents import report
from tests.reports.paper_reading import made, pages

WEIGHTS = (Fraction(1, 36), Fraction(1, 36), Fraction(4, 9), *(Fraction(1, 12),) * 6)
PARKING = ExtraRow("dpmptsp.2", "parking", ("=Parkir", "Parking"), Tally((1, 0, 4, 0)))


@pytest.fixture
def content() -> Report:
    """Ten answers: time 2, all else 4; five of them also to an element of the agency's own."""
    tallies = tuple(Tally((0, 10, 0, 0) if code == "time" else (0, 0, 0, 10)) for code in CODES)
    weights = Weights("dpmptsp.2", WEIGHTS)
    rows = element_rows(Counted(10, tallies), weights)
    return report(rows, questionnaire_version=weights.questionnaire, extra=(PARKING,))


def test_the_paper_shows_each_weight_and_what_is_outside_the_index(content: Report) -> None:
    text = " ".join(pages(made(content)))

    assert "77,78" in text
    for shown in ("4/9", "1/36", "1/12", "kuesioner dpmptsp.2", "di luar IKM", "=Parkir", "65,00"):
        assert shown in text, shown


def test_tables_say_the_same(content: Report) -> None:
    body = json.loads(report_json(content))
    lines = list(csv.reader(io.StringIO(report_csv(content).decode("utf-8-sig"), newline="")))
    notes = next(iter(openpyxl.load_workbook(io.BytesIO(report_xlsx(content)))))
    cells = {str(cell) for row in notes.iter_rows(values_only=True) for cell in row}

    assert (body["index"], body["questionnaire"]) == ("77.78", "dpmptsp.2")
    assert body["elements"]["time"]["weight"] == "4/9"
    assert body["extra"] == [
        {
            "questionnaire": "dpmptsp.2",
            "code": "parking",
            "name": {"id": "=Parkir", "en": "Parking"},
            "n": 5,
            "sum": 13,
            "counts": [1, 0, 4, 0],
            "nrr": "2.6000",
            "index": "65.00",
        }
    ]
    assert ["unsur", "Waktu penyelesaian", "bobot", "4/9"] in lines
    assert ["di luar IKM", "'=Parkir (dpmptsp.2)", "indeks", "65.00"] in lines
    assert {"dpmptsp.2", "Di luar IKM: =Parkir", "65,00 (n = 5, dpmptsp.2)"} <= cells
