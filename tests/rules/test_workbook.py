"""Workbooks are read as a person would write down what they show."""

import time
from datetime import date, datetime

import openpyxl
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tests.workbooks import (
    MAIN,
    SHEET,
    by_hand,
    cells,
    fault,
    links,
    parts_of,
    read,
    saved,
    shared,
    zipped,
)


def test_what_openpyxl_writes_is_read_as_a_person_would_write_it() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["tanggal", "waktu", "U1", "U2", "ya", "loket"])
    rich = CellRichText("Bank ", TextBlock(InlineFont(b=True), "Jateng"))
    sheet.append([date(2021, 1, 4), datetime(2021, 1, 4, 10, 21), 4, 4.0, True, rich])
    sheet.append([None, None, 3.5, 1e20, False, " <é> &\u2028"])
    sheet.append([])
    sheet.append(["A1", None, -2])

    assert read(saved(book)) == [
        (1, ["tanggal", "waktu", "U1", "U2", "ya", "loket"]),
        (2, ["2021-01-04", "2021-01-04", "4", "4", "TRUE", "Bank Jateng"]),
        (3, ["", "", "3.5", "100000000000000000000", "FALSE", " <é> &\u2028"]),
        (5, ["A1", "", "-2", "", "", ""]),
    ]


def test_days_are_counted_from_1900_or_from_1904_as_the_workbook_says() -> None:
    days = {}
    for epoch in (None, CALENDAR_MAC_1904):
        book = openpyxl.Workbook()
        if epoch:
            book.epoch = epoch
        book.worksheets[0].append(["tanggal"])
        for day in (date(2021, 1, 4), date(2020, 2, 29), date(2026, 9, 14)):
            book.worksheets[0].append([day])
        days[epoch] = [row[0] for _, row in read(saved(book))[1:]]

    assert days[None] == days[CALENDAR_MAC_1904] == ["2021-01-04", "2020-02-29", "2026-09-14"]


def test_a_format_decides_what_is_a_day() -> None:
    codes = ("dd/mm/yyyy", "0.00", '"hari" 0', "[h]:mm", "[" * 100_000)
    own = "".join(
        f'<numFmt numFmtId="{200 + at}" formatCode="{code.replace(chr(34), "&quot;")}"/>'
        for at, code in enumerate(codes)
    )
    used = "".join(f'<xf numFmtId="{number}"/>' for number in (14, 2, *range(200, 205), 999))
    styles = f"<s><numFmts>{own}</numFmts><cellStyleXfs><xf numFmtId='14'/></cellStyleXfs>"
    values = [(0, "44200"), (0, "44200.75"), (1, "44200"), (2, "44200"), (3, "2"), (4, "2")]
    values += [(6, "2"), (7, "2"), (99, "2"), (0, "-700000"), (0, "1e300"), (0, "0.5"), (0, "59")]
    row = "".join(f'<c s="{style}"><v>{value}</v></c>' for style, value in values)
    begun = time.monotonic()

    found = read(by_hand(f"<row>{row}</row>", styles=f"{styles}<cellXfs>{used}</cellXfs></s>"))

    assert time.monotonic() - begun < 3, "openpyxl looks at a long format for minutes"
    days = ["2021-01-04", "2021-01-04", "44200", "2021-01-04", "2", "2"]
    assert found[0][1][:9] == [*days, "2", "2", "2"]
    assert found[0][1][9:] == ["-700000", str(int(1e300)), "12:00:00", "1900-02-28"]


def test_cells_by_hand_are_read_right_too() -> None:
    strings = (
        shared("satu", "", "dua ")
        + "<si><r><t>Bank </t></r><r><rPr><b/></rPr><t>Jateng</t></r></si>"
        "<si><t>東京</t><rPh sb='0' eb='2'><t>トウキョウ</t></rPh><phoneticPr fontId='1'/></si>"
    )
    kinds = "".join(f'<c t="s"><v>{at}</v></c>' for at in range(5))
    kinds += (
        '<c t="str"><v>teks</v></c><c t="e"><v>#N/A</v></c><c t="d"><v>2021-01-04T00:00</v></c>'
    )
    kinds += '<c t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r><rPh><t>x</t></rPh></is></c>'
    kinds += (
        "<c><v>4.0</v></c><c><v> 4 </v></c><c><v>4e0</v></c><c t='b'><v>1</v></c><c/><c><v/></c>"
    )
    gaps = '<row r="7"><c r="B7"><v>2</v></c><c r="D7" t="s"><v>0</v></c></row>'

    found = read(by_hand(f'<row r="3">{kinds}</row><row/><row r="6"/>{gaps}', strings))

    head = ["satu", "", "dua ", "Bank Jateng", "東京", "teks", "#N/A", "2021-01-04T00:00", "ab"]
    assert found[0] == (3, [*head, "4", "4", "4", "TRUE"])
    empty = [""] * 13
    assert found[1:3] == [(4, empty), (6, empty)]
    assert found[3] == (7, ["", "2", "", "satu", *empty[4:]])


def test_prefixes_encodings_absolute_links_and_drawings_do_not_matter() -> None:
    row = '<x:row><x:c t="s"><x:v>0</x:v></x:c></x:row>'
    drawing = "<x:controls><d:from><d:col>1</d:col><d:row>99</d:row></d:from></x:controls>"
    start = f'<x:worksheet xmlns:x="{MAIN}" xmlns:d="drawing">'
    sheet = f"{start}<x:sheetData>{row}</x:sheetData>{drawing}</x:worksheet>"
    absolute = links(
        worksheet1="/xl/worksheets/sheet1.xml", sharedStrings="../xl/sharedStrings.xml"
    )
    parts = parts_of(strings=shared("satu"), sheet=sheet, links=absolute)
    utf_16 = f"<?xml version='1.0' encoding='UTF-16'?>{sheet}".encode("utf-16")

    for file in (zipped(parts), zipped({**parts, SHEET: utf_16})):
        assert [cells for _, cells in read(file) if any(cells)] == [["satu"]]


def test_the_sheet_is_chosen_by_name_and_chart_sheets_are_passed_over() -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["second"])
    book.create_chartsheet("Grafik", 0)
    book.create_sheet("Survei 2021 & 2022").append(["third"])

    assert read(saved(book)) == [(1, ["second"])]
    assert read(saved(book), "Survei 2021 & 2022") == [(1, ["third"])]
    for name in ("Grafik", "survei", ""):
        assert fault(saved(book), name) == ("unknown_sheet", "/query/sheet")


def test_columns_far_beyond_the_header_are_not_read() -> None:
    header, far = cells("a", "b"), '<c r="D2"><f>A1</f><v>1</v></c><c r="XFD2"><v>1</v></c>'
    one_more = '<row r="3"><c r="A3"><v>1</v></c><c r="C3"><v>9</v></c></row>'

    found = read(by_hand(f'{header}<row r="2"><c r="A2"><v>1</v></c>{far}</row>{one_more}'))

    assert found == [(1, ["a", "b"]), (2, ["1", ""]), (3, ["1", "", "9"])]


def test_a_formula_is_refused_with_its_row_and_column() -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["a", "b", "c"])
    book.worksheets[0].append([1, 2, "=A2+B2"])
    with_value = cells("a") + '<row r="9"><c r="AB9" t="str"><f/><v>x</v></c></row>'
    wide = cells(*["x"] * 40) + with_value.removeprefix(cells("a"))

    assert fault(saved(book)) == ("formula", "/rows/2/columns/3")
    assert fault(by_hand(wide)) == ("formula", "/rows/9/columns/28")
