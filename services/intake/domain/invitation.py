"""One-use links: how long they hold, and what is kept of a token."""

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

LIFETIME = timedelta(days=60)
TOKEN_BYTES = 16
# Hexadecimal: messengers and mail programs cut "-" and "_" from the end of an address.
_TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a token opens: one answer about one finished application of a service, not which."""

    service: str
    place: str | None
    expires_on: date
    is_spent: bool


def is_token(text: str) -> bool:
    """Whether this can be a token at all."""
    return _TOKEN.fullmatch(text) is not None


def hash_of(token: str) -> bytes:
    """What is kept of a token (128 random bits need no slow hash)."""
    return hashlib.sha256(token.encode()).digest()


def last_day(now: datetime) -> date:
    """The last day (UTC) of a link that is made now; `now` in UTC."""
    return (now + LIFETIME).date()
