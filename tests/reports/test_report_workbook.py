"""The workbook: LibreOffice computes the published figures from its formulas; text stays text."""

from collections.abc import Mapping
from fractions import Fraction
from io import BytesIO
from math import floor
from random import Random
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain import ikm
from services.scoring.domain.elements import CODES
from services.scoring.domain.ikm import WeightMethod
from services.scoring.domain.report import Attribute, Cell, FollowUp, Report, UnitRow
from services.scoring.domain.report_rows import ElementRow
from services.scoring.reports.xlsx import report_xlsx
from services.scoring.reports.xlsx_index import HALF_UP, LARGEST_COMMON
from tests.reports.contents import (
    OFFICE_SUMS,
    REAL_N,
    REAL_SUMS,
    answers_of,
    counts_of,
    full,
    report,
    rows,
    small,
)
from tests.reports.recalculating import labelled, recalculated, without_results

TWO, THREE = WeightMethod.TWO_DECIMALS, WeightMethod.THREE_DECIMALS
PRIMES = (1993, 1987, 1979, 1973, 1951, 1949, 1933, 1931, 1913)
FORMULAS = ('=HYPERLINK("http://x.example","x")', "+1+1", "-1-1", "@SUM(1)", "\t=1+1", "{=1}")


def cut(sums: tuple[int, ...], n: int, method: WeightMethod) -> Report:
    return report(rows(sums, n, method), weight_method=method)


def tied(total: int, n: int) -> Report:
    """An index on an edge, from elements that are not equal."""
    steps = (-3, 3, -2, 2, -1, 1, 0, 7, -7)
    return report(rows(tuple(total + step for step in steps), n))


def uneven_tie() -> Report:
    """Exactly 64.995, from elements that were not answered equally often."""
    answers = tuple(5000 * times for times in (1, 2, 3, 4, 5, 6, 7, 8, 9))
    return report(rows(tuple(n * 12999 // 5000 for n in answers), answers))


def at_random(seed: int) -> Report:
    random = Random(seed)
    n = tuple(random.randint(1, 5000) for _ in CODES)
    method = random.choice(list(WeightMethod))
    return report(
        rows(tuple(random.randint(given, 4 * given) for given in n), n, method),
        weight_method=method,
    )


def weighted() -> Report:
    shares = (Fraction(1, 5), *(Fraction(1, 10),) * 8)
    return report(
        tuple(
            ElementRow(code, 7, total, share)
            for code, total, share in zip(CODES, range(20, 29), shares, strict=True)
        )
    )


CASES: Mapping[str, Report] = {
    "real-counts": full(),
    "real-answers": full(answers=answers_of(REAL_SUMS, REAL_N)),
    "real-sums": report(rows(REAL_SUMS, REAL_N)),
    "office": small(),
    "office-two": cut(OFFICE_SUMS, 29, TWO),
    "office-three": cut(OFFICE_SUMS, 29, THREE),
    "laboratory": cut((74, 76, 60), 20, TWO),
    "below-c": tied(32497, 12500),
    "edge-c": tied(12999, 5000),
    "edge-b": tied(15321, 5000),
    "edge-a": tied(17661, 5000),
    "uneven-tie": uneven_tie(),
    "worst": report(rows((10,) * 9, 10)),
    "worst-two": cut((10,) * 9, 10, TWO),
    "perfect": report(rows((40,) * 9, 10)),
    "perfect-two": cut((40,) * 9, 10, TWO),
    "primes": report(rows(tuple(n * 3 + 7 for n in PRIMES), PRIMES)),
    "left-out": report(rows((30, 30, 30, 0, 30, 30, 30, 30, 30), (10, 10, 10, 0, *(10,) * 5))),
    "no-answers": report(rows((0,) * 9, 0)),
    "weighted": weighted(),
    **{f"random-{seed}": at_random(seed) for seed in range(8)},
}
PUBLISHED = {
    "real-counts": ("97.12", "A"),
    "real-answers": ("97.12", "A"),
    "real-sums": ("97.12", "A"),
    "office": ("91.48", "A"),
    "office-two": ("90.56", "A"),
    "laboratory": ("86.63", "B"),
    "below-c": ("64.99", "D"),
    "edge-c": ("65.00", "C"),
    "edge-b": ("76.61", "B"),
    "edge-a": ("88.31", "A"),
    "uneven-tie": ("65.00", "C"),
    "worst": ("25.00", "D"),
    "worst-two": ("24.75", "D"),
    "perfect": ("100.00", "A"),
    "perfect-two": ("99.00", "A"),
}


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """All cases as LibreOffice computes them, in one run."""
    books = {name: report_xlsx(content) for name, content in CASES.items()}
    return recalculated(books, tmp_path_factory.mktemp("workbooks"))


def stored(content: Report) -> Any:
    return openpyxl.load_workbook(BytesIO(report_xlsx(content)), data_only=True)


def index_of(book: Any) -> tuple[str, str]:
    facts = labelled(book["IKM"])
    index = facts["NILAI IKM"]
    return index if isinstance(index, str) else f"{index:.2f}", facts["Mutu pelayanan"]


def expected(content: Report) -> tuple[str, str]:
    return content.index or "–", content.band.letter if content.band else "–"


@pytest.mark.parametrize("name", CASES)
def test_the_formulas_give_the_published_index_and_class(
    name: str, computed: Mapping[str, Any]
) -> None:
    assert index_of(computed[name]) == expected(CASES[name])
    assert PUBLISHED.get(name, expected(CASES[name])) == expected(CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_the_formulas_give_each_element_its_index_and_class(
    name: str, computed: Mapping[str, Any]
) -> None:
    content = CASES[name]
    sheet = computed[name]["IKM"]
    lines = {row[0]: row[1 : len(content.elements) + 1] for row in sheet.values if row[0]}

    indexes = [
        value if isinstance(value, str) else f"{value:.2f}"
        for value in lines["Indeks unsur (NRR × 25)"]
    ]
    assert indexes == [row.index or "–" for row in content.elements]
    bands = [content.band_of(row) for row in content.elements]
    assert list(lines["Mutu unsur"]) == [band.letter if band else "–" for band in bands]
    assert list(lines["Jumlah nilai per unsur (ΣS)"]) == [row.total for row in content.elements]


@pytest.mark.parametrize("name", CASES)
def test_no_cell_is_an_error(name: str, computed: Mapping[str, Any]) -> None:
    wrong = [
        (sheet.title, cell.coordinate, cell.value)
        for sheet in computed[name]
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "e" or (isinstance(cell.value, str) and cell.value.startswith("#"))
    ]

    assert not wrong


@pytest.mark.parametrize("name", ["real-counts", "left-out", "no-answers", "primes"])
def test_stored_results_are_those_that_are_computed(name: str, computed: Mapping[str, Any]) -> None:
    for sheet in stored(CASES[name]):
        again = computed[name][sheet.title]
        for row in sheet.iter_rows():
            for cell in row:
                value = again[cell.coordinate].value
                if isinstance(cell.value, float) and isinstance(value, int | float):
                    assert value == pytest.approx(cell.value), (sheet.title, cell.coordinate)
                elif cell.value not in (None, ""):
                    assert value == cell.value, (sheet.title, cell.coordinate)


@given(st.integers(1, LARGEST_COMMON), st.fractions(1, 4), st.integers(0, 3600))
def test_binary_floats_are_enough_for_the_rounding(
    bottom: int, mean: Fraction, hundredth: int
) -> None:
    # LibreOffice hides the noise of floats by itself; other programs are not that kind.
    formula = HALF_UP.replace("INT", "floor")
    half = bottom * (2 * (6400 + hundredth) + 1) // 5000
    for top in {int(bottom * mean), half, half + 1}:
        made = eval(formula.format(top=f"{top}.0", bottom=f"{bottom}.0"), {"floor": floor})
        assert made == ikm.rounded(Fraction(25 * top, bottom), 2)


def test_a_changed_answer_changes_the_index(tmp_path_factory: pytest.TempPathFactory) -> None:
    book = openpyxl.load_workbook(BytesIO(report_xlsx(full(answers=answers_of(REAL_SUMS, REAL_N)))))
    for row in book["Data"].iter_rows(min_row=6, min_col=2, max_col=10):
        for cell in row:
            cell.value = 1
    changed = BytesIO()
    book.save(changed)

    again = recalculated({"changed": changed.getvalue()}, tmp_path_factory.mktemp("changed"))

    assert index_of(again["changed"]) == ("25.00", "D")


def test_every_figure_of_the_worksheet_is_a_formula() -> None:
    book = openpyxl.load_workbook(BytesIO(report_xlsx(full())))
    numbers = {
        str(row[0].value)
        for row in book["IKM"].iter_rows(min_row=6, max_row=26, max_col=2)
        if row[1].data_type == "n" and row[1].value is not None
    }

    assert numbers == {"Bobot: pembilang", "Bobot: penyebut"}


def test_trend_and_shares_are_live(computed: Mapping[str, Any]) -> None:
    trend = [row[4:6] for row in computed["real-counts"]["Tren"].values if row[0] == "Tahun 2021"]
    people = {row[1]: row[2:4] for row in computed["real-counts"]["Responden"].values if row[1]}

    assert trend == [(pytest.approx(6.10), "naik")]
    assert people["Perempuan"] == (1001, pytest.approx(1001 / 1994))
    assert people["Di atas 65 tahun"] == ("<10", "–")


def test_the_notes_say_rules_weight_and_receipt() -> None:
    notes = labelled(stored(full(is_provisional=True))["Baca dulu"])

    assert "permenpanrb-14-2017" in notes["Aturan mutu"]
    assert "1/9 (exact)" in notes["Bobot"]
    assert notes["Tanda terima"] == "fig-2021-mpp-0001"
    assert notes["Status"] == "Sementara"
    assert "0,11 (0.11)" in labelled(stored(cut(OFFICE_SUMS, 29, TWO))["Baca dulu"])["Bobot"]


@pytest.mark.parametrize("evil", FORMULAS)
def test_a_name_that_looks_like_a_formula_stays_text(evil: str) -> None:
    content = full(
        name=evil,
        agency=evil,
        title=evil,
        units=(UnitRow(evil, 10, "80.00", "B"),),
        follow_up=(FollowUp("time", evil, (1,), evil),),
        respondents=(Attribute("service", (Cell("x", 12, evil),)),),
    )

    book = openpyxl.load_workbook(BytesIO(report_xlsx(content)))

    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    formulas = [str(cell.value) for cell in cells if cell.data_type == "f"]
    assert not [formula for formula in formulas if "HYPERLINK" in formula or "1+1" in formula]
    assert not [cell for cell in cells if cell.hyperlink]
    texts = [cell.value for cell in cells if cell.data_type == "s"]
    assert texts.count(evil) >= 6


def test_a_workbook_without_units_or_answers_leaves_their_sheets_out() -> None:
    assert stored(report(rows(REAL_SUMS, REAL_N))).sheetnames == [
        *("Baca dulu", "IKM", "Responden", "Tren", "Tindak lanjut")
    ]
    assert "Data" in stored(full()).sheetnames


def test_the_workbook_speaks_english() -> None:
    book = openpyxl.load_workbook(BytesIO(report_xlsx(full(), "en")), data_only=True)

    assert book.sheetnames[0] == "Read first"
    assert labelled(book["IKM"])["Performance"] == "Very good"


def test_the_same_content_is_the_same_file() -> None:
    assert report_xlsx(full()) == report_xlsx(full())


def test_long_names_do_not_break_the_workbook() -> None:
    content = full(name="N" * 40_000, units=(UnitRow("&" * 40_000, 10, "80.00", "B"),))

    assert len(stored(content)["Unit"]["B6"].value) == 32_000


def test_taking_results_out_leaves_none() -> None:
    body = without_results(report_xlsx(small()))

    book = openpyxl.load_workbook(BytesIO(body), data_only=True)

    assert labelled(book["IKM"])["NILAI IKM"] is None
    assert counts_of(7, 2) == (0, 0, 1, 1)
