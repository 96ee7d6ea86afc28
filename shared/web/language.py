"""Indonesian first, English on request (`?bahasa=en`), and how each writes numbers and times."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Literal

from fastapi import Request

Language = Literal["id", "en"]
PARAMETER = "bahasa"
_MONTHS: dict[Language, tuple[str, ...]] = {
    "id": (
        *("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli"),
        *("Agustus", "September", "Oktober", "November", "Desember"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June", "July"),
        *("August", "September", "October", "November", "December"),
    ),
}
_ZONES = {7: "WIB", 8: "WITA", 9: "WIT"}


def language_of(request: Request) -> Language:
    """The language that the address asks for."""
    return "en" if request.query_params.get(PARAMETER) == "en" else "id"


def chooser(language: Language) -> Callable[[str, str], str]:
    """`t("Kirim", "Send")`: the one of two texts that is in the page's language."""
    return (lambda _, english: english) if language == "en" else (lambda indonesian, _: indonesian)


def decimal(value: str, language: Language) -> str:
    """ "97.12" as people write it: 97,12 in Indonesian."""
    return value if language == "en" else value.replace(".", ",")


def count(value: int, language: Language) -> str:
    """1994 as people write it: 1.994 in Indonesian."""
    grouped = f"{value:,}"
    return grouped if language == "en" else grouped.replace(",", ".")


def moment(value: str, language: Language) -> str:
    """An ISO time with offset, with its Indonesian zone: 14 September 2026, 10.21.05 WIB."""
    at = datetime.fromisoformat(value)
    separator = ":" if language == "en" else "."
    clock = at.strftime(f"%H{separator}%M{separator}%S")
    return f"{day(at, language)}, {clock} {_zone(at)}"


def day(value: date, language: Language) -> str:
    """A calendar day: 14 September 2026."""
    return f"{value.day} {month(value.month, language)} {value.year}"


def month(number: int, language: Language) -> str:
    """The name of a month, 1 to 12."""
    return _MONTHS[language][number - 1]


def _zone(at: datetime) -> str:
    offset = at.utcoffset() or timedelta()
    hours, rest = divmod(offset, timedelta(hours=1))
    return _ZONES.get(hours, f"UTC{hours:+d}") if not rest else at.strftime("%z")
