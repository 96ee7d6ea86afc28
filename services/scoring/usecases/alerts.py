"""Judge what moved by the rules of alerts, and tell: each cause once, in one transaction.

What moved is noted where it moves, in the same transaction (`store.alerts.order`): published
figures by the publisher, decisions on applications by the consumer. What needs complete days
(falls, marks, dates) is judged once a day. A look takes notes, keeps where each cause stands and
appends the events; whoever is killed in it has done nothing, and the next one does it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain import integrity
from services.scoring.domain import scope as scopes
from services.scoring.domain.alert_rules import (
    QUIET,
    RULES,
    Finding,
    Kind,
    Move,
    Rule,
    Situation,
    Standing,
    cause_of,
    findings,
    step,
)
from services.scoring.domain.alert_rules.fall import Day, readings_of
from services.scoring.store import alerts as store
from services.scoring.store.alerts import DAYS, DECIDED, FIGURES, Kept
from services.scoring.usecases import situations
from services.scoring.usecases.own_events import own_event
from shared.contracts import alerts as contract
from shared.log import append

# Few enough that a transaction does not wait long for arithmetic.
A_TIME = 20
# Which rules look when something moves. Shares of thirty days move by the day, too.
KINDS: Mapping[str, frozenset[Kind]] = {
    FIGURES: frozenset({Kind.CLASS_DROP, Kind.ELEMENT_LOW}),
    DECIDED: frozenset({Kind.LATE_SHARE}),
    DAYS: frozenset({Kind.LATE_SHARE, Kind.FALL, Kind.MARK, Kind.UNREVIEWED}),
}
_EVENTS = {
    Move.RAISED: contract.RAISED,
    Move.UPDATED: contract.UPDATED,
    Move.CLEARED: contract.CLEARED,
}

# What a look found of one cause.
Found = tuple[Rule, str, Finding]


async def look(connection: AsyncConnection, *, now: datetime, most: int = A_TIME) -> int | None:
    """Judge some of what moved; answers how many events were made, None if nothing had moved.

    `now` in the zone of the city.
    """
    watch, asked = await store.take(connection, most)
    if not asked:
        return None
    found = await _found(connection, watch, asked, now)
    return await settle(connection, asked, found, now=now)


async def settle(
    connection: AsyncConnection, asked: Sequence[str], found: Sequence[Found], *, now: datetime
) -> int:
    """Keep where the causes of these scopes stand after a look, and tell what is new; how much."""
    known = await store.standings(connection, asked)
    kept, events = [], []
    for rule, scope, finding in found:
        cause = cause_of(rule, scope, finding.detail)
        before = known.get(cause, QUIET)
        after, move = step(rule, before, finding, now)
        if after == before:
            continue
        kept.append(Kept(cause, rule.name, rule.version, scope, after, now if move else None))
        if move is not None:
            events.append(
                own_event(_EVENTS[move], _told(move, rule, scope, finding, before, after), now)
            )
    await store.keep(connection, kept)
    await append(connection, {contract.TOPIC: events})
    return len(events)


def judged(situation: Situation, kinds: frozenset[Kind]) -> list[Found]:
    """What all rules of these kinds find in a unit."""
    kind = scopes.parse(situation.scope).kind
    return [
        (rule, situation.scope, finding)
        for rule in RULES
        if rule.kind in kinds and kind in rule.scopes
        for finding in findings(rule, situation)
    ]


async def _found(
    connection: AsyncConnection, watch: str, asked: Sequence[str], now: datetime
) -> list[Found]:
    if watch == DAYS:
        gathered = await situations.of_days(connection, asked, now)
        return await asyncio.to_thread(
            lambda: [each for whole in gathered for each in _of_days(*whole)]
        )
    gather = situations.of_figures if watch == FIGURES else situations.of_decided
    seen = await gather(connection, asked, now)
    return [each for situation in seen for each in judged(situation, KINDS[watch])]


def _of_days(
    situation: Situation, days: Sequence[Day], units: Sequence[integrity.Unit] | None
) -> list[Found]:
    marks = situations.marks_in(units)
    found = judged(replace(situation, marks=marks), KINDS[DAYS] - {Kind.FALL})
    # Each version of the rule has a chart of its own: its limit is that of its rate.
    for rule in RULES:
        if rule.kind is Kind.FALL and rule.false_alarms:
            readings = readings_of(days, float(rule.false_alarms), least_n=rule.least_n)
            charted = replace(situation, chart=readings[-1] if readings else None)
            found += [(rule, situation.scope, each) for each in findings(rule, charted)]
    return found


def _told(
    move: Move, rule: Rule, scope: str, finding: Finding, before: Standing, after: Standing
) -> msgspec.Struct:
    where = scopes.parse(scope)
    said = {
        "alert": cause_of(rule, scope, finding.detail),
        "kind": str(rule.kind),
        "service": where.code if where.kind is scopes.Kind.SERVICE else None,
        "agency": where.agency,
        "scope": scope,
        "rule": f"{rule.name}/{rule.version}",
        "figures": dict(finding.figures),
        "receipt": finding.receipt,
        "words": dict(zip(("id", "en"), finding.words, strict=True)),
    }
    if move is Move.RAISED:
        return msgspec.convert({**said, "severity": str(after.severity)}, contract.AlertRaised)
    if move is Move.UPDATED:
        severities = {"severity": str(after.severity), "before": str(before.severity)}
        return msgspec.convert({**said, **severities}, contract.AlertUpdated)
    return msgspec.convert({**said, "because": "recovered"}, contract.AlertCleared)
