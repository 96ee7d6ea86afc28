"""Accept events: check them against the registry, make them ready for the log.

`check` is called before a request waits for the group commit, so a refusal costs no transaction.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET

from services.intake.domain.events import (
    latest,
    local_day,
    text_fault,
    time_fault,
)
from services.intake.domain.invitation import last_day
from services.intake.domain.questionnaire import Questionnaire
from services.intake.store.registry_snapshot import Snapshot
from services.intake.usecases import (
    accept_aggregate,
    accept_answer,
    accept_application,
    accept_complaint,
)
from services.intake.usecases.candidates import Candidate, Finished, Refusal, Sender
from shared.contracts import applications, complaints, feedback
from shared.contracts.catalogue import INCOMING
from shared.contracts.cloudevent import extended
from shared.log.idempotency import body_hash, event_key
from shared.streams import partition_of

_ENCODER = msgspec.json.Encoder()


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
        self._now = now
        self._latest = latest(now)
        self._correlation = correlation
        self._partitions = partitions
        self._sources: dict[str, _Source | Refusal] = {}
        self._ends: dict[tuple[date, str | None], bytes] = {}

    def check(self, event: INCOMING) -> Candidate | Refusal:
        """The event ready for the log, or why not."""
        source = self._sources.get(event.source) or self._learn_source(event.source)
        if isinstance(source, Refusal):
            return source
        if fault := self._envelope_fault(event):
            return fault
        if isinstance(event, feedback.FeedbackSubmittedEvent):
            return self._check_answer(event, source)
        if isinstance(event, feedback.FeedbackAggregatedEvent):
            return self._check_aggregate(event, source)
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
                self.snapshot.questionnaires.get(agency, ()),
            )
        self._sources[source] = found
        return found

    def _stream_of(self, topic: str, agency: str) -> str:
        return f"{topic}.{partition_of(agency, self._partitions)}"

    def _check_answer(
        self, event: feedback.FeedbackSubmittedEvent, source: "_Source"
    ) -> Candidate | Refusal:
        data, day = event.data, self._answered_on(event, source)
        if isinstance(day, Refusal):
            return day
        if fault := self._content_fault(data):
            return fault
        asked = accept_answer.asked_of(data, source.forms, day)
        if isinstance(asked, tuple):
            return Refusal(*asked)
        body = _ENCODER.encode(event)
        if data.comment is UNSET:
            return self._candidate(event, source, day, body, asked=asked)
        kept = _without(event, "comment")
        return self._candidate(
            event, source, day, body, asked=asked, kept=kept, comment=data.comment
        )

    def _answered_on(
        self, event: feedback.FeedbackSubmittedEvent, source: "_Source"
    ) -> date | Refusal:
        """The local day on which an answer counts."""
        data, zone = event.data, source.zone
        if data.place is not UNSET:
            place_zone = self.snapshot.places.get(data.place)
            if place_zone is None:
                return Refusal("/data/place", "unknown_place")
            zone = place_zone
        day = local_day(event.time, zone)
        validity = self.snapshot.services.get(data.service)
        if validity is None or not data.service.startswith(source.services):
            return Refusal("/data/service", "unknown_service")
        # Whoever was invited has received it, though it may have ended since.
        is_invited = data.series == "invited"
        if validity != _ALWAYS and not is_invited and not _valid_on(*validity, day):
            return Refusal("/data/service", "service_not_valid_then")
        return day

    def _content_fault(self, data: feedback.FeedbackSubmitted) -> Refusal | None:
        if data.series not in self.sender.series:
            return Refusal("/data/series", "not_allowed")
        if data.answers == _NO_ANSWERS:
            return Refusal("/data/answers", "no_answers")
        if data.comment is not UNSET and (fault := text_fault(data.comment, lines=True)):
            return Refusal("/data/comment", fault)
        return None

    def _check_aggregate(
        self, event: feedback.FeedbackAggregatedEvent, source: "_Source"
    ) -> Candidate | Refusal:
        today = local_day(self._now, source.zone)
        services = self.snapshot.services
        if fault := accept_aggregate.fault_of(event.data, source.agency, services, today):
            return Refusal(*fault)
        day = local_day(event.time, source.zone)
        candidate = self._candidate(event, source, day, _ENCODER.encode(event))
        received = self._now.isoformat(timespec="milliseconds")
        return msgspec.structs.replace(candidate, body=extended(candidate.body, received=received))

    def _check_complaint(
        self, event: complaints.INCOMING, source: "_Source"
    ) -> Candidate | Refusal:
        if fault := accept_complaint.fault_of(event, source.agency, self.snapshot):
            return Refusal(*fault)
        zone = zone_of(self.snapshot, source.agency, event.data.place or None)
        if zone is None:
            return Refusal("/data/place", "unknown_place")
        day, body = local_day(event.time, zone), _ENCODER.encode(event)
        text = accept_complaint.text_of(event)
        kept = None if text is None else _without(event, "text")
        return self._candidate(event, source, day, body, kept=kept, comment=text)

    def _check_application(
        self, event: applications.INCOMING, source: "_Source"
    ) -> Candidate | Refusal:
        data = event.data
        if fault := accept_application.fault_of(event, source.agency, self.snapshot):
            return Refusal(*fault)
        owner = accept_application.owner_of(event)
        zone = zone_of(self.snapshot, owner, data.place or None)
        if zone is None:
            return Refusal("/data/place", "unknown_place")
        day = local_day(event.time, zone)
        # What was handed in in time is carried on after its service has ended.
        is_new = isinstance(event, applications.SubmittedEvent)
        if is_new and not _valid_on(*self.snapshot.services[data.service], day):
            return Refusal("/data/service", "service_not_valid_then")
        stream = self._stream_of(applications.TOPIC, owner)
        candidate = self._candidate(event, source, day, _ENCODER.encode(event), stream=stream)
        return self._finishing(candidate, data) if isinstance(event, _FINISHING) else candidate

    def _finishing(self, candidate: Candidate, data: applications.OfApplication) -> Candidate:
        place, ends = data.place or None, last_day(self._now)
        finished = Finished(data.service, data.reference, place, ends)
        return msgspec.structs.replace(candidate, finished=finished)

    def _candidate(
        self,
        event: INCOMING,
        source: "_Source",
        day: date,
        body: bytes,
        *,
        stream: str | None = None,
        asked: str | None = None,
        kept: bytes | None = None,
        comment: str | None = None,
    ) -> Candidate:
        """`asked`: the questionnaire in force, where it is the agency's to know and not said.
        `kept` is what the log gets where that is not all of the body; without a `stream`, that
        of the agency's feedback."""
        end = self._ends.get((day, asked)) or self._learn_end(day, asked)
        return Candidate(
            event_id=event.id,
            key=(source.agency, event_key(event.id)),
            body_hash=body_hash(body),
            stream=stream or source.stream,
            body=(kept or body)[:-1] + end,
            comment=comment,
            service=_service_of(event),
            key_id=self.sender.key_id,
        )

    def _learn_end(self, day: date, asked: str | None) -> bytes:
        """The members that intake adds, as the end of the event's JSON text."""
        attributes = {"day": day.isoformat(), "correlationid": self._correlation}
        if self.sender.key_id is not None:
            attributes["key"] = self.sender.key_id
        if asked is not None:
            attributes["questionnaire"] = asked
        end = extended(b"{}", **attributes)[1:]
        self._ends[day, asked] = end
        return end


class _Source(msgspec.Struct, frozen=True, gc=False):
    """An agency that may send: how its services begin, its zone, the stream of its events, and
    the questionnaires that hold there if it has its own."""

    agency: str
    services: str
    zone: ZoneInfo
    stream: str
    forms: tuple[Questionnaire, ...]


_NO_ANSWERS = feedback.Answers()
_ALWAYS = (None, None)
_FINISHING = (applications.IssuedEvent, applications.RejectedEvent)


def _service_of(event: INCOMING) -> str | None:
    """The service that an event is about; None for an agency as a whole."""
    if isinstance(event, feedback.FeedbackAggregatedEvent):
        return accept_aggregate.service_of(event.data)
    return event.data.service


def _without(event: INCOMING, free_text: str) -> bytes:
    """The event for the log: its free text is sealed apart, so that the log can stay for ever."""
    data = msgspec.structs.replace(event.data, **{free_text: UNSET})
    return _ENCODER.encode(msgspec.structs.replace(event, data=data))


def _valid_on(start: date | None, end: date | None, day: date) -> bool:
    return (start is None or start <= day) and (end is None or day <= end)


def zone_of(snapshot: Snapshot, agency: str, place: str | None) -> ZoneInfo | None:
    """The time zone in which an agency's answers at a place have their day."""
    return snapshot.places.get(place) if place else snapshot.agencies.get(agency)
