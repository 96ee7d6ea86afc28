"""Accept events: check them against the registry, make them ready for the log.

`check` is called before a request waits for the group commit, so a refusal costs no transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET

from services.intake.domain.events import (
    AGENCY_SERIES,
    latest,
    local_day,
    text_fault,
    time_fault,
)
from services.intake.store.registry_snapshot import Snapshot
from shared.auth import Principal
from shared.contracts import feedback
from shared.contracts.cloudevent import extended
from shared.log.idempotency import Key, body_hash, event_key
from shared.streams import partition_of

_ENCODER = msgspec.json.Encoder()


class Refusal(msgspec.Struct, frozen=True):
    """Why an event is not accepted: where (JSON pointer) and which."""

    pointer: str
    code: str


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """An event that may be stored: exact bytes for the log, and what idempotency needs."""

    event_id: str
    key: Key
    body_hash: bytes
    stream: str
    body: bytes
    comment: str | None
    service: str
    key_id: str | None


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What became of a candidate: `accepted`, `duplicate`, or `conflict`, `revoked`: not stored."""

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


PLATFORM_FORM = Sender(agency=None, key_id=None, series=frozenset({"open"}))


class Checker:
    """Checks events of one sender against one snapshot of the registry."""

    def __init__(
        self,
        snapshot: Snapshot,
        sender: Sender,
        now: datetime,
        correlation: str,
        partitions: int,
    ) -> None:
        self.snapshot = snapshot
        self.sender = sender
        self._latest = latest(now)
        self._correlation = correlation
        self._partitions = partitions
        self._ends: dict[str, bytes] = {}

    def check(self, event: feedback.INCOMING) -> Candidate | Refusal:
        """The event ready for the log, or why not."""
        agency = event.source.removeprefix("/agencies/")
        if not event.source.startswith("/agencies/") or agency not in self.snapshot.agencies:
            return Refusal("/source", "unknown_source")
        if self.sender.agency is not None and agency != self.sender.agency:
            return Refusal("/source", "foreign_source")
        if fault := text_fault(event.id):
            return Refusal("/id", fault)
        if fault := time_fault(event.time, self._latest):
            return Refusal("/time", fault)
        return self._check_data(event, agency)

    def _check_data(self, event: feedback.INCOMING, agency: str) -> Candidate | Refusal:
        data = event.data
        zone = self.snapshot.agencies[agency]
        if data.place is not UNSET:
            place_zone = self.snapshot.places.get(data.place)
            if place_zone is None:
                return Refusal("/data/place", "unknown_place")
            zone = place_zone
        day = local_day(event.time, zone)
        if refusal := _service_refusal(self.snapshot, data.service, agency, day):
            return refusal
        if data.series not in self.sender.series:
            return Refusal("/data/series", "not_allowed")
        if data.answers == _NO_ANSWERS:
            return Refusal("/data/answers", "no_answers")
        comment = None if data.comment is UNSET else data.comment
        if comment is not None and (fault := text_fault(comment, lines=True)):
            return Refusal("/data/comment", fault)
        return self._candidate(event, agency, day, comment)

    def _candidate(
        self, event: feedback.INCOMING, agency: str, day: str, comment: str | None
    ) -> Candidate:
        body = _ENCODER.encode(event)
        digest = body_hash(body)
        if comment is not None:  # sealed apart: the log can then stay for ever
            silent = msgspec.structs.replace(event.data, comment=UNSET)
            body = _ENCODER.encode(msgspec.structs.replace(event, data=silent))
        return Candidate(
            event_id=event.id,
            key=(agency, event_key(event.id)),
            body_hash=digest,
            stream=f"{feedback.TOPIC}.{partition_of(agency, self._partitions)}",
            body=body[:-1] + self._end(day),
            comment=comment,
            service=event.data.service,
            key_id=self.sender.key_id,
        )

    def _end(self, day: str) -> bytes:
        """The members that intake adds, as the end of the event's JSON text."""
        end = self._ends.get(day)
        if end is None:
            end = extended(b"{}", day=day, correlationid=self._correlation)[1:]
            self._ends[day] = end
        return end


_NO_ANSWERS = feedback.Answers()


def _service_refusal(snapshot: Snapshot, service: str, agency: str, day: str) -> Refusal | None:
    validity = snapshot.services.get(service)
    if validity is None or service.partition(".")[0] != agency:
        return Refusal("/data/service", "unknown_service")
    start, end = validity
    if (start, end) != (None, None) and not _valid_on(start, end, date.fromisoformat(day)):
        return Refusal("/data/service", "service_not_valid_then")
    return None


def _valid_on(start: date | None, end: date | None, day: date) -> bool:
    return (start is None or start <= day) and (end is None or day <= end)


def still_allowed(snapshot: Snapshot, candidate: Candidate) -> bool:
    """Whether a candidate that was checked earlier holds against a newer registry."""
    return candidate.service in snapshot.services and (
        candidate.key_id is None or candidate.key_id in snapshot.keys
    )


def zone_of(snapshot: Snapshot, agency: str, place: str | None) -> ZoneInfo | None:
    """The time zone in which an agency's answers at a place have their day."""
    return snapshot.places.get(place) if place else snapshot.agencies.get(agency)


def by_stream(candidates: Sequence[Candidate]) -> Mapping[str, list[bytes]]:
    """The bodies to append, by stream, in the given order."""
    events: dict[str, list[bytes]] = {}
    for candidate in candidates:
        events.setdefault(candidate.stream, []).append(candidate.body)
    return events
