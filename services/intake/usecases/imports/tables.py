"""Read a file as rows of text, whatever its kind. Everything here blocks: call it in a thread."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from services.intake.domain.imports.faults import FileFault
from services.intake.domain.imports.rows import LONGEST_ROW, MOST_ROWS
from services.intake.usecases.imports.options import Options

LONGEST_HEADER_LINE = 64 * 1024
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
NumberedRow = tuple[int, list[str]]


def read_table(
    file: BinaryIO, options: Options, *, most_unpacked: int
) -> tuple[list[str], Iterator[NumberedRow]]:
    """The headers, and the rows below that are not blank, numbered as a spreadsheet shows them.

    Raises FileFault, also while the rows are read.
    """
    _refuse_foreign_options(options)
    rows = (
        _csv_rows(file, options)
        if options.kind == "csv"
        else _workbook_rows(file, options.sheet, most_unpacked)
    )
    filled = _filled(rows)
    first = next(filled, None)
    if first is None:
        raise FileFault("empty_file")
    headers = _trimmed(first[1])
    return headers, ((number, _fitted(cells, len(headers))) for number, cells in filled)


def _refuse_foreign_options(options: Options) -> None:
    foreign = ("sheet",) if options.kind == "csv" else ("encoding", "delimiter")
    for option in foreign:
        if getattr(options, option) is not None:
            raise FileFault("wrong_option", f"/query/{option}")


def _filled(rows: Iterator[NumberedRow]) -> Iterator[NumberedRow]:
    for number, cells in rows:
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


def _workbook_rows(file: BinaryIO, sheet: str | None, most_unpacked: int) -> Iterator[NumberedRow]:
    # Imported with the first workbook: openpyxl takes a tenth of a service's start.
    from services.intake.usecases.imports.workbook import workbook_rows

    return workbook_rows(file, sheet, most_unpacked)


def _csv_rows(file: BinaryIO, options: Options) -> Iterator[NumberedRow]:
    # utf-8-sig: Excel writes a byte order mark into its "CSV UTF-8".
    encoding = "utf-8-sig" if options.encoding in {None, "utf-8"} else str(options.encoding)
    text = io.TextIOWrapper(_Unclosed(file), encoding=encoding, errors="strict", newline="")
    number = 0
    try:
        lines = _Lines(text)
        reader = csv.reader(lines, delimiter=_delimiter(text, options.delimiter), strict=True)
        for number, cells in enumerate(reader, start=1):  # a fault is told by it
            lines.row_ended()
            yield number, cells
    except UnicodeDecodeError:  # in one of the rows ahead, which are decoded together
        raise FileFault("wrong_encoding") from None
    except csv.Error:
        raise FileFault("not_csv", f"/rows/{number + 1}") from None
    except _RowTooLong:
        raise FileFault("row_too_long", f"/rows/{number + 1}") from None


def _delimiter(text: io.TextIOWrapper, asked: str | None) -> str:
    """As asked, or the character that divides the first line most often."""
    if asked is not None and asked != "auto":
        return DELIMITERS[asked]
    line = text.readline(LONGEST_HEADER_LINE)
    text.seek(0)
    return max(DELIMITERS.values(), key=lambda character: _divided(line, character))


def _divided(line: str, delimiter: str) -> int:
    return max((len(cells) for cells in csv.reader([line], delimiter=delimiter)), default=0)


class _RowTooLong(Exception):
    """One row of a file would fill the memory."""


class _Lines:
    """The lines of a file; the lines of one row together have a greatest length."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._left = LONGEST_ROW

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(self._left + 1)
        if not line:
            raise StopIteration
        if len(line) > self._left:
            raise _RowTooLong
        self._left -= len(line)
        return line

    def row_ended(self) -> None:
        """The next line begins a new row."""
        self._left = LONGEST_ROW


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
