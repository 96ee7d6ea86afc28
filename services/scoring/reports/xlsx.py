"""The report as a workbook that computes itself, like the official worksheet."""

from services.scoring.domain.report import Report
from services.scoring.reports import xlsx_index, xlsx_lists
from services.scoring.reports.voice import Voice
from services.scoring.reports.xlsx_book import Book
from shared.web.language import Language


def report_xlsx(report: Report, language: Language = "id") -> bytes:
    """The workbook: notes, data, worksheet, respondents, units, trend, follow-up plan."""
    book = Book(report, Voice(language))
    xlsx_lists.write_notes(book)
    xlsx_index.write_index(book)
    xlsx_index.write_data(book)
    xlsx_lists.write_respondents(book)
    xlsx_lists.write_units(book)
    xlsx_lists.write_trend(book)
    xlsx_lists.write_follow_up(book)
    return book.close()
