"""Events of topic `applications` as the facts that the life cycle is made of. No I/O."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from services.scoring.domain.application.facts import Fact, Kind, State
from services.scoring.domain.clock.promise import PauseReason, Unit
from services.scoring.domain.scope import agency_of
from shared.contracts import applications
from shared.log import Run

# An application: its service and the reference that its agency chose.
Case = tuple[str, str]


class _Promised(msgspec.Struct):
    number: int
    unit: Unit


class _Data(msgspec.Struct):
    """The members that a fact is made of; why something was returned is not one of them."""

    service: str
    reference: str
    place: str | None = None
    stage: State | None = None
    agency: str | None = None
    reason: str | None = None
    promised: _Promised | None = None


class _Event(msgspec.Struct):
    type: str
    time: datetime
    source: str
    data: _Data


_EVENTS = msgspec.json.Decoder(list[_Event])
_KINDS: Mapping[str, Kind] = {
    applications.SUBMITTED: Kind.SUBMITTED,
    applications.RETURNED: Kind.RETURNED,
    applications.REGISTERED: Kind.REGISTERED,
    applications.MOVED: Kind.MOVED,
    applications.PAUSED: Kind.PAUSED,
    applications.RESUMED: Kind.RESUMED,
    applications.ISSUED: Kind.ISSUED,
    applications.REJECTED: Kind.REJECTED,
    applications.WITHDRAWN: Kind.WITHDRAWN,
    applications.INVITED: Kind.INVITED,
}
_REASONS = {reason.value: reason for reason in PauseReason}


def facts_of(run: Run) -> Iterable[tuple[Case, Fact]]:
    """The facts of a run, in order. Raises msgspec.ValidationError or KeyError for what is none."""
    for sequence, event in enumerate(_EVENTS.decode(run.body), run.first):
        data = event.data
        yield (data.service, data.reference), _fact(event, sequence)


def _fact(event: _Event, sequence: int) -> Fact:
    data, kind = event.data, _KINDS[event.type]
    owner = agency_of(data.service)
    return Fact(
        kind=kind,
        at=event.time.astimezone(UTC),
        sequence=sequence,
        place=data.place,
        stage=data.stage,
        agency=None if data.agency == owner else data.agency,
        reason=_REASONS[data.reason] if kind is Kind.PAUSED and data.reason else None,
        promised=(data.promised.number, data.promised.unit) if data.promised else None,
        by_owner=event.source == f"/agencies/{owner}",
    )
