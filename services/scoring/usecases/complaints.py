"""How complaints are dealt with: figures by form and by clock, and one complaint explained."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.complaint.clocks import Judgement, Running, state_at
from services.scoring.domain.complaint.facts import FORMS, Category, State
from services.scoring.domain.complaint.law import KEPT
from services.scoring.domain.complaint.tally import COLUMNS, JUDGED
from services.scoring.domain.period import Period
from services.scoring.domain.publication.cells import LIMIT, LIMIT_WITHIN_AGENCY, shown, told
from services.scoring.domain.scope import Scope
from services.scoring.store import complaints as store
from services.scoring.store import promises
from services.scoring.store.complaints import Row
from services.scoring.usecases.applications import (
    ClockAnswer,
    FlagAnswer,
    clock_answer,
    only,
    told_at,
)
from services.scoring.usecases.deadlines import share
from services.scoring.usecases.follow_complaints import kept_facts, reckon
from services.scoring.usecases.promising import WorkTimes
from services.scoring.usecases.registered import registered

View = Literal["public", "live"]
_UNFORMED = ""  # no form was told, as of every wish and question


class ClockFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What one clock came to on the days when it was met. `share_in_time` in percent."""

    in_time: int | None
    late: int | None
    unjudged: int | None
    share_in_time: str | None


class FormFigures(msgspec.Struct, frozen=True):
    """Complaints of one form of maladministration; `form` null: of none.

    `waiting`: for the agency, now. How many of them are late is told of all forms together: a table
    of both would give its small cells away.
    """

    form: str | None
    filed: int | None
    waiting: int | None


class ComplaintsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of complaints in a period, each fact on its own day. Null: too few to be told.

    `closed` holds what the complainant's silence closed, too. `example`: made up to show Rancak.
    """

    scope: str
    name: str | None
    period: str
    view: View
    filed: int | None
    by_category: dict[str, int | None]
    anonymous: int | None
    confidential: int | None
    rejected: int | None
    archived: int | None
    closed: int | None
    reopened: int | None
    waiting: int | None
    overdue: int | None
    by_clock: dict[str, ClockFigures]
    by_form: list[FormFigures]
    as_of: str
    example: bool


class RoundAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """From coming in, or being reopened, to the end."""

    since: str
    replied_at: str | None
    answered_at: str | None
    closed_at: str | None
    closed_because: str | None


class ComplaintClock(msgspec.Struct, frozen=True, kw_only=True):
    """One clock of one round. `reckoned` null: the calendar does not reach so far."""

    name: str
    round: int
    met_at: str | None
    judgement: str | None
    reckoned: ClockAnswer | None


class ComplaintAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A complaint by its facts and clocks; what was written is not among them."""

    service: str
    reference: str
    place: str | None
    state: State | None
    category: Category
    form: str | None
    channel: str | None
    anonymous: bool
    confidential: bool
    forwarded_to: str | None
    filed_at: str | None
    verified_at: str | None
    verdict: str | None
    rounds: list[RoundAnswer]
    clocks: list[ComplaintClock]
    flags: list[FlagAnswer]
    as_of: str


async def complaints_of(
    connection: AsyncConnection, scope: Scope, period: Period, view: View, *, now: datetime
) -> ComplaintsAnswer:
    """The figures that are asked for; `now` in the zone of the city. Raises UnknownScope."""
    called = await registered(connection, scope)
    by_form = await store.summed(connection, scope, period)
    waiting = await store.waiting(connection, scope, now)
    silent = await _closed_by_silence(connection, scope, period, now)
    sums = {name: sum(row[name] for row in by_form.values()) for name in COLUMNS}
    open_now, overdue = (sum(each) for each in zip((0, 0), *waiting.values(), strict=True))
    limit = LIMIT_WITHIN_AGENCY if view == "live" else LIMIT
    return ComplaintsAnswer(
        scope=str(scope),
        name=called.name,
        period=str(period),
        view=view,
        filed=told(sums["filed"], limit),
        by_category=shown({str(each): sums[each] for each in Category}, limit),
        anonymous=_part(sums["anonymous"], sums["filed"], limit),
        confidential=_part(sums["confidential"], sums["filed"], limit),
        rejected=told(sums["rejected"], limit),
        archived=told(sums["archived"], limit),
        closed=told(sums["closed"] + silent, limit),
        reopened=told(sums["reopened"], limit),
        waiting=told(open_now, limit),
        overdue=_part(overdue, open_now, limit),
        by_clock=_by_clock(sums, limit),
        by_form=_by_form(by_form, waiting, limit),
        as_of=now.isoformat(timespec="seconds"),
        example=called.example,
    )


async def find(
    connection: AsyncConnection, reference: str, services: tuple[str, str]
) -> Row | None:
    """The complaint of that reference in a range of services. Raises SeveralServices."""
    return only(await store.named(connection, reference, services), reference)


async def explained(
    connection: AsyncConnection, row: Row, times: WorkTimes, *, now: datetime
) -> ComplaintAnswer:
    """All that is known of a complaint."""
    zones = await promises.zones(connection)
    reckoned = reckon(row.service, kept_facts(row.facts), zones, times)
    complaint, clocks = reckoned.complaint, reckoned.clocks
    return ComplaintAnswer(
        service=row.service,
        reference=row.reference,
        place=complaint.place,
        state=state_at(complaint, clocks, now),
        category=complaint.category,
        form=complaint.form,
        channel=complaint.channel,
        anonymous=complaint.is_anonymous,
        confidential=complaint.is_confidential,
        forwarded_to=complaint.agency,
        filed_at=told_at(complaint.filed_at),
        verified_at=told_at(complaint.verified_at),
        verdict=complaint.verdict,
        rounds=[
            RoundAnswer(
                since=each.since.isoformat(),
                replied_at=told_at(each.replied_at),
                answered_at=told_at(each.answered_at),
                closed_at=told_at(each.closed_at),
                closed_because=each.closed_because,
            )
            for each in complaint.rounds
        ],
        clocks=[_clock(each, now) for each in clocks if each.due or each.is_open or each.met_at],
        flags=[FlagAnswer(each.sequence, each.code) for each in complaint.flags],
        as_of=now.isoformat(timespec="seconds"),
    )


async def _closed_by_silence(
    connection: AsyncConnection, scope: Scope, period: Period, now: datetime
) -> int:
    # The last day of silence ends with the midnight after it.
    start = datetime.combine(period.first, time(), now.tzinfo)
    end = datetime.combine(period.last + timedelta(days=1), time(), now.tzinfo)
    return await store.closed_by_silence(connection, scope, start, min(end, now))


def _by_clock(sums: Mapping[str, int], limit: int) -> dict[str, ClockFigures]:
    figures: dict[str, ClockFigures] = {}
    for clock in KEPT:
        cells = shown({how: sums[JUDGED[clock, how]] for how in Judgement}, limit)
        in_time, late = cells[Judgement.IN_TIME], cells[Judgement.LATE]
        figures[clock] = ClockFigures(
            in_time=in_time,
            late=late,
            unjudged=cells[Judgement.UNJUDGED],
            share_in_time=share(in_time, late),
        )
    return figures


def _by_form(
    sums: Mapping[str, Mapping[str, int]], waiting: Mapping[str, tuple[int, int]], limit: int
) -> list[FormFigures]:
    forms = (*FORMS, _UNFORMED)
    filed = shown({form: sums[form]["filed"] if form in sums else 0 for form in forms}, limit)
    open_now = shown({form: waiting.get(form, (0, 0))[0] for form in forms}, limit)
    return [FormFigures(form or None, filed[form], open_now[form]) for form in forms]


def _part(part: int, whole: int, limit: int) -> int | None:
    """A part of a whole that is told: the rest is a cell, too."""
    return shown({"part": part, "rest": whole - part}, limit)["part"]


def _clock(running: Running, now: datetime) -> ComplaintClock:
    return ComplaintClock(
        name=running.clock,
        round=running.round + 1,
        met_at=told_at(running.met_at),
        judgement=running.judgement,
        reckoned=clock_answer(running.due, running.met_at or now) if running.due else None,
    )
