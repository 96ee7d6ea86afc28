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
from services.intake.domain.questionnaire import (
    QUESTIONNAIRES,
    Questionnaire,
    questionnaire_on,
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
        self._sources: dict[str, _Source | Refusal] = {}
        self._ends: dict[tuple[date, str | None], bytes] = {}

    def check(self, event: feedback.INCOMING) -> Candidate | Refusal:
        """The event ready for the log, or why not."""
        source = self._sources.get(event.source) or self._learn_source(event.source)
        if isinstance(source, Refusal):
            return source
        if fault := text_fault(event.id):
            return Refusal("/id", fault)
        if event.subject is not UNSET and (fault := text_fault(event.subject)):
            return Refusal("/subject", fault)
        if event.traceparent is not UNSET and (fault := text_fault(event.traceparent)):
            return Refusal("/traceparent", fault)
        if fault := time_fault(event.time, self._latest):
            return Refusal("/time", fault)
        return self._check_data(event, source)

    def _learn_source(self, source: str) -> "_Source | Refusal":
        """A batch has one source as a rule: what holds for it is looked up once."""
        agency = source.removeprefix("/agencies/")
        found: _Source | Refusal
        if not source.startswith("/agencies/") or agency not in self.snapshot.agencies:
            found = Refusal("/source", "unknown_source")
        elif self.sender.agency is not None and agency != self.sender.agency:
            found = Refusal("/source", "foreign_source")
        else:
            stream = f"{feedback.TOPIC}.{partition_of(agency, self._partitions)}"
            forms = self.snapshot.questionnaires.get(agency, ())
            found = _Source(agency, f"{agency}.", self.snapshot.agencies[agency], stream, forms)
        self._sources[source] = found
        return found

    def _check_data(self, event: feedback.INCOMING, source: "_Source") -> Candidate | Refusal:
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
        asked: str | None = None
        if source.forms or data.questionnaire is not UNSET or data.extra is not UNSET:
            form = _form_of(data, source.forms or QUESTIONNAIRES, day)
            if isinstance(form, Refusal):
                return form
            if source.forms and data.questionnaire is UNSET:
                asked = form.version
        return self._candidate(event, source, day, asked)

    def _content_fault(self, data: feedback.FeedbackSubmitted) -> Refusal | None:
        if data.series not in self.sender.series:
            return Refusal("/data/series", "not_allowed")
        if data.answers == _NO_ANSWERS:
            return Refusal("/data/answers", "no_answers")
        if data.comment is not UNSET and (fault := text_fault(data.comment, lines=True)):
            return Refusal("/data/comment", fault)
        return None

    def _candidate(
        self, event: feedback.INCOMING, source: "_Source", day: date, asked: str | None
    ) -> Candidate:
        """`asked`: the questionnaire in force, where it is the agency's to know and not said."""
        body = _ENCODER.encode(event)
        digest = body_hash(body)
        comment = None if event.data.comment is UNSET else event.data.comment
        if comment is not None:  # sealed apart: the log can then stay for ever
            silent = msgspec.structs.replace(event.data, comment=UNSET)
            body = _ENCODER.encode(msgspec.structs.replace(event, data=silent))
        return Candidate(
            event_id=event.id,
            key=(source.agency, event_key(event.id)),
            body_hash=digest,
            stream=source.stream,
            body=body[:-1] + (self._ends.get((day, asked)) or self._learn_end(day, asked)),
            comment=comment,
            service=event.data.service,
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


def _form_of(
    data: feedback.FeedbackSubmitted, forms: Sequence[Questionnaire], day: date
) -> Questionnaire | Refusal:
    """The questionnaire that an answer is to: the one it names, or the one in force on its day."""
    form = questionnaire_on(day, forms)
    if data.questionnaire is not UNSET:
        named = [each for each in forms if each.version == data.questionnaire]
        if not named:
            return Refusal("/data/questionnaire", "unknown_questionnaire")
        form = named[0]
    if form.valid_from > day:
        return Refusal("/data/questionnaire", "questionnaire_not_valid_then")
    if data.extra is not UNSET and not form.has_extra(data.extra):
        return Refusal("/data/extra", "unknown_element")
    return form


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
