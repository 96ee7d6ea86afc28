"""Topic `alerts`: what scoring noticed that somebody should act on. Never about a person."""

from typing import Literal

import msgspec

TOPIC = "alerts"
RAISED = "id.rancak.alert.raised.v1"
UPDATED = "id.rancak.alert.updated.v1"
CLEARED = "id.rancak.alert.cleared.v1"

Kind = Literal[
    "application.overdue",
    "complaint.overdue",
    "index.class-drop",
    "element.low",
    "index.fall",
    "deadlines.late-share",
    "integrity.mark",
    "agency.silent",
    "standard.unreviewed",
]
Severity = Literal["notice", "warning", "serious"]
Because = Literal["decided", "in_time", "settled", "moved_on", "recovered"]


class AlertRaised(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A cause has come up. `alert` is the same for all events of one cause.

    `application.overdue`: nobody decided by `due_at` (RFC 3339) about the application that its
    agency calls `reference`. `complaint.overdue`: nobody verified, replied to or settled the
    complaint of that reference in time; `due_at` is the first deadline that was missed. All other
    kinds are about a `scope`: `rule` is the rule's name and version (`class-drop/1`, see
    `GET /v1/rules`), `words` say what was found in Indonesian and English, `figures` are the
    numbers in that sentence as texts, `receipt` is the published figure that shows them.
    """

    alert: str
    kind: Kind
    service: str | None = None
    agency: str | None = None
    place: str | None = None
    reference: str | None = None
    due_at: str | None = None
    scope: str | None = None
    rule: str | None = None
    severity: Severity | None = None
    figures: dict[str, str] = msgspec.field(default_factory=dict)
    receipt: str | None = None
    words: dict[str, str] = msgspec.field(default_factory=dict)


class AlertUpdated(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The cause is worse or better than was told, but not gone: `severity` was `before`."""

    alert: str
    kind: Kind
    service: str | None = None
    agency: str | None = None
    scope: str
    rule: str
    severity: Severity
    before: Severity
    figures: dict[str, str]
    receipt: str | None = None
    words: dict[str, str]


class AlertCleared(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The cause is gone: `decided`, or `in_time` after all, as a fact that came late has shown.

    Of a complaint: `settled`, or `moved_on` to its next deadline. `recovered`: a rule no longer
    finds it; `figures` and `words` say what it finds instead.
    """

    alert: str
    kind: Kind
    service: str | None = None
    agency: str | None = None
    place: str | None = None
    reference: str | None = None
    because: Because
    scope: str | None = None
    rule: str | None = None
    figures: dict[str, str] = msgspec.field(default_factory=dict)
    receipt: str | None = None
    words: dict[str, str] = msgspec.field(default_factory=dict)
