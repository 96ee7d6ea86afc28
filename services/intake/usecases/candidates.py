"""Candidates: events that were checked and wait for their commit, and what becomes of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import msgspec

from services.intake.domain.events import AGENCY_SERIES
from services.intake.store.registry_snapshot import Snapshot
from shared.auth import Principal
from shared.log.idempotency import Key


class Refusal(msgspec.Struct, frozen=True):
    """Why an event is not accepted: where (JSON pointer) and which."""

    pointer: str
    code: str


class Promise(msgspec.Struct, frozen=True, gc=False):
    """Who answers gets a code: its hash, and until when it holds."""

    hash: bytes
    expires_at: datetime


class Finished(msgspec.Struct, frozen=True, gc=False):
    """An event ends an application: whoever applied is asked once, until `expires_on` (UTC)."""

    service: str
    reference: str
    place: str | None
    expires_on: date


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """An event that may be stored: exact bytes for the log, and what idempotency needs.

    `invitation` is the hash of the token that an answer spends.
    """

    event_id: str
    key: Key
    body_hash: bytes
    stream: str
    body: bytes
    comment: str | None
    service: str | None
    key_id: str | None
    promise: Promise | None = None
    finished: Finished | None = None
    invitation: bytes | None = None


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What became of a candidate: `accepted`, `duplicate`; not stored: `conflict`, `revoked`,
    `spent` (another answer came with the same token)."""

    status: str
    stream: str = ""
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Sender:
    """On whose behalf events come in. `series` are those that this way of entry may send."""

    agency: str | None
    key_id: str | None
    series: frozenset[str]


def sender_of(principal: Principal) -> Sender:
    """An agency's key. An admin's key may send for every agency, but the same series only."""
    return Sender(principal.agency, principal.key_id, AGENCY_SERIES)


PLATFORM_FORM = Sender(agency=None, key_id=None, series=frozenset({"open", "invited"}))


def still_allowed(snapshot: Snapshot, candidate: Candidate) -> bool:
    """Whether a candidate that was checked earlier holds against a newer registry."""
    return (candidate.service is None or candidate.service in snapshot.services) and (
        candidate.key_id is None or candidate.key_id in snapshot.keys
    )


def by_stream(candidates: Sequence[Candidate]) -> Mapping[str, list[bytes]]:
    """The bodies to append, by stream, in the given order."""
    events: dict[str, list[bytes]] = {}
    for candidate in candidates:
        events.setdefault(candidate.stream, []).append(candidate.body)
    return events
