"""Workbooks made by openpyxl or by hand, and what becomes of them."""

import io
import zipfile
from collections.abc import Mapping

import openpyxl
import pytest

from services.intake.domain.imports.faults import FileFault
from services.intake.usecases.imports.workbook import workbook_rows

MB = 1024 * 1024
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
STYLES = "xl/styles.xml"
CONTENTS = "xl/workbook.xml"
LINKS = "xl/_rels/workbook.xml.rels"
Rows = list[tuple[int, list[str]]]


def links(**targets: str) -> str:
    """A relationships part: `worksheet1="…"` is a link `worksheet1` of the kind `worksheet`."""
    found = "".join(
        f'<Relationship Id="{name}" Type="{OFFICE}/{name.rstrip("0123456789")}" Target="{target}"/>'
        for name, target in targets.items()
    )
    return f'<?xml version="1.0"?><Relationships xmlns="{PACKAGE}">{found}</Relationships>'


def parts_of(rows: str = "", strings: str = "", **changed: str) -> dict[str, str]:
    """The parts of a workbook; `changed` replaces `sheet`, `styles`, `contents` or `links`."""
    table = {
        "sheet": f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>',
        "styles": f'<styleSheet xmlns="{MAIN}"/>',
        "contents": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="Data" sheetId="1" r:id="worksheet1"/></sheets></workbook>',
        "links": links(
            worksheet1="worksheets/sheet1.xml",
            sharedStrings="sharedStrings.xml",
            styles="styles.xml",
        ),
        **changed,
    }
    return {
        "_rels/.rels": links(officeDocument="xl/workbook.xml"),
        CONTENTS: table["contents"],
        LINKS: table["links"],
        SHEET: table["sheet"],
        STRINGS: f'<sst xmlns="{MAIN}">{strings}</sst>',
        STYLES: table["styles"],
    }


def zipped(parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Parts as a ZIP archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method, compresslevel=1) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def by_hand(rows: str = "", strings: str = "", **changed: str) -> bytes:
    """A workbook made by hand."""
    return zipped(parts_of(rows, strings, **changed))


def saved(book: openpyxl.Workbook) -> bytes:
    """A workbook as openpyxl writes it."""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read(file: bytes, sheet: str | None = None, most: int = 64 * MB) -> Rows:
    """All rows."""
    return list(workbook_rows(io.BytesIO(file), sheet, most))


def fault(file: bytes, sheet: str | None = None, most: int = 64 * MB) -> tuple[str, str]:
    """Why a workbook is refused, and where."""
    with pytest.raises(FileFault) as caught:
        read(file, sheet, most)
    return caught.value.code, caught.value.pointers[0]


def shared(*texts: str) -> str:
    """Items of the shared strings."""
    return "".join(f"<si><t>{text}</t></si>" for text in texts)


def cells(*values: str) -> str:
    """A row of inline texts."""
    found = "".join(f'<c t="inlineStr"><is><t>{value}</t></is></c>' for value in values)
    return f"<row>{found}</row>"
