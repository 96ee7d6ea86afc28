"""A catalogue as XLSX: four sheets, a row per entry, lists as the lines of a cell."""

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any

import xlsxwriter
from openpyxl.utils import get_column_letter

from services.commands.catalogue.columns import COLUMNS, Cell, Column
from services.commands.catalogue.rows import KINDS, Kind, Row, Unreadable
from services.intake.domain.imports.faults import FileFault
from services.intake.usecases.imports.workbook import workbook_rows

LONGEST_CELL = 32_767
MOST_UNPACKED = 200 * 1024 * 1024
GUIDE = "petunjuk"
LINE_HEIGHT, MOST_LINES = 13.5, 30  # a row may be 409 points high
_LOOK = {"font_name": "Liberation Sans", "font_size": 10, "valign": "top"}
_HEAD = {**_LOOK, "bold": True, "font_color": "#f8ecdd", "bg_color": "#4a1512", "border": 1}
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def read(content: bytes) -> list[Row]:
    """The rows of the sheets that are there. Raises Unreadable."""
    return [row for kind in KINDS for row in _rows(kind, content)]


def write(rows: Mapping[Kind, Sequence[Mapping[str, Any]]]) -> bytes:
    """The file. Raises Unreadable for a cell that no spreadsheet program could hold."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, dict(_OPTIONS)) as book:
        looks = {
            "cell": book.add_format({**_LOOK, "text_wrap": True}),
            "head": book.add_format(_HEAD),
        }
        for kind in KINDS:
            sheet = book.add_worksheet(kind)
            _write_head(sheet, COLUMNS[kind], looks)
            for number, row in enumerate(rows[kind], 1):
                _write_row(sheet, number, COLUMNS[kind], row, looks["cell"])
        _write_guide(book.add_worksheet(GUIDE), looks)
    return file.getvalue()


def _rows(kind: Kind, content: bytes) -> Iterator[Row]:
    try:
        numbered = list(workbook_rows(BytesIO(content), kind, MOST_UNPACKED))
    except FileFault as fault:
        if fault.code == "unknown_sheet":
            return
        raise Unreadable(f"{kind}: {fault.code}") from None
    filled = [(number, cells) for number, cells in numbered if any(map(str.strip, cells))]
    if not filled:
        return
    columns = {column.header: column for column in COLUMNS[kind]}
    headers = [cell.strip() for cell in filled[0][1]]
    if unknown := [header for header in headers if header and header not in columns]:
        raise Unreadable(f"{kind}: unknown column {', '.join(unknown)}")
    if len(set(headers)) < len(headers):
        raise Unreadable(f"{kind}: a column stands twice or has no header")
    for number, cells in filled[1:]:
        named = {headers[at]: (at, cell) for at, cell in enumerate(cells) if at < len(headers)}
        yield _row(kind, number, [(columns[name], *found) for name, found in named.items()])


def _row(kind: Kind, number: int, cells: Sequence[tuple[Column, int, str]]) -> Row:
    values: dict[str, Any] = {}
    places = {"": f"{kind}!A{number}"}
    for column, at, cell in cells:
        places[column.pointer] = f"{kind}!{get_column_letter(at + 1)}{number}"
        if text := cell.strip():
            *outer, member = column.pointer[1:].split("/")
            inner = values
            for name in outer:
                inner = inner.setdefault(name, {})
            inner[member] = column.form.read(text)
    return Row(kind, values, places)


def _write_head(sheet: Any, columns: Sequence[Column], looks: Mapping[str, Any]) -> None:
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width)
        sheet.write_string(0, at, column.header, looks["head"])
        sheet.write_comment(0, at, column.meaning)
        if column.choices:
            source = {"validate": "list", "source": list(column.choices)}
            sheet.data_validation(1, at, 10_000, at, source)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(0)


def _write_row(
    sheet: Any, number: int, columns: Sequence[Column], row: Mapping[str, Any], look: Any
) -> None:
    lines = 1
    for at, column in enumerate(columns):
        cell = _cell(column, row)
        if isinstance(cell, int):
            sheet.write_number(number, at, cell, look)
        elif cell is not None:
            if len(cell) > LONGEST_CELL:
                raise Unreadable(f"{column.header} is too long for a cell; use YAML")
            sheet.write_string(number, at, cell, look)
            lines = max(lines, sum(len(line) // column.width + 1 for line in cell.split("\n")))
    # Not every program lets a row grow with its text.
    sheet.set_row(number, min(lines, MOST_LINES) * LINE_HEIGHT)


def _cell(column: Column, row: Mapping[str, Any]) -> Cell:
    value: Any = row
    for name in column.pointer[1:].split("/"):
        value = value.get(name) if value is not None else None
    return column.form.write(value) if value is not None else None


def _write_guide(sheet: Any, looks: Mapping[str, Any]) -> None:
    sheet.set_column(0, 1, 22)
    sheet.set_column(2, 2, 90)
    for at, text in enumerate(("Lembar", "Kolom", "Isi")):
        sheet.write_string(0, at, text, looks["head"])
    told = [(kind, column) for kind in KINDS for column in COLUMNS[kind]]
    for number, (kind, column) in enumerate(told, 1):
        choices = f" ({', '.join(column.choices)})" if column.choices else ""
        for at, text in enumerate((kind, column.header, column.meaning + choices)):
            sheet.write_string(number, at, text, looks["cell"])
    sheet.freeze_panes(1, 0)
