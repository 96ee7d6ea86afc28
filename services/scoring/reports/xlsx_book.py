"""A workbook with the report's look. Text is always written as text: no cell becomes a formula."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from io import BytesIO
from math import ceil
from typing import Any

import xlsxwriter

from services.scoring.domain.report import Report
from services.scoring.reports.voice import Voice

LONGEST_TEXT = 32_000  # a cell holds 32,767 letters
_LINE_HEIGHT = 13.5
_MOST_LINES = 30  # a row may be 409 points high
_LETTERS_PER_WIDTH = 0.95  # bold and wide letters take more than the unit of a column
_WRAPPED = frozenset({"head", "label", "text", "plain", "quiet"})
_FONT = {"font_name": "Liberation Sans", "font_size": 10}
_RULED = {"bottom": 1, "bottom_color": "#ddd5c7", "valign": "top"}
_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "title": {"font_size": 15, "font_color": "#7a1a16", "bold": True},
    "subtitle": {"font_size": 11, "font_color": "#5d5449"},
    "mark": {"font_color": "#ffffff", "bg_color": "#7a1a16", "bold": True},
    "heading": {"font_size": 12, "bold": True, "font_color": "#4a1512"},
    "head": {
        "bold": True,
        "font_color": "#f8ecdd",
        "bg_color": "#4a1512",
        "text_wrap": True,
        "valign": "vcenter",
        "align": "center",
        "border": 1,
        "border_color": "#82776a",
    },
    "label": {**_RULED, "text_wrap": True},
    "text": {**_RULED, "text_wrap": True},
    "plain": {"text_wrap": True, "valign": "top"},
    "quiet": {"text_wrap": True, "valign": "top", "font_color": "#5d5449", "font_size": 9},
    "centre": {**_RULED, "align": "center", "bold": True, "font_color": "#7a1a16"},
    "right": {**_RULED, "align": "right"},
    "count": {**_RULED, "num_format": "#,##0"},
    "four": {**_RULED, "num_format": "0.0000"},
    "two": {**_RULED, "num_format": "0.00"},
    "percent": {**_RULED, "num_format": "0.0%"},
    "order": {**_RULED, "align": "center"},
    "score": {"align": "center"},
    "whole": {**_RULED, "num_format": "0", "font_color": "#5d5449"},
    "result": {"font_size": 22, "bold": True, "font_color": "#7a1a16", "num_format": "0.00"},
    "result_text": {"font_size": 13, "bold": True, "font_color": "#7a1a16", "align": "right"},
}


@dataclass(slots=True)
class Book:
    """A workbook being written."""

    report: Report
    voice: Voice
    _file: BytesIO = field(default_factory=BytesIO)
    _workbook: Any = None
    _formats: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._workbook = xlsxwriter.Workbook(self._file, options)
        self._workbook.set_properties(
            {
                "title": self.voice.title(self.report),
                "subject": f"{self.report.name}, {self.voice.period(self.report.period)}",
                "author": self.report.agency or self.report.name,
                # The day of the report, not the moment of writing: the same content, the same file.
                "created": datetime.combine(self.report.made_on, time(), UTC),
            }
        )
        self._formats = {
            name: self._workbook.add_format({**_FONT, **look}) for name, look in _FORMATS.items()
        }

    def page(self, name: str, title: str, widths: Sequence[float], *, wide: bool = True) -> "Page":
        """A new sheet with its title, the report's subject and its marks; content from row 5."""
        sheet = self._workbook.add_worksheet(name)
        page = Page(sheet, self._formats, widths)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        page.text(0, 0, title, "title")
        page.text(1, 0, f"{self.report.name} · {self.voice.period(self.report.period)}", "subtitle")
        for column, mark in enumerate(self.voice.marks(self.report)):
            page.text(2, column, mark.upper(), "mark")
        sheet.hide_gridlines(2)
        sheet.set_paper(9)
        sheet.set_margins(left=0.6, right=0.6, top=0.7, bottom=0.7)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&R&P / &N")
        if wide:
            sheet.set_landscape()
        return page

    def chart(self, kind: Mapping[str, str], title: str, series: Mapping[str, Any]) -> Any:
        """A chart of one series in the report's colours."""
        chart = self._workbook.add_chart(dict(kind))
        chart.add_series(dict(series))
        chart.set_title({"name": title, "name_font": {"size": 11, "color": "#4a1512"}})
        chart.set_legend({"none": True})
        return chart

    def close(self) -> bytes:
        """The finished file."""
        self._workbook.close()
        return self._file.getvalue()


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet being written; rows and columns count from 0."""

    sheet: Any
    formats: Mapping[str, Any]
    widths: Sequence[float]
    _lines: dict[int, int] = field(default_factory=dict)

    def text(self, row: int, column: int, text: str, look: str = "text") -> None:
        """A text, whatever it begins with. Its row grows: not every program does that."""
        self.sheet.write_string(row, column, text[:LONGEST_TEXT], self.formats[look])
        if look in _WRAPPED and column < len(self.widths):
            letters = self.widths[column] * _LETTERS_PER_WIDTH
            lines = ceil(len(text) / letters)
            if lines > self._lines.get(row, 1):
                self._lines[row] = lines
                self.sheet.set_row(row, min(lines, _MOST_LINES) * _LINE_HEIGHT)

    def number(self, row: int, column: int, value: float | None, look: str = "count") -> None:
        """A number, or a blank cell."""
        if value is None:
            self.sheet.write_blank(row, column, None, self.formats[look])
        else:
            self.sheet.write_number(row, column, value, self.formats[look])

    def formula(
        self, row: int, column: int, formula: str, value: float | str, look: str = "count"
    ) -> None:
        """A formula of our own, and its value for programs that do not compute."""
        self.sheet.write_formula(row, column, formula, self.formats[look], value)

    def head(self, row: int, texts: Sequence[str]) -> None:
        """The head of a table."""
        for column, text in enumerate(texts):
            self.text(row, column, text, "head")
