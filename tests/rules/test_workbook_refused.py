"""Workbooks that are damaged, or that would fill the memory, are refused with the reason."""

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from services.intake.domain.imports.faults import FileFault
from services.intake.domain.imports.rows import LONGEST_ROW
from services.intake.usecases.imports.workbook import (
    MOST_DIRECTORY,
    MOST_SMALL,
    MOST_STYLES,
    workbook_rows,
)
from tests.workbooks import (
    CONTENTS,
    LINKS,
    MB,
    OFFICE,
    SHEET,
    STRINGS,
    STYLES,
    by_hand,
    cells,
    fault,
    links,
    parts_of,
    read,
    shared,
    zipped,
)


def broken_sheets() -> Iterator[tuple[str, str]]:
    """Rows that no spreadsheet writes."""
    yield "rows backwards", '<row r="2"/><row r="1"/>'
    yield "a row twice", '<row r="2"/><row r="2"/>'
    yield "row 0", '<row r="0"/>'
    yield "a row too far", '<row r="1048577"/>'
    yield "an endless row number", f'<row r="{"9" * 5000}"/>'
    yield "no row number", '<row r="1_0"/>'
    for place in ("XFE1", "ZZZZZZ1", "A" * 200_000, "a1", "1", "\u0661", "$A$1"):
        yield f"column {place[:9]}", f'<row><c r="{place}"><v>1</v></c></row>'
    yield "columns backwards", '<row><c r="B1"><v>1</v></c><c r="A1"><v>2</v></c></row>'
    yield "a column twice", '<row><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>'
    for index in ("2", "-1", "99999999999", "x", "0_0", "\u0660", " "):
        yield f"shared text {index!r}", f'<row><c t="s"><v>{index}</v></c></row>'
    for number in ("x", "4_0", "\u0664", "nan", "inf", "0x4", "4,0", "--4", " "):
        yield f"number {number!r}", f"<row><c><v>{number}</v></c></row>"
    yield "style", '<row><c s="-1"><v>1</v></c></row>'
    yield "not closed", "<row><c>"
    yield "an entity", "<row>&lol;</row>"
    yield "too deep", "<a>" * 200 + "</a>" * 200
    yield "an endless tag", f'<row {" " * (2 * MB)}r="1"/>'
    yield "an endless comment", f"<!--{' ' * (2 * MB)}--><row/>"
    yield "a NUL", "<row>\0</row>"
    yield "a lone surrogate", "<row>&#xd800;</row>"


@pytest.mark.parametrize("rows", [pytest.param(rows, id=name) for name, rows in broken_sheets()])
def test_a_sheet_that_no_spreadsheet_writes_is_refused(rows: str) -> None:
    assert fault(by_hand(rows, shared("a", "b"))) == ("not_xlsx", "")


def broken_parts() -> Iterator[tuple[str, dict[str, Any]]]:
    """Workbooks whose parts do not fit together."""
    doctype = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    external = '<!DOCTYPE w SYSTEM "file:///etc/passwd">'
    for name, start in (("entities", doctype), ("an external DTD", external)):
        yield name, {SHEET: f"{start}<w><row><c><v>&b;</v></c></row></w>"}
        yield f"{name} in the texts", {STRINGS: f"{start}<w/>"}
        yield f"{name} in the contents", {CONTENTS: f"{start}<w/>"}
    yield "no relationships", {"_rels/.rels": links()}
    yield "no worksheet", {LINKS: links(styles="styles.xml")}
    yield "links to nothing", {LINKS: links(worksheet1="sheet9.xml")}
    yield "links out of the archive", {LINKS: links(worksheet1="../../../etc/passwd")}
    yield (
        "a link without a target",
        {LINKS: f'<a><Relationship Id="a" Type="{OFFICE}/styles"/></a>'},
    )
    yield "a sheet without a link", {CONTENTS: '<a><sheet name="Data"/></a>'}
    yield "no XML", {SHEET: b"\x00\x01\x02"}
    yield "an odd encoding", {SHEET: "<?xml version='1.0' encoding='utf-7'?><a/>"}
    yield "no encoding at all", {SHEET: "<?xml version='1.0' encoding='kenari'?><a/>"}
    yield "wrong bytes", {SHEET: b"<a>\xff\xfe</a>"}
    yield "empty", {SHEET: b""}
    yield "a format without a number", {STYLES: '<a><numFmt numFmtId="x" formatCode="0"/></a>'}


@pytest.mark.parametrize("parts", [pytest.param(parts, id=name) for name, parts in broken_parts()])
def test_parts_that_do_not_fit_are_refused(parts: dict[str, Any]) -> None:
    assert fault(zipped({**parts_of(cells("a")), **parts})) == ("not_xlsx", "")


def directory_entries(file: bytes) -> Iterator[int]:
    """Where the entries of an archive's directory begin."""
    at = file.find(b"PK\x01\x02")
    while at >= 0:
        yield at
        at = file.find(b"PK\x01\x02", at + 1)


def patched(file: bytes, offset: int, value: bytes) -> bytes:
    """The archive with the same bytes in every entry of its directory."""
    changed = bytearray(file)
    for at in directory_entries(file):
        changed[at + offset : at + offset + len(value)] = value
    return bytes(changed)


def broken_archives() -> Iterator[tuple[str, bytes]]:
    """Files that are no archive of a workbook."""
    good = by_hand(cells("a"))
    end = good.rfind(b"PK\x05\x06")
    yield "empty", b""
    yield "only the end's mark", b"PK\x05\x06"
    yield "an end cut short", b"x" * 30 + b"PK\x05\x06\0\0"
    yield "text", b"tanggal,U1\n2021-01-04,4\n" * 100
    yield "an OLE file, as encrypted workbooks are", b"\xd0\xcf\x11\xe0" + bytes(4096)
    yield "cut in the middle", good[: len(good) // 2]
    yield "cut at the end", good[:-1]
    yield "cut at the beginning", good[100:]
    yield "encrypted", patched(good, 8, b"\x01\x00")
    yield "an unknown method", patched(good, 10, b"\x61\x00")
    yield "a wrong checksum", patched(good, 16, b"\0\0\0\0")
    yield "a wrong place", patched(good, 42, b"\xff\xff\xff\x7f")
    yield "less than it says", patched(good, 20, b"\x05\0\0\0")
    yield "a future version", patched(good, 6, b"\xff\x00")
    yield "damaged data", good[:60] + b"\xff" * 40 + good[100:]
    yield "a directory that is not there", good[: end + 16] + b"\xff\xff\xff\x7f" + good[end + 20 :]
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        yield f"method {method}", zipped(parts_of(cells("a")), method)
    yield "no workbook inside", zipped({"hello.txt": "hello"})
    for comment in (0, 0xFFFF):
        yield f"ZIP64, comment of {comment}", zip64(good, comment)


def zip64(good: bytes, comment: int) -> bytes:
    """The same archive with a directory of any size said in ZIP64, before a comment."""
    start, end = good.find(b"PK\x01\x02"), good.rfind(b"PK\x05\x06")
    sizes = struct.pack("<QQQQ", 6, 6, end - start, start)
    record = b"PK\x06\x06" + struct.pack("<QHHLL", 44, 45, 45, 0, 0) + sizes
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, end, 1)
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 6, 6, 46, start, comment)
    return good[:end] + record + locator + tail + b"x" * comment


@pytest.mark.parametrize("file", [pytest.param(file, id=name) for name, file in broken_archives()])
def test_a_file_that_is_no_archive_of_a_workbook_is_refused(file: bytes) -> None:
    assert fault(file) == ("not_xlsx", "")


def test_every_cut_and_every_flipped_byte_is_read_or_refused() -> None:
    good = by_hand(cells("a", "b") * 3, shared("x"))
    files = [good[:end] for end in range(0, len(good), 7)]
    files += [
        good[:at] + bytes([good[at] ^ flip]) + good[at + 1 :]
        for at in range(0, len(good), 5)
        for flip in (0x01, 0xFF)
    ]
    codes = set()
    for file in files:
        try:
            read(file)
        except FileFault as refused:
            codes.add(refused.code)

    assert "not_xlsx" in codes
    assert codes <= {"not_xlsx", "uncompressed_too_large"}


def test_what_would_fill_the_memory_is_refused_before_it_is_unpacked() -> None:
    good = parts_of(cells("a"))
    bomb = {**good, "xl/media/image1.xml": " " * 3 * MB}
    texts = {**good, STRINGS: "<a>" + " " * MB + "</a>"}
    small = {**good, LINKS: links() + " " * (MOST_SMALL + 1)}
    styles = {**good, STYLES: "<a/>" + " " * (MOST_STYLES + 1)}
    too_large = ("uncompressed_too_large", "")
    assert fault(zipped(bomb), most=2 * MB) == too_large
    assert fault(zipped(texts), most=2 * MB) == too_large
    assert fault(zipped(small)) == too_large
    assert fault(zipped(styles)) == too_large
    assert fault(commented(MOST_DIRECTORY // 0xFFFF + 1)) == too_large


def commented(entries: int) -> bytes:
    """An archive whose directory is 64 KB an entry."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(entries):
            entry = zipfile.ZipInfo(str(number))
            entry.comment = b"x" * 0xFFFF
            archive.writestr(entry, b"")
    return file.getvalue()


def test_a_part_that_is_named_a_thousand_times_is_read_once() -> None:
    many = {f"sharedStrings{number}": "sharedStrings.xml" for number in range(1000)}
    named = links(worksheet1="worksheets/sheet1.xml", **many)
    last, one_more = (f'<row><c t="s"><v>{at}</v></c></row>' for at in (1, 2))

    assert read(by_hand(last, shared("a", "b"), links=named)) == [(1, ["b"])]
    assert fault(by_hand(one_more, shared("a", "b"), links=named)) == ("not_xlsx", "")


def test_a_long_text_is_not_repeated_without_end() -> None:
    long = "x" * 100_000
    inline = cells("head") + cells("x" * (LONGEST_ROW + 1))
    row = "<row>" + '<c t="s"><v>0</v></c>' * 3 + "</row>"

    assert fault(by_hand(inline)) == ("row_too_long", "/rows/2")
    assert fault(by_hand(row, shared(long))) == ("row_too_long", "/rows/1")
    twice = row.replace("<row>", "<row><c/>", 1).replace('<c t="s"><v>0</v></c>', "", 1)
    assert len(read(by_hand(twice * 4, shared(long)), most=MB)) == 4
    assert fault(by_hand(twice * 50, shared(long)), most=MB) == ("uncompressed_too_large", "")


def peak_of(file: bytes) -> tuple[int, int]:
    """How many rows, and how many bytes were in use at most while they were read one by one."""
    tracemalloc.start()
    try:
        rows = sum(1 for _ in workbook_rows(io.BytesIO(file), None, 128 * MB))
        return rows, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_hundred_megabytes_are_read_with_a_few() -> None:
    long_row = cells(*["x" * 100] * 100)
    spaced = by_hand((long_row + " " * 500_000) * 200)
    empty_rows = by_hand(cells(*["x"] * 200) + "<row/>" * 20_000)

    rows, peak = peak_of(spaced)
    many, peak_of_many = peak_of(empty_rows)

    assert (rows, many) == (200, 20_001)
    assert peak < 8 * MB
    assert peak_of_many < 32 * MB
