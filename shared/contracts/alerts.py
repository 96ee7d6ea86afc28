"""Topic `alerts`: what scoring noticed that somebody should act on. Never about a person."""

from typing import Literal

import msgspec

TOPIC = "alerts"
RAISED = "id.rancak.alert.raised.v1"
CLEARED = "id.rancak.alert.cleared.v1"

Kind = Literal["application.overdue", "complaint.overdue"]
Because = Literal["decided", "in_time", "settled", "moved_on"]


class AlertRaised(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A cause has come up. `alert` is the same for all events of one cause.

    `application.overdue`: nobody decided by `due_at` (RFC 3339) about the application that its
    agency calls `reference`. `complaint.overdue`: nobody verified, replied to or settled the
    complaint of that reference in time; `due_at` is the first deadline that was missed.
    """

    alert: str
    kind: Kind
    service: str
    agency: str
    place: str | None = None
    reference: str
    due_at: str


class AlertCleared(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The cause is gone: `decided`, or `in_time` after all, as a fact that came late has shown.

    Of a complaint: `settled`, or `moved_on` to its next deadline.
    """

    alert: str
    kind: Kind
    service: str
    agency: str
    place: str | None = None
    reference: str
    because: Because
