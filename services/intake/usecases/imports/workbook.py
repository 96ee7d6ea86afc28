"""The rows of an XLSX workbook with bounded memory. Blocks: call it in a thread.

openpyxl builds trees, even when it only reads: a file of 94 KB was measured to take 5 GB and 87 s.
So the parts are parsed as they pass, and of openpyxl we use what it knows about dates.
"""

import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import SEEK_END
from typing import BinaryIO
from xml.parsers.expat import ExpatError

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from services.intake.domain.imports.faults import FileFault
from services.intake.usecases.imports.sheet import Book, SharedStrings, Sheet
from services.intake.usecases.imports.xml_parts import Listener, local, parse

MOST_SMALL = 1024 * 1024  # the parts that only say where the others are
MOST_STYLES = 8 * 1024 * 1024
MOST_DIRECTORY = 1024 * 1024
STRINGS_SHARE = 4  # shared texts are held in memory: a quarter of the whole at most
REPEATS = 4  # cells may say this many times as much as the whole: shared texts are repeated
LONGEST_FORMAT = 255  # openpyxl looks at a longer one for minutes: its pattern goes back and forth
_END, _END64 = b"PK\x05\x06", b"PK\x06\x07"
_END_SIZE, _END64_SIZE, _LONGEST_COMMENT = 22, 20, 0xFFFF
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What reading lets out of a damaged workbook.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    ExpatError,
    struct.error,
    LookupError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
)


def workbook_rows(
    file: BinaryIO, sheet: str | None, most_unpacked: int
) -> Iterator[tuple[int, list[str]]]:
    """The numbered rows of a sheet, by its name or the first. Raises FileFault."""
    try:
        _check_directory(file)
        with zipfile.ZipFile(file) as archive:
            _check_members(archive, most_unpacked)
            yield from _rows(_Archive(archive, most_unpacked), sheet)
    except _DAMAGED:
        raise FileFault("not_xlsx") from None


def _check_directory(file: BinaryIO) -> None:
    """zipfile holds the whole directory in memory, so look first how large it is."""
    longest = _END64_SIZE + _END_SIZE + _LONGEST_COMMENT
    file.seek(max(0, file.seek(0, SEEK_END) - longest))
    tail = file.read()
    is_last = tail[-_END_SIZE:].startswith(_END) and tail.endswith(b"\0\0")
    at = len(tail) - _END_SIZE if is_last else tail.rfind(_END)
    if at < 0 or tail[max(0, at - _END64_SIZE) :].startswith(_END64):
        raise FileFault("not_xlsx")
    (size,) = struct.unpack_from("<L", tail, at + 12)
    if size > MOST_DIRECTORY:
        raise FileFault("uncompressed_too_large")


def _check_members(archive: zipfile.ZipFile, most_unpacked: int) -> None:
    """Refuse a bomb by its directory; zipfile never unpacks more than the directory says."""
    members = archive.infolist()
    if sum(member.file_size for member in members) > most_unpacked:
        raise FileFault("uncompressed_too_large")
    if any(member.compress_type not in _METHODS for member in members):
        raise FileFault("not_xlsx")


@dataclass(frozen=True, slots=True)
class _Archive:
    """The parts of a workbook, each with the most it may unpack to."""

    archive: zipfile.ZipFile
    most_unpacked: int

    def read(self, name: str, listener: Listener, most: int) -> None:
        """Tell a listener about a whole part."""
        for _ in self.pieces(name, listener, most):
            pass

    def pieces(self, name: str, listener: Listener, most: int) -> Iterator[None]:
        """The same, piece by piece."""
        member = self.archive.getinfo(name)
        if member.file_size > most:
            raise FileFault("uncompressed_too_large")
        with self.archive.open(member) as part:
            yield from parse(part, listener)


def _rows(archive: _Archive, wanted: str | None) -> Iterator[tuple[int, list[str]]]:
    start = _only(archive, "", "officeDocument")
    contents = _Contents()
    archive.read(start, contents, MOST_SMALL)
    sheets = _related(archive, start, "worksheet")
    # Chart sheets stand in the same list, but not among the related worksheets.
    found = {name: sheets[link] for name, link in contents.sheets if link in sheets}
    if wanted is not None and wanted not in found:
        raise FileFault("unknown_sheet", "/query/sheet")
    part = found[wanted] if wanted is not None else next(iter(found.values()), "")
    sheet = Sheet(_book(archive, start, contents), archive.most_unpacked * REPEATS)
    for _ in archive.pieces(part, sheet, archive.most_unpacked):
        yield from sheet.take()


def _book(archive: _Archive, start: str, contents: "_Contents") -> Book:
    strings, styles = SharedStrings(), _Styles()
    if part := _only(archive, start, "sharedStrings"):
        archive.read(part, strings, archive.most_unpacked // STRINGS_SHARE)
    if part := _only(archive, start, "styles"):
        archive.read(part, styles, MOST_STYLES)
    epoch = MAC_EPOCH if contents.counts_from_1904 else WINDOWS_EPOCH
    return Book(strings.found, styles.dates(), epoch)


def _only(archive: _Archive, part: str, kind: str) -> str:
    """The part of a kind of which there is one, or "". A second would be read for nothing."""
    return next(iter(_related(archive, part, kind).values()), "")


def _related(archive: _Archive, part: str, kind: str) -> dict[str, str]:
    """Id → name of the parts of a kind that a part refers to."""
    folder, name = posixpath.split(part)
    links = _Links(folder, kind)
    archive.read(posixpath.join(folder, "_rels", f"{name}.rels"), links, MOST_SMALL)
    return links.found


class _Deaf:
    """Listens to the beginnings of elements only."""

    def said(self, text: str) -> None:
        """Not of interest."""

    def ended(self, name: str) -> None:
        """Not of interest."""


@dataclass
class _Links(_Deaf):
    """Hears relationships of one kind."""

    folder: str
    kind: str
    found: dict[str, str] = field(default_factory=dict)

    def started(self, name: str, attributes: Mapping[str, str]) -> None:
        """One relationship; a target is relative to the part that refers to it, or absolute."""
        if name == "Relationship" and posixpath.basename(attributes["Type"]) == self.kind:
            target = posixpath.join("/", self.folder, attributes["Target"])
            self.found[attributes["Id"]] = posixpath.normpath(target).lstrip("/")


@dataclass
class _Contents(_Deaf):
    """Hears what a workbook consists of."""

    sheets: list[tuple[str, str]] = field(default_factory=list)
    counts_from_1904: bool = False

    def started(self, name: str, attributes: Mapping[str, str]) -> None:
        """A sheet: its name and the id of its relationship."""
        if name == "sheet":
            links = [value for key, value in attributes.items() if local(key) == "id"]
            self.sheets.append((attributes["name"], links[0]))
        elif name == "workbookPr":
            self.counts_from_1904 = attributes.get("date1904") in {"1", "true"}


@dataclass
class _Styles(_Deaf):
    """Hears which number format each cell format has."""

    own: dict[int, str] = field(default_factory=dict)
    used: list[int] = field(default_factory=list)
    _is_cell: bool = False

    def started(self, name: str, attributes: Mapping[str, str]) -> None:
        """A number format, or a cell format that uses one."""
        if name == "numFmt":
            self.own[int(attributes["numFmtId"])] = attributes["formatCode"][:LONGEST_FORMAT]
        elif name == "cellXfs":
            self._is_cell = True
        elif name == "xf" and self._is_cell:
            self.used.append(int(attributes.get("numFmtId", "0")))

    def ended(self, name: str) -> None:
        """The cell formats are complete."""
        self._is_cell = self._is_cell and name != "cellXfs"

    def dates(self) -> list[bool]:
        """For each cell format whether it shows a date."""
        meanings = {
            number: is_date_format(self.own.get(number) or BUILTIN_FORMATS.get(number, "General"))
            for number in set(self.used)
        }
        return [meanings[number] for number in self.used]
