"""What a registry entry must satisfy beyond its types."""

from datetime import date
from zoneinfo import available_timezones

from services.intake.domain.events import text_fault


def name_fault(name: str) -> str | None:
    """Names are plain text that begins and ends with something to see."""
    return "invalid_format" if name != name.strip() else text_fault(name)


def timezone_fault(timezone: str | None) -> str | None:
    """An IANA time zone, or none."""
    return None if timezone is None or timezone in available_timezones() else "unknown_timezone"


def validity_fault(start: date | None, end: date | None) -> str | None:
    """A service does not end before it begins."""
    return "ends_before_it_begins" if start and end and end < start else None
