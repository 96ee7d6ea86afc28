"""What a registry entry must satisfy beyond its types."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from zoneinfo import available_timezones

from services.intake.domain.events import text_fault

# Letters, marks and symbols that show nothing: with one of them two names look as one.
_SHOWS_NOTHING = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
_NOT_A_ZONE = frozenset({"localtime", "Factory"})  # what this machine happens to say, or nothing


def name_fault(name: str) -> str | None:
    """Names are plain text with single spaces inside, all of it to be seen, and say something."""
    if fault := text_fault(name):
        return fault
    if not name.isprintable() or not _SHOWS_NOTHING.isdisjoint(name):
        return "forbidden_character"
    says_something = any(character.isalnum() for character in name)
    return None if says_something and name == " ".join(name.split()) else "invalid_format"


def timezone_fault(timezone: str | None) -> str | None:
    """An IANA time zone, or none."""
    return None if timezone is None or timezone in _zones() else "unknown_timezone"


def validity_fault(start: date | None, end: date | None) -> str | None:
    """A service does not end before it begins."""
    return "ends_before_it_begins" if start and end and end < start else None


def successor_fault(code: str, successor: str | None) -> str | None:
    """A service does not follow itself."""
    return "not_allowed" if successor == code else None


def heirs(code: str, successors: Mapping[str, str]) -> Iterator[str]:
    """The services that took over from a service, one after the other; a circle ends."""
    seen = {code}
    while (following := successors.get(code)) and following not in seen:
        yield following
        seen.add(following)
        code = following


def closes_a_circle(code: str, successor: str, successors: Mapping[str, str]) -> bool:
    """Whether `code` would, over any number of steps, follow itself."""
    return code == successor or code in heirs(successor, successors)


def is_valid_on(start: date | None, end: date | None, day: date) -> bool:
    """Whether a service is given on a day."""
    return (start is None or start <= day) and (end is None or day <= end)


@cache  # looks at six hundred files
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - _NOT_A_ZONE)
