"""CSV for spreadsheets and JSON for programs say the same as the paper, and carry no formula."""

import csv
import io
import json

import pytest

from services.scoring.domain.report import UnitRow
from services.scoring.reports.tables import report_csv, report_json
from tests.reports.contents import full, report, rows, small


def lines(body: bytes) -> list[tuple[str, ...]]:
    return [tuple(line) for line in csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""))]


def test_the_csv_holds_every_figure() -> None:
    table = lines(report_csv(full()))

    assert table[0] == ("bagian", "nama", "ukuran", "nilai")
    assert ("laporan", "Mal Pelayanan Publik", "ikm", "97.12") in table
    assert ("laporan", "Mal Pelayanan Publik", "nilai tepat", "871450/8973") in table
    assert ("unsur", "Waktu penyelesaian", "nrr", "3.8746") in table
    assert ("unsur", "Waktu penyelesaian", "bobot", "1/9") in table
    assert ("Usia", "Di atas 65 tahun", "jumlah", "<10") in table
    assert ("tren", "2020", "indeks", "91.02") in table
    assert ("report", "Penerbitan NIB", "ikm", "91.48") in lines(report_csv(small(), "en"))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_of_the_csv_begins_like_a_formula(start: str) -> None:
    evil = f'{start}HYPERLINK("http://x.example";"x"),1'
    content = full(name=evil, agency=evil, units=(UnitRow(evil, 1, "80.00", "B"),))

    table = lines(report_csv(content))

    assert not [cell for line in table for cell in line if cell.startswith(start)]
    assert f"'{evil}" in {cell for line in table for cell in line}


def test_the_json_uses_codes_and_published_texts() -> None:
    body = json.loads(report_json(full(is_simulated=True)))

    assert (body["index"], body["class"], body["exact"]) == ("97.12", "A", "871450/8973")
    assert body["elements"]["time"]["nrr"] == "3.8746"
    assert body["elements"]["time"]["weight"] == "1/9"
    assert body["respondents"]["age"]["over_65"] is None
    assert body["weakest"] == ["complaints", "cost", "procedure"]
    assert body["simulated"] is True
    assert body["receipt"]["id"] == "fig-2021-mpp-0001"


def test_without_answers_the_tables_have_no_index() -> None:
    empty = report(rows((0,) * 9, 0))

    assert json.loads(report_json(empty))["index"] is None
    assert ("laporan", "Penerbitan NIB", "ikm", "") in lines(report_csv(empty))
