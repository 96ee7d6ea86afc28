"""Accept events: check them against the registry, make them ready for the log.

`check` is called before a request waits for the group commit, so a refusal costs no transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET

from services.intake.domain.applications import reference_fault
from services.intake.domain.events import (
    AGENCY_SERIES,
    latest,
    local_day,
    text_fault,
    time_fault,
)
from services.intake.store.registry_snapshot import Snapshot
from shared.auth import Principal
from shared.contracts import applications, complaints, feedback
from shared.contracts.catalogue import INCOMING
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
        self._sources: dict[str, _Source | Refusal] = {}
        self._ends: dict[date, bytes] = {}

    def check(self, event: INCOMING) -> Candidate | Refusal:
        """The event ready for the log, or why not."""
        source = self._sources.get(event.source) or self._learn_source(event.source)
        if isinstance(source, Refusal):
            return source
        if fault := self._envelope_fault(event):
            return fault
        if isinstance(event, feedback.FeedbackSubmittedEvent):
            return self._check_answer(event, source)
        if isinstance(event, complaints.INCOMING):
            return self._check_complaint(event, source)
        return self._check_application(event, source)

    def _envelope_fault(self, event: INCOMING) -> Refusal | None:
        if fault := text_fault(event.id):
            return Refusal("/id", fault)
        if event.subject is not UNSET and (fault := text_fault(event.subject)):
            return Refusal("/subject", fault)
        if event.traceparent is not UNSET and (fault := text_fault(event.traceparent)):
            return Refusal("/traceparent", fault)
        if fault := time_fault(event.time, self._latest):
            return Refusal("/time", fault)
        return None

    def _learn_source(self, source: str) -> "_Source | Refusal":
        """A batch has one source as a rule: what holds for it is looked up once."""
        agency = source.removeprefix("/agencies/")
        found: _Source | Refusal
        if not source.startswith("/agencies/") or agency not in self.snapshot.agencies:
            found = Refusal("/source", "unknown_source")
        elif self.sender.agency is not None and agency != self.sender.agency:
            found = Refusal("/source", "foreign_source")
        else:
            found = _Source(
                agency,
                f"{agency}.",
                self.snapshot.agencies[agency],
                self._stream_of(feedback.TOPIC, agency),
            )
        self._sources[source] = found
        return found

    def _stream_of(self, topic: str, agency: str) -> str:
        return f"{topic}.{partition_of(agency, self._partitions)}"

    def _check_answer(
        self, event: feedback.FeedbackSubmittedEvent, source: "_Source"
    ) -> Candidate | Refusal:
        data = event.data
        zone = source.zone
        if data.place is not UNSET:
            place_zone = self.snapshot.places.get(data.place)
            if place_zone is None:
                return Refusal("/data/place", "unknown_place")
            zone = place_zone
        day = local_day(event.time, zone)
        validity = self.snapshot.services.get(data.service)
        if validity is None or not data.service.startswith(source.services):
            return Refusal("/data/service", "unknown_service")
        if validity != _ALWAYS and not _valid_on(*validity, day):
            return Refusal("/data/service", "service_not_valid_then")
        if fault := self._content_fault(data):
            return fault
        body = _ENCODER.encode(event)
        if data.comment is UNSET:
            return self._candidate(event, source, source.stream, day, body)
        kept = _without(event, "comment")
        return self._candidate(event, source, source.stream, day, body, kept, data.comment)

    def _content_fault(self, data: feedback.FeedbackSubmitted) -> Refusal | None:
        if data.series not in self.sender.series:
            return Refusal("/data/series", "not_allowed")
        if data.answers == _NO_ANSWERS:
            return Refusal("/data/answers", "no_answers")
        if data.comment is not UNSET and (fault := text_fault(data.comment, lines=True)):
            return Refusal("/data/comment", fault)
        return None

    def _check_complaint(
        self, event: complaints.INCOMING, source: "_Source"
    ) -> Candidate | Refusal:
        data = event.data
        # People complain about a service after it has ended, too: its validity is not asked.
        if data.service not in self.snapshot.services or not data.service.startswith(
            source.services
        ):
            return Refusal("/data/service", "unknown_service")
        if fault := self._complaint_fault(event):
            return fault
        zone = zone_of(self.snapshot, source.agency, data.place or None)
        if zone is None:
            return Refusal("/data/place", "unknown_place")
        day, body = local_day(event.time, zone), _ENCODER.encode(event)
        text = _text_of(event)
        kept = None if text is None else _without(event, "text")
        return self._candidate(event, source, source.stream, day, body, kept, text)

    def _complaint_fault(self, event: complaints.INCOMING) -> Refusal | None:
        if personal := reference_fault(event.data.reference):
            return Refusal("/data/reference", personal)
        if isinstance(event, complaints.ForwardedEvent):
            is_known = event.data.agency in self.snapshot.agencies
            return None if is_known else Refusal("/data/agency", "unknown_agency")
        text = _text_of(event)
        fault = None if text is None else text_fault(text, lines=True)
        return Refusal("/data/text", fault) if fault else None

    def _check_application(
        self, event: applications.INCOMING, source: "_Source"
    ) -> Candidate | Refusal:
        data = event.data
        validity = self.snapshot.services.get(data.service)
        if validity is None:
            return Refusal("/data/service", "unknown_service")
        if personal := reference_fault(data.reference):
            return Refusal("/data/reference", personal)
        if fault := self._stage_fault(event, source):
            return fault
        owner = data.service.partition(".")[0]
        zone = zone_of(self.snapshot, owner, data.place or None)
        if zone is None:
            return Refusal("/data/place", "unknown_place")
        day = local_day(event.time, zone)
        # What was handed in in time is carried on after its service has ended.
        is_new = isinstance(event, applications.SubmittedEvent)
        if is_new and not _valid_on(*validity, day):
            return Refusal("/data/service", "service_not_valid_then")
        # One application lies in one stream, whichever agencies tell of it.
        stream = self._stream_of(applications.TOPIC, owner)
        return self._candidate(event, source, stream, day, _ENCODER.encode(event))

    def _stage_fault(self, event: applications.INCOMING, source: "_Source") -> Refusal | None:
        """An agency tells of its own services, and of its own stages in services of others."""
        is_owner = event.data.service.startswith(source.services)
        if not isinstance(event, applications.OfStage):
            return None if is_owner else Refusal("/data/service", "unknown_service")
        agency = event.data.agency
        if agency is not UNSET and agency not in self.snapshot.agencies:
            return Refusal("/data/agency", "unknown_agency")
        if not is_owner and agency != source.agency:
            return Refusal("/data/agency", "foreign_stage")
        return None

    def _candidate(
        self,
        event: INCOMING,
        source: "_Source",
        stream: str,
        day: date,
        body: bytes,
        kept: bytes | None = None,
        comment: str | None = None,
    ) -> Candidate:
        """`kept` is what the log gets where that is not all of the body."""
        return Candidate(
            event_id=event.id,
            key=(source.agency, event_key(event.id)),
            body_hash=body_hash(body),
            stream=stream,
            body=(kept or body)[:-1] + (self._ends.get(day) or self._learn_end(day)),
            comment=comment,
            service=event.data.service,
            key_id=self.sender.key_id,
        )

    def _learn_end(self, day: date) -> bytes:
        """The members that intake adds, as the end of the event's JSON text."""
        attributes = {"day": day.isoformat(), "correlationid": self._correlation}
        if self.sender.key_id is not None:
            attributes["key"] = self.sender.key_id
        end = extended(b"{}", **attributes)[1:]
        self._ends[day] = end
        return end


class _Source(msgspec.Struct, frozen=True, gc=False):
    """An agency that may send: how its services begin, its zone, the stream of its events."""

    agency: str
    services: str
    zone: ZoneInfo
    stream: str


_NO_ANSWERS = feedback.Answers()
_ALWAYS = (None, None)


def _text_of(event: complaints.INCOMING) -> str | None:
    return (event.data.text or None) if isinstance(event, complaints.WithText) else None


def _without(event: INCOMING, free_text: str) -> bytes:
    """The event for the log: its free text is sealed apart, so that the log can stay for ever."""
    data = msgspec.structs.replace(event.data, **{free_text: UNSET})
    return _ENCODER.encode(msgspec.structs.replace(event, data=data))


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
