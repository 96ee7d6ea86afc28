"""The cells of a worksheet as text, one row at a time."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from openpyxl.utils.datetime import from_excel

from services.intake.domain.imports.columns import MOST_COLUMNS
from services.intake.domain.imports.faults import FileFault
from services.intake.domain.imports.rows import LONGEST_ROW, MOST_ROWS
from services.intake.usecases.imports.xml_parts import Damaged

LAST_COLUMN = 16_384  # XFD
# Narrower than float(), which also takes 4_0, inf and digits of every script.
_NUMBER = re.compile(r"\s*[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\s*", re.ASCII)
_PHONETIC = "rPh"  # how to pronounce a text: not part of it


@dataclass(frozen=True, slots=True)
class Book:
    """What cells refer to: shared texts, the cell formats that are dates, the first day of all."""

    strings: Sequence[str]
    date_formats: Sequence[bool]
    epoch: datetime


class SharedStrings:
    """Hears the shared texts of a workbook."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._text: list[str] = []
        self._is_text = self._is_phonetic = False

    def started(self, name: str, _: Mapping[str, str]) -> None:
        """Text begins."""
        self._is_text = name == "t"
        self._is_phonetic |= name == _PHONETIC

    def said(self, text: str) -> None:
        """Part of a text."""
        if self._is_text and not self._is_phonetic:
            self._text.append(text)

    def ended(self, name: str) -> None:
        """A text is complete."""
        self._is_text = False
        if name == "si":
            self.found.append("".join(self._text))
            self._text.clear()
        elif name == _PHONETIC:
            self._is_phonetic = False


class Sheet:
    """Hears the rows of a worksheet.

    The first filled row is the header: what lies more than one column beyond it is not read.
    Cells may repeat one long text for a few bytes each: `most_text` limits what all say together.
    """

    def __init__(self, book: Book, most_text: int) -> None:
        self._book = book
        self._text_left = most_text
        self._rows: list[tuple[int, list[str]]] = []
        self._width = MOST_COLUMNS + 1
        self._has_header = False
        self._number = 0
        self._column = 0
        self._cells: dict[int, str] = {}
        self._cell: Mapping[str, str] | None = None
        self._text: list[str] = []
        self._length = 0
        self._is_text = self._is_phonetic = False

    def take(self) -> list[tuple[int, list[str]]]:
        """The rows that are complete, numbered, once."""
        rows, self._rows = self._rows, []
        return rows

    def started(self, name: str, attributes: Mapping[str, str]) -> None:
        """A row, a cell, or what is in it."""
        if name == "row":
            self._start_row(attributes.get("r"))
        elif name == "c":
            self._start_cell(attributes)
        elif name == _PHONETIC:
            self._is_phonetic = True
        elif self._cell is not None:
            self._is_text = name in {"v", "t"}
            if name == "f":
                raise FileFault("formula", f"/rows/{self._number}/columns/{self._column}")

    def said(self, text: str) -> None:
        """Part of a cell's value."""
        if self._is_text and not self._is_phonetic:
            self._count(text)
            self._text.append(text)

    def ended(self, name: str) -> None:
        """A value, a cell or a row is complete."""
        self._is_text = False
        if name == "c":
            self._end_cell()
        elif name == "row":
            self._end_row()
        elif name == _PHONETIC:
            self._is_phonetic = False

    def _start_row(self, number: str | None) -> None:
        before, self._number = self._number, _whole(number) if number else self._number + 1
        if not before < self._number <= MOST_ROWS:
            raise Damaged
        self._column = self._length = 0

    def _start_cell(self, attributes: Mapping[str, str]) -> None:
        before, place = self._column, attributes.get("r")
        self._column = column_of(place) if place else before + 1
        if self._column <= before:
            raise Damaged
        self._cell = attributes if self._column <= self._width else None
        self._text.clear()

    def _end_cell(self) -> None:
        if self._cell is not None and self._text:
            self._cells[self._column] = self._value(self._cell, "".join(self._text))
        self._cell = None

    def _end_row(self) -> None:
        width = max(self._cells, default=0)
        # Spreadsheets leave out empty cells; behind the header they are there all the same.
        wanted = max(width, self._width - 1) if self._has_header else width
        row = [self._cells.get(column, "") for column in range(1, wanted + 1)]
        if not self._has_header and any(cell.strip() for cell in row):
            self._has_header = True
            self._width = len(row) + 1
        self._rows.append((self._number, row))
        self._cells.clear()

    def _value(self, cell: Mapping[str, str], text: str) -> str:
        kind = cell.get("t", "n")
        if kind == "s":
            shared = self._book.strings[_whole(text)]
            self._count(shared)
            return shared
        if kind == "b":
            return "TRUE" if text.strip() == "1" else "FALSE"
        if kind != "n":
            return text
        if not _NUMBER.fullmatch(text):
            raise Damaged
        style = _whole(cell.get("s", "0"))
        formats = self._book.date_formats
        is_date = style < len(formats) and formats[style]
        return as_date(text, self._book.epoch) if is_date else as_number(text)

    def _count(self, text: str) -> None:
        self._length += len(text)
        if self._length > LONGEST_ROW:
            raise FileFault("row_too_long", f"/rows/{self._number}")
        self._text_left -= len(text)
        if self._text_left < 0:
            raise FileFault("uncompressed_too_large")


def column_of(place: str) -> int:
    """28 for `AB12`."""
    column = 0
    for character in place.rstrip("0123456789"):
        if not "A" <= character <= "Z" or column > LAST_COLUMN:
            raise Damaged
        column = column * 26 + ord(character) - 64
    if not 1 <= column <= LAST_COLUMN:
        raise Damaged
    return column


def as_number(text: str) -> str:
    """A number as a person would write it: 4, not 4.0."""
    try:
        return str(int(text))
    except ValueError:
        value = float(text)
    return str(int(value)) if value.is_integer() else str(value)


def as_date(text: str, epoch: datetime) -> str:
    """The calendar day that a number of days means; what is no day stays a number."""
    try:
        found = from_excel(float(text), epoch)
    except (OverflowError, ValueError):
        return as_number(text)
    return found.date().isoformat() if isinstance(found, datetime) else str(found)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise Damaged
    return int(text)
