"""Corrections of feedback, in the stream of the answers that they are about: never a deletion.

Whether an answer counts is a function of the set of these events, not of their order: a correction
is in force once it is proposed and approved (a withdrawal at once) and not lifted.
"""

from typing import Literal

import msgspec

PROPOSED = "id.rancak.correction.proposed.v1"
APPROVED = "id.rancak.correction.approved.v1"
LIFTED = "id.rancak.correction.lifted.v1"
KINDS = frozenset({PROPOSED, APPROVED, LIFTED})

Action = Literal["quarantine", "move", "withdraw"]
# Who asks for a correction is a key, or who gave the answer: nothing more is said of a person.
CITIZEN = "citizen"


class Slice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which answers: all of a service that match every member given.

    `key` is the id of the key that posted them; `since` (inclusive) and `until` (exclusive) are
    RFC 3339 times of the answers; `sequence` is one answer's place in its stream.
    """

    service: str
    place: str | None = None
    series: str | None = None
    key: str | None = None
    since: str | None = None
    until: str | None = None
    sequence: int | None = None


class CorrectionProposed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Take a slice out of the figures, or (`move`) count it for the service `target`.

    `by` is the id of the key that asked for it, or `citizen`: who answered withdraws it.
    """

    id: str
    action: Action
    slice: Slice
    reason: str
    by: str
    target: str | None = None


class CorrectionApproved(msgspec.Struct, frozen=True, kw_only=True):
    """A second person agrees: it is in force now."""

    id: str
    by: str


class CorrectionLifted(msgspec.Struct, frozen=True, kw_only=True):
    """It is in force no longer: the answers count as they were sent."""

    id: str
    by: str
    reason: str
