"""Follow complaints: take in facts in any order, keep each complaint's state and next deadline, and
move the rollups by the difference."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import add

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.clock.worktime import WorkTime
from services.scoring.domain.complaint.clocks import Running, clocks_of, closes_at, next_due
from services.scoring.domain.complaint.facts import Category, Fact, Kind, State, Verdict
from services.scoring.domain.complaint.state import Complaint, state_of
from services.scoring.domain.complaint.tally import Key, Row, counts_of, rows_of
from services.scoring.store import complaints as store
from services.scoring.store import promises
from services.scoring.store.complaints import Case
from services.scoring.store.complaints import Row as Kept
from services.scoring.store.promises import Zones
from services.scoring.usecases.complaint_facts import facts_of
from services.scoring.usecases.promising import WorkTimes
from shared.log import Run


class _KeptFact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A fact as it is kept: its fields in their order, without names."""

    kind: Kind
    at: datetime
    sequence: int
    place: str | None
    category: Category | None
    form: str | None
    channel: str | None
    is_anonymous: bool
    is_confidential: bool
    verdict: Verdict | None
    agency: str | None
    is_final: bool
    reason: str | None


_FACTS = msgspec.msgpack.Decoder(list[_KeptFact])
# What was added to the rollups, exactly: a law or a calendar that changed takes back no more.
_COUNTED = msgspec.msgpack.Decoder(list[tuple[date, str]])
_PACKER = msgspec.msgpack.Encoder()


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A complaint with its clocks, and the working time they run by."""

    complaint: Complaint
    clocks: Sequence[Running]
    where: WorkTime


async def follow_complaints(
    connection: AsyncConnection, runs: Sequence[Run], times: WorkTimes
) -> None:
    """Take in the complaints among runs of one stream that were never applied before.

    Raises msgspec.ValidationError for an event that is none of a complaint.
    """
    news: dict[Case, list[Fact]] = {}
    for run in runs:
        for case, fact in facts_of(run):
            news.setdefault(case, []).append(fact)
    if not news:
        return
    known = {row.case: row for row in await store.hold(connection, news)}
    facts = {
        case: [*kept_facts(known[case].facts), *new] if case in known else new
        for case, new in news.items()
    }
    await _store(connection, known, facts, times)


async def reckon_complaints_anew(
    connection: AsyncConnection, service: str, times: WorkTimes
) -> None:
    """The same facts of all complaints of a service under the calendar and zones of now."""
    known = {row.case: row for row in await store.hold_all(connection, service)}
    facts = {case: kept_facts(row.facts) for case, row in known.items()}
    await _store(connection, known, facts, times)


def kept_facts(raw: bytes) -> list[Fact]:
    """The facts of a kept complaint."""
    return [Fact(*msgspec.structs.astuple(each)) for each in _FACTS.decode(raw)]


def reckon(service: str, facts: Iterable[Fact], zones: Zones, times: WorkTimes) -> Reckoned:
    """What facts make of a complaint."""
    complaint = state_of(facts)
    where = times.at(zones, service, complaint.place)
    return Reckoned(complaint, clocks_of(complaint, where), where)


async def _store(
    connection: AsyncConnection,
    before: Mapping[Case, Kept],
    facts: Mapping[Case, Sequence[Fact]],
    times: WorkTimes,
) -> None:
    zones = await promises.zones(connection)
    after = [_kept(case, each, zones, times) for case, each in facts.items()]
    moved: dict[Key, Row] = {}
    for now in after:
        was = before.get(now.case)
        _add(moved, _share(now))
        _add(moved, _share(was, times=-1) if was else {})
    await store.keep(connection, after)
    await store.add(connection, moved)


def _kept(case: Case, facts: Sequence[Fact], zones: Zones, times: WorkTimes) -> Kept:
    """A complaint as these facts make it."""
    service, reference = case
    reckoned = reckon(service, facts, zones, times)
    complaint, clocks, where = reckoned.complaint, reckoned.clocks, reckoned.where
    due = next_due(clocks)
    return Kept(
        service=service,
        reference=reference,
        place=complaint.place or "",
        form=complaint.form or "",
        state=complaint.state or State.SENT,
        outcome=complaint.outcome,
        filed_on=where.day_of(complaint.filed_at) if complaint.filed_at else None,
        due_at=due.at if due else None,
        closes_at=closes_at(clocks),
        facts=_PACKER.encode([_packed(fact) for fact in facts]),
        counted=_PACKER.encode(counts_of(complaint, clocks, where)),
    )


def _packed(fact: Fact) -> tuple[object, ...]:
    return tuple(getattr(fact, name) for name in _KeptFact.__struct_fields__)


def _share(row: Kept, *, times: int = 1) -> dict[Key, Row]:
    counts = _COUNTED.decode(row.counted)
    return rows_of(row.service, row.place, row.form, counts, times=times)


def _add(sums: dict[Key, Row], rows: Mapping[Key, Row]) -> None:
    for key, row in rows.items():
        known = sums.get(key)
        sums[key] = row if known is None else tuple(map(add, known, row))
