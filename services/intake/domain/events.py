"""What an incoming event must satisfy beyond its types (promises.md, "Types")."""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, tzinfo

EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
AHEAD = timedelta(minutes=5)
# Invited and open answers are made by the platform's own forms and links, so that nobody votes for
# himself under another name.
AGENCY_SERIES = frozenset({"agency", "assisted", "imported"})
# U+FFFE, U+FFFF and the like: CloudEvents forbids them, and XML (feeds, XLSX) cannot hold them.
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF)
)
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff"
    f"{_NONCHARACTERS}]"
)


def latest(now: datetime) -> datetime:
    """The latest time that an event may bear."""
    return now + AHEAD


def time_fault(time: datetime, latest: datetime) -> str | None:
    """Times lie between 2020 and `latest` (in UTC), compared in UTC."""
    # The year first: what lies at the end of the calendar cannot be converted. Both in UTC compare
    # three times as fast.
    if not EARLIEST.year - 1 <= time.year <= latest.year + 1:
        return "time_out_of_range"
    return None if EARLIEST <= time.astimezone(UTC) <= latest else "time_out_of_range"


def text_fault(text: str, *, lines: bool = False) -> str | None:
    """NFC, without control, bidi, surrogate and non-characters; a newline only where `lines`."""
    if text.isascii() and text.isprintable():
        return None
    checked = text.replace("\n", "").replace("\r", "") if lines else text
    if _FORBIDDEN.search(checked):
        return "forbidden_character"
    if not unicodedata.is_normalized("NFC", text):
        return "not_nfc"
    return None


def local_day(time: datetime, zone: tzinfo) -> date:
    """The calendar day at the place where the service was given."""
    return time.astimezone(zone).date()
