"""Read CSV and XLSX as rows of text. Everything here blocks: call it in a thread."""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import IO, Any, BinaryIO
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from services.intake.domain.imports.columns import MOST_COLUMNS
from services.intake.domain.imports.faults import FileFault
from services.intake.usecases.imports.options import Options

MOST_ROWS = 1_000_000
LONGEST_HEADER_LINE = 64 * 1024
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
NumberedRow = tuple[int, list[str]]
# What openpyxl lets out of a damaged workbook.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    ParseError,
    KeyError,
    ValueError,
    IndexError,
    TypeError,
    AttributeError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
)


def read_table(
    file: BinaryIO, options: Options, *, most_unpacked: int
) -> tuple[list[str], Iterator[NumberedRow]]:
    """The headers, and the rows below that are not blank, numbered as a spreadsheet shows them.

    Raises FileFault, also while the rows are read.
    """
    rows = (
        _csv_rows(file, options)
        if options.kind == "csv"
        else _xlsx_rows(file, options, most_unpacked)
    )
    numbered = _numbered(rows)
    first = next(numbered, None)
    if first is None:
        raise FileFault("empty_file")
    headers = _trimmed(first[1])
    return headers, ((number, _fitted(cells, len(headers))) for number, cells in numbered)


def _numbered(rows: Iterator[list[str]]) -> Iterator[NumberedRow]:
    for number, cells in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise FileFault("too_many_rows", f"/rows/{number}")
        if any(cell.strip() for cell in cells):
            yield number, cells


def _trimmed(cells: Sequence[str]) -> list[str]:
    """Without the empty cells at the end."""
    kept = list(cells)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept


def _fitted(cells: list[str], width: int) -> list[str]:
    """Empty cells beyond the header do not matter; a filled one is left to be refused."""
    return cells if len(cells) <= width else cells[:width] + _trimmed(cells[width:])


def _csv_rows(file: BinaryIO, options: Options) -> Iterator[list[str]]:
    if options.sheet is not None:
        raise FileFault("wrong_option", "/query/sheet")
    # utf-8-sig: Excel writes a byte order mark into its "CSV UTF-8".
    encoding = "utf-8-sig" if options.encoding in {None, "utf-8"} else str(options.encoding)
    text = io.TextIOWrapper(_Unclosed(file), encoding=encoding, errors="strict", newline="")
    number = 0
    try:
        delimiter = _delimiter(text, options.delimiter)
        for number, cells in enumerate(  # noqa: B007  # a fault is told by it
            csv.reader(text, delimiter=delimiter, strict=True), start=1
        ):
            yield cells
    except UnicodeDecodeError:
        raise FileFault("wrong_encoding", f"/rows/{number + 1}") from None
    except csv.Error:
        raise FileFault("not_csv", f"/rows/{number + 1}") from None


def _delimiter(text: io.TextIOWrapper, asked: str | None) -> str:
    """As asked, or the character that divides the first line most often."""
    if asked is not None and asked != "auto":
        return DELIMITERS[asked]
    line = text.readline(LONGEST_HEADER_LINE)
    text.seek(0)
    return max(DELIMITERS.values(), key=lambda character: _divided(line, character))


def _divided(line: str, delimiter: str) -> int:
    return max((len(cells) for cells in csv.reader([line], delimiter=delimiter)), default=0)


class _Unclosed(io.BufferedReader):
    """Leaves the file open for its owner when the text layer over it is collected."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(_Raw(file))


class _Raw(io.RawIOBase):
    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def _xlsx_rows(file: BinaryIO, options: Options, most_unpacked: int) -> Iterator[list[str]]:
    for option in ("encoding", "delimiter"):
        if getattr(options, option) is not None:
            raise FileFault("wrong_option", f"/query/{option}")
    _check_zip(file, most_unpacked)
    try:
        # Formulas are wanted as formulas: the value beside one may be old or missing.
        workbook = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
        if options.sheet is not None and options.sheet not in workbook.sheetnames:
            raise FileFault("unknown_sheet", "/query/sheet")
        sheet = workbook[options.sheet] if options.sheet else workbook.worksheets[0]
        # The stated dimensions may be wrong; without them rows are read until they end.
        sheet.reset_dimensions()
        yield from _sheet_rows(sheet)
    except _DAMAGED:
        raise FileFault("not_xlsx") from None


def _sheet_rows(sheet: Any) -> Iterator[list[str]]:
    """The header decides how wide the rest is read: padding costs most of the time."""
    number, width = 0, 0
    for row in sheet.iter_rows(max_col=MOST_COLUMNS + 1):
        number += 1
        cells = _trimmed(_cells(row, number))
        yield cells
        if cells:
            width = len(cells)
            break
    for row in sheet.iter_rows(min_row=number + 1, max_col=width + 1) if width else ():
        number += 1
        # Spreadsheets leave out empty cells at the end of a row.
        cells = _cells(row, number)
        yield cells + [""] * (width - len(cells))


def _cells(row: Iterable[Any], number: int) -> list[str]:
    cells = []
    for place, cell in enumerate(row, start=1):
        if cell.data_type == "f":
            raise FileFault("formula", f"/rows/{number}/columns/{place}")
        cells.append(_text(cell.value))
    return cells


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def _check_zip(file: IO[bytes], most_unpacked: int) -> None:
    """Refuse a bomb by its directory; zipfile never unpacks more than the directory says."""
    try:
        with zipfile.ZipFile(file) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError):
        raise FileFault("not_xlsx") from None
    if unpacked > most_unpacked:
        raise FileFault("uncompressed_too_large")
    file.seek(0)
