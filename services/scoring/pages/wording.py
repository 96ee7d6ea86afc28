"""What codes, classes and periods are called on pages, in both languages."""

from collections.abc import Mapping
from datetime import date

from services.scoring.domain import ikm
from services.scoring.domain.elements import ELEMENTS
from services.scoring.domain.period import Grain, Period
from shared.web.language import Language, month

Words = tuple[str, str]

ELEMENT_NAMES: Mapping[str, Words] = {
    element.code: (element.indonesian, element.english) for element in ELEMENTS
}
SERIES_NAMES: Mapping[str, Words] = {
    "invited": ("Undangan setelah selesai dilayani", "Invited after the service"),
    "open": ("Formulir terbuka (QR, web)", "Open form (QR, web)"),
    "assisted": ("Dibantu petugas", "Assisted by staff"),
    "agency": ("Dikirim sistem instansi", "Sent by the agency's system"),
    "imported": ("Diimpor dari survei lama", "Imported from earlier surveys"),
    "*": (
        "Dari beberapa asal (terlalu sedikit untuk dirinci)",
        "Of several sources (too few to tell apart)",
    ),
}
_ROMAN = ("I", "II", "III", "IV")


def class_names(day: date) -> Mapping[str, Words]:
    """The classes of the rules in force on a day, in words."""
    return {band.letter: (band.indonesian, band.english) for band in ikm.rules_on(day).bands}


def period_name(period: Period, language: Language) -> str:
    """A period as people say it: Triwulan III 2026."""
    year, first = period.first.year, period.first
    if period.grain is Grain.YEAR:
        return f"{'Tahun' if language == 'id' else 'Year'} {year}"
    if period.grain is Grain.DAY:
        return f"{first.day} {month(first.month, language)} {year}"
    months = period.last.month - first.month + 1
    if months == 1:
        return f"{month(first.month, language)} {year}"
    indonesian, english = ("Triwulan", "Quarter") if months == 3 else ("Semester", "Semester")
    number = _ROMAN[(first.month - 1) // months]
    return f"{indonesian if language == 'id' else english} {number} {year}"
