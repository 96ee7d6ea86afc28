"""The ticket in a form: one form makes one event, however often it is sent.

It seals the event's id (a UUID of version 7, so it tells when the form was opened) for one form: a
service, or a one-use link.
"""

import base64
import binascii
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import SecretStr

from shared.sealing import CannotUnseal, Sealer

# Event ids are remembered for 30 days: an older form could be counted a second time.
LIFETIME = timedelta(hours=24)
_RANDOM_BITS = 74
_LONGEST = 200


class TicketRefused(ValueError):
    """Not one of ours, for another form, or too old."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """The id that the answer of a form gets, and when the form was opened."""

    event_id: str
    opened: datetime


class FormTickets:
    """Issues and reads tickets."""

    def __init__(self, secret: SecretStr) -> None:
        self._sealer = Sealer(secret, "form tickets")

    def issue(self, form: str, now: datetime) -> str:
        """A new ticket as the text of a hidden field."""
        sealed = self._sealer.seal(_uuid7(now).bytes, form.encode())
        return base64.urlsafe_b64encode(sealed).decode()

    def read(self, text: str, form: str, now: datetime) -> Ticket:
        """The ticket that came back with a form. Raises TicketRefused."""
        try:
            sealed = base64.urlsafe_b64decode(text[:_LONGEST].encode("ascii"))
            made = UUID(bytes=self._sealer.unseal(sealed, form.encode()))
        except (CannotUnseal, UnicodeEncodeError, binascii.Error, ValueError) as wrong:
            raise TicketRefused("not a ticket of this form") from wrong
        opened = datetime.fromtimestamp((made.int >> 80) / 1000, UTC)
        if now - opened > LIFETIME:
            raise TicketRefused("too old")
        return Ticket(str(made), opened)


def _uuid7(now: datetime) -> UUID:
    milliseconds = int(now.timestamp() * 1000)
    random = secrets.randbits(_RANDOM_BITS)
    high, low = random >> 62, random & (2**62 - 1)
    return UUID(int=milliseconds << 80 | 7 << 76 | high << 64 | 2 << 62 | low)
