"""What an incoming event must satisfy beyond its types (promises.md, "Types")."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta, tzinfo

EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
AHEAD = timedelta(minutes=5)
# Invited and open answers are made by the platform's own forms and links, so that nobody votes for
# himself under another name.
AGENCY_SERIES = frozenset({"agency", "assisted", "imported"})
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)


def latest(now: datetime) -> datetime:
    """The latest time that an event may bear."""
    return now + AHEAD


def time_fault(time: datetime, latest: datetime) -> str | None:
    """Times lie between 2020 and `latest`, compared in UTC."""
    return None if EARLIEST <= time <= latest else "time_out_of_range"


def text_fault(text: str, *, lines: bool = False) -> str | None:
    """NFC, without control, bidi and surrogate characters; a newline only where `lines`."""
    if text.isascii() and text.isprintable():
        return None
    checked = text.replace("\n", "").replace("\r", "") if lines else text
    if _FORBIDDEN.search(checked):
        return "forbidden_character"
    if not unicodedata.is_normalized("NFC", text):
        return "not_nfc"
    return None


def local_day(time: datetime, zone: tzinfo) -> str:
    """The calendar day at the place where the service was given, as ISO text."""
    return time.astimezone(zone).date().isoformat()
