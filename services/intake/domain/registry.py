"""What a registry entry must satisfy beyond its types."""

import unicodedata
from datetime import date
from zoneinfo import available_timezones

from services.intake.domain.events import text_fault

_INVISIBLE = frozenset({"Cf", "Co"})  # format characters and private use: two names look as one
_NOT_A_ZONE = frozenset({"localtime", "Factory"})  # what this machine happens to say, or nothing


def name_fault(name: str) -> str | None:
    """Names are plain text that begins and ends with something to see, and says something."""
    if fault := text_fault(name):
        return fault
    if any(unicodedata.category(character) in _INVISIBLE for character in name):
        return "forbidden_character"
    says_something = any(character.isalnum() for character in name)
    return None if says_something and name == name.strip() else "invalid_format"


def timezone_fault(timezone: str | None) -> str | None:
    """An IANA time zone, or none."""
    if timezone is None or timezone in available_timezones() - _NOT_A_ZONE:
        return None
    return "unknown_timezone"


def validity_fault(start: date | None, end: date | None) -> str | None:
    """A service does not end before it begins."""
    return "ends_before_it_begins" if start and end and end < start else None


def successor_fault(code: str, successor: str | None) -> str | None:
    """A service does not follow itself."""
    return "not_allowed" if successor == code else None
