"""Events of complaints as the facts that their life cycle is made of. No I/O."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from services.scoring.domain.complaint.facts import Category, Fact, Kind, Verdict
from services.scoring.store.complaints import Case
from shared.contracts import complaints
from shared.log import Run

_KINDS: Mapping[str, Kind] = {
    complaints.FILED: Kind.FILED,
    complaints.VERIFIED: Kind.VERIFIED,
    complaints.FORWARDED: Kind.FORWARDED,
    complaints.ANSWERED: Kind.ANSWERED,
    complaints.CLOSED: Kind.CLOSED,
    complaints.REOPENED: Kind.REOPENED,
}


class _Data(msgspec.Struct):
    service: str
    reference: str
    place: str | None = None
    category: Category | None = None
    form: complaints.Form | None = None
    channel: str | None = None
    anonymous: bool = False
    confidential: bool = False
    verdict: Verdict | None = None
    agency: str | None = None
    final: bool = True
    reason: str | None = None


class _Any(msgspec.Struct):
    type: str
    data: msgspec.Raw


class _Event(msgspec.Struct):
    type: str
    time: datetime
    data: _Data


_ANY = msgspec.json.Decoder(_Any)
_EVENT = msgspec.json.Decoder(_Event)


def facts_of(run: Run) -> Iterable[tuple[Case, Fact]]:
    """The facts about complaints among the events of a run, in order.

    Raises msgspec.ValidationError for a complaint that is none.
    """
    for sequence, raw in enumerate(run.events(), run.first):
        kind = _KINDS.get(_ANY.decode(raw).type)
        if kind is not None:
            event = _EVENT.decode(raw)
            yield (event.data.service, event.data.reference), _fact(kind, event, sequence)


def _fact(kind: Kind, event: _Event, sequence: int) -> Fact:
    data = event.data
    return Fact(
        kind=kind,
        at=event.time.astimezone(UTC),
        sequence=sequence,
        place=data.place,
        category=data.category,
        form=data.form,
        channel=data.channel,
        is_anonymous=data.anonymous,
        is_confidential=data.confidential,
        verdict=data.verdict,
        agency=data.agency,
        is_final=data.final,
        reason=data.reason,
    )
