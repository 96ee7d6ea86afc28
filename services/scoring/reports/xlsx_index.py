"""The official worksheet with live formulas: from answers or counts per score to index and class.

Spreadsheets compute in binary floats, in which 1/9 and half a hundredth do not exist. So the index
is computed in whole numbers: fractions over their common denominator, one rounding, half up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from xlsxwriter.utility import xl_rowcol_to_cell

from services.scoring.domain import ikm
from services.scoring.domain.elements import SCORES
from services.scoring.domain.report_rows import ElementRow
from services.scoring.reports.voice import NOTHING
from services.scoring.reports.xlsx_book import Book, Page

DATA = "Data"
INDEX = "IKM"
_FIRST_DATA_ROW = 5
_HEAD, _N, _SUM, _NRR = 4, 5, 6, 7
_NUMERATOR, _DENOMINATOR, _WEIGHT, _WEIGHTED = 8, 9, 10, 11
_HUNDREDTHS, _ELEMENT_INDEX, _ELEMENT_CLASS = 12, 13, 14
_EXACT_HEAD, _TOP, _BOTTOM, _COMMON, _TOTAL = 16, 17, 18, 19, 20
_RESULT = 22
# Up to here whole numbers keep all their digits; beyond, rounding twice hides the float's noise.
LARGEST_COMMON = 10**9
HALF_UP = "INT((5000*{top}+{bottom})/(2*{bottom}))"


@dataclass(frozen=True, slots=True)
class Cells:
    """Names of cells: one per element in a row, or the row's whole range."""

    count: int

    def at(self, row: int, place: int) -> str:
        """B7"""
        name: str = xl_rowcol_to_cell(row, place + 1)
        return name

    def row(self, row: int) -> str:
        """B7:J7"""
        return f"{self.at(row, 0)}:{self.at(row, self.count - 1)}"


def write_data(book: Book) -> None:
    """The data sheet: one row per respondent, or how often each score was given."""
    report, t = book.report, book.voice.t
    names = [book.voice.element(row.code) for row in report.elements]
    if report.answers is not None:
        page = book.page(DATA, t("Lembar data", "Data sheet"), [9, *[13] * len(names)])
        page.head(4, [t("No.", "No."), *names])
        for number, scores in enumerate(report.answers, start=1):
            page.number(_FIRST_DATA_ROW + number - 1, 0, number, "score")
            for place, score in enumerate(scores):
                page.number(_FIRST_DATA_ROW + number - 1, place + 1, score, "score")
        page.sheet.repeat_rows(4)
        page.sheet.freeze_panes(_FIRST_DATA_ROW, 1)
    elif _has_counts(report.elements):
        title = t("Sebaran jawaban per nilai", "Answers per score")
        page = book.page(DATA, title, [9, *[13] * len(names)])
        page.head(4, [t("Nilai", "Score"), *names])
        for score in SCORES:
            page.number(_FIRST_DATA_ROW + score - 1, 0, score, "score")
            for place, row in enumerate(report.elements):
                if row.counts is not None:
                    page.number(_FIRST_DATA_ROW + score - 1, place + 1, row.counts[score - 1])


def write_index(book: Book) -> None:
    """The worksheet proper: ΣS, NRR, weights, index, class and chart."""
    report, voice, t = book.report, book.voice, book.voice.t
    cells = Cells(len(report.elements))
    title = t("Pengolahan Survei Kepuasan Masyarakat", "Computation of the index")
    page = book.page(INDEX, title, [34, *[13] * cells.count, 13])
    names = [voice.element(row.code) for row in report.elements]
    page.head(_HEAD, [t("Unsur", "Element"), *names, t("Jumlah", "Sum")])
    for row, label in _labels(book).items():
        page.text(row, 0, label, "label")
    page.text(_EXACT_HEAD, 0, t("Hitungan tepat", "In whole numbers"), "heading")
    for place, element in enumerate(report.elements):
        _write_element(book, page, cells, place, element)
    _write_total(book, page, cells)
    _write_result(book, page, cells)
    _write_chart(book, page, cells)
    page.sheet.freeze_panes(_HEAD + 1, 1)
    page.sheet.fit_to_pages(1, 1)


def _labels(book: Book) -> dict[int, str]:
    t = book.voice.t
    return {
        _N: t("Jumlah jawaban (n)", "Answers (n)"),
        _SUM: t("Jumlah nilai per unsur (ΣS)", "Sum of scores (ΣS)"),
        _NRR: t("NRR per unsur (ΣS / n)", "Mean score NRR (ΣS / n)"),
        _NUMERATOR: t("Bobot: pembilang", "Weight: numerator"),
        _DENOMINATOR: t("Bobot: penyebut", "Weight: denominator"),
        _WEIGHT: t("Bobot", "Weight"),
        _WEIGHTED: t("NRR tertimbang (NRR × bobot)", "NRR × weight"),
        _HUNDREDTHS: t("Indeks unsur dalam perseratus", "Index in hundredths"),
        _ELEMENT_INDEX: t("Indeks unsur (NRR × 25)", "Index (NRR × 25)"),
        _ELEMENT_CLASS: t("Mutu unsur", "Class"),
        _TOP: t("ΣS × pembilang, disederhanakan", "ΣS × numerator, reduced"),
        _BOTTOM: t("n × penyebut, disederhanakan", "n × denominator, reduced"),
        _COMMON: t("Kelipatan persekutuan penyebut", "Common denominator"),
        _TOTAL: t("IKM dalam perseratus, setengah ke atas", "Index in hundredths, half up"),
    }


def _write_element(book: Book, page: Page, cells: Cells, place: int, row: ElementRow) -> None:
    column = place + 1
    n, total, nrr = (cells.at(line, place) for line in (_N, _SUM, _NRR))
    top, bottom, share = (cells.at(line, place) for line in (_NUMERATOR, _DENOMINATOR, _WEIGHT))
    _write_sources(book, page, place, row)
    mean = NOTHING if row.nrr is None else float(row.nrr)
    page.formula(_NRR, column, _if_answered(n, f"{total}/{n}"), mean, _look(row, "four"))
    page.number(_NUMERATOR, column, row.weight.numerator, "whole")
    page.number(_DENOMINATOR, column, row.weight.denominator, "whole")
    page.formula(_WEIGHT, column, f"={top}/{bottom}", float(row.weight), "four")
    page.formula(_WEIGHTED, column, f"=IF({n}=0,0,{nrr}*{share})", float(row.weighted), "four")
    _write_element_index(book, page, cells, place, row)
    _write_fraction(page, place, row, (f"{total}*{top}", f"{n}*{bottom}"))


def _write_element_index(book: Book, page: Page, cells: Cells, place: int, row: ElementRow) -> None:
    column = place + 1
    n, total, made = (cells.at(line, place) for line in (_N, _SUM, _HUNDREDTHS))
    hundredths = None if row.exact is None else ikm.rounded(row.exact, ikm.INDEX_DECIMALS)
    band = book.report.band_of(row)
    letters = _by_band(book, made, [band.letter for band in book.report.rules.bands])
    for line, formula, value, look in (
        (_HUNDREDTHS, HALF_UP.format(top=total, bottom=n), hundredths, _look(row, "whole")),
        (_ELEMENT_INDEX, f"{made}/100", hundredths and hundredths / 100, _look(row, "two")),
        (_ELEMENT_CLASS, letters, band and band.letter, "centre"),
    ):
        page.formula(line, column, _if_answered(n, formula), value or NOTHING, look)


def _write_fraction(page: Page, place: int, row: ElementRow, products: tuple[str, str]) -> None:
    """NRR × weight as a fraction in lowest terms; 0/1 without answers."""
    top, bottom = row.total * row.weight.numerator, row.n * row.weight.denominator
    shared = gcd(top, bottom) or 1
    common = f"MAX(1,GCD({products[0]},{products[1]}))"
    page.formula(_TOP, place + 1, f"={products[0]}/{common}", top // shared, "whole")
    least = max(1, bottom // shared)
    page.formula(_BOTTOM, place + 1, f"=MAX(1,{products[1]}/{common})", least, "whole")


def _write_sources(book: Book, page: Page, place: int, row: ElementRow) -> None:
    """Where n and ΣS come from: the rows or counts of the data sheet, else they are given."""
    column = place + 1
    first = xl_rowcol_to_cell(_FIRST_DATA_ROW, column)
    if book.report.answers is not None:
        last = xl_rowcol_to_cell(_FIRST_DATA_ROW + max(len(book.report.answers), 1) - 1, column)
        counted, summed = f"=COUNT({DATA}!{first}:{last})", f"=SUM({DATA}!{first}:{last})"
    elif _has_counts(book.report.elements):
        last = xl_rowcol_to_cell(_FIRST_DATA_ROW + len(SCORES) - 1, column)
        scores = f"{DATA}!$A${_FIRST_DATA_ROW + 1}:$A${_FIRST_DATA_ROW + len(SCORES)}"
        counted = f"=SUM({DATA}!{first}:{last})"
        summed = f"=SUMPRODUCT({scores},{DATA}!{first}:{last})"
    else:
        page.number(_N, column, row.n)
        page.number(_SUM, column, row.total)
        return
    page.formula(_N, column, counted, row.n)
    page.formula(_SUM, column, summed, row.total)


def _write_total(book: Book, page: Page, cells: Cells) -> None:
    report = book.report
    weighted = sum((row.weighted for row in report.elements), Fraction(0))
    page.formula(
        _WEIGHTED, cells.count + 1, f"=SUM({cells.row(_WEIGHTED)})", float(weighted), "four"
    )
    common = lcm(*((row.weighted if row.n else Fraction(0)).denominator for row in report.elements))
    # 0 takes the other way; beyond the numbers that a program keeps whole LCM may be an error.
    found = f"LCM({cells.row(_BOTTOM)})"
    page.formula(
        _COMMON,
        1,
        f"=IFERROR(IF({found}<{LARGEST_COMMON},{found},0),0)",
        common if common < LARGEST_COMMON else 0,
        "whole",
    )
    name = cells.at(_COMMON, 0)
    top, bottom = cells.row(_TOP), cells.row(_BOTTOM)
    exact = HALF_UP.format(top=f"SUMPRODUCT({top},{name}/{bottom})", bottom=name)
    page.formula(
        _TOTAL,
        1,
        f'=IF(SUM({cells.row(_N)})=0,"{NOTHING}",IF({name}>0,'
        f"{exact},ROUND(ROUND(2500*SUMPRODUCT({top}/{bottom}),9),0)))",
        NOTHING if report.exact is None else ikm.rounded(report.exact, ikm.INDEX_DECIMALS),
        "whole",
    )


def _write_result(book: Book, page: Page, cells: Cells) -> None:
    report, voice, t = book.report, book.voice, book.voice.t
    made, bands = cells.at(_TOTAL, 0), report.rules.bands
    none = f"ISTEXT({made})"
    index = NOTHING if report.index is None else float(report.index)
    letter = report.band.letter if report.band else NOTHING
    named = {
        t("NILAI IKM", "INDEX"): (f'=IF({none},"{NOTHING}",{made}/100)', index, "result"),
        t("Mutu pelayanan", "Class"): (
            f'=IF({none},"{NOTHING}",{_by_band(book, made, [band.letter for band in bands])})',
            letter,
            "result_text",
        ),
        t("Kinerja unit pelayanan", "Performance"): (
            f'=IF({none},"{NOTHING}",{_by_band(book, made, [voice.band(b) for b in bands])})',
            voice.band(report.band),
            "result_text",
        ),
    }
    for place, (label, (formula, value, look)) in enumerate(named.items()):
        page.text(_RESULT + place, 0, label, "heading")
        page.formula(_RESULT + place, 1, formula, value, look)
    row = _RESULT + len(named)
    codes = [element.code for element in report.elements]
    if "cost" in codes and report.without_cost is not None:
        cost = codes.index("cost")
        rest = [f"(SUM({cells.row(line)})-{cells.at(line, cost)})" for line in (_WEIGHTED, _WEIGHT)]
        value = float(ikm.published(report.without_cost))
        page.text(row, 0, t("IKM tanpa unsur biaya/tarif", "Index without the element cost"))
        page.formula(row, 1, f"=ROUND(ROUND(25*{rest[0]}/{rest[1]},9),2)", value, "two")
    _write_bands(book, page)


def _write_bands(book: Book, page: Page) -> None:
    """The classes of the rule set, beside the result."""
    for place, band in enumerate(book.report.rules.bands):
        row = _RESULT + place
        page.text(row, 3, band.letter, "centre")
        page.text(row, 4, book.voice.band_range(book.report, band))
        page.text(row, 5, book.voice.band(band))


def _write_chart(book: Book, page: Page, cells: Cells) -> None:
    if not book.report.answered:
        return
    chart = book.chart(
        {"type": "bar"},
        book.voice.t("Indeks per unsur", "Index per element"),
        {
            "categories": [INDEX, _HEAD, 1, _HEAD, cells.count],
            "values": [INDEX, _ELEMENT_INDEX, 1, _ELEMENT_INDEX, cells.count],
            "fill": {"color": "#a3392c"},
            "gap": 60,
            "data_labels": {"value": True, "num_format": "0.00"},
        },
    )
    chart.set_x_axis(
        {"min": 25, "max": 100, "major_unit": 25, "major_gridlines": {"visible": False}}
    )
    chart.set_y_axis({"reverse": True})
    chart.set_size({"width": 900, "height": 380})
    page.sheet.insert_chart(_RESULT + 6, 0, chart)


def _by_band(book: Book, hundredths: str, texts: Sequence[str]) -> str:
    """IF(h>=8831,"A",IF(h>=7661,"B",…,"D")): below every band stands the last one."""
    bands = book.report.rules.bands
    made = f'"{texts[-1]}"'
    for band, text in reversed(list(zip(bands[:-1], texts[:-1], strict=True))):
        made = f'IF({hundredths}>={band.lowest},"{text}",{made})'
    return made


def _has_counts(elements: Sequence[ElementRow]) -> bool:
    return all(row.counts is not None for row in elements)


def _if_answered(n: str, formula: str) -> str:
    return f'=IF({n}=0,"{NOTHING}",{formula})'


def _look(row: ElementRow, look: str) -> str:
    return look if row.n else "right"
