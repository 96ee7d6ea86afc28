"""Try a rule on the past before anybody gets its alerts: when it would have fired, how often by
chance alone."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.alert_rules import (
    QUIET,
    Finding,
    Kind,
    Move,
    Rule,
    Severity,
    Standing,
    cause_of,
    step,
)
from services.scoring.domain.calendar import WorkCalendar
from services.scoring.domain.integrity import Kind as MarkKind
from services.scoring.domain.scope import CITY, Scope
from services.scoring.domain.scope import Kind as ScopeKind
from services.scoring.store import registry
from services.scoring.usecases.judgement import Wording
from services.scoring.usecases.past import Past, Timeline, Unit, past_of
from services.scoring.usecases.registered import registered
from services.scoring.usecases.rules import RuleBody, body_of

MOST_SHOWN = 500
MOST_DAYS = 366
_MONTH = 30
_CITY_NAME = "Seluruh kota · The whole city"


class Firing(msgspec.Struct, kw_only=True):
    """An alert as it would have been; `cleared_at` null: it would still stand at the end."""

    alert: str
    scope: str
    raised_at: str
    cleared_at: str | None
    severity: str
    words: Wording
    figures: dict[str, str]
    receipt: str | None


class RuleTestAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`fired` alerts in the days from `since` to `until` of so many `units`; the first 500 of them.

    `false_alarms_per_month`: so many of them chance alone would have made, of all units together.
    """

    rule: RuleBody
    scope: str
    since: str
    until: str
    days: int
    units: int
    fired: int
    false_alarms_per_month: str
    items: list[Firing]


@dataclass(slots=True)
class _Causes:
    """The state machine of all causes of a unit, fed with its past."""

    rule: Rule
    unit: Unit
    since: datetime
    firings: list[Firing] = field(default_factory=list)
    looks: int = 0
    _standing: dict[str, Standing] = field(default_factory=dict)
    _open: dict[str, Firing] = field(default_factory=dict)

    def feed(self, judge: Callable[[], Timeline]) -> "_Causes":
        for at, finding in judge():
            self.looks += at >= self.since
            cause = cause_of(self.rule, self.unit.scope, finding.detail)
            before = self._standing.get(cause, QUIET)
            after, move = step(self.rule, before, finding, at)
            self._standing[cause] = after
            if move is Move.RAISED and after.severity is not None:
                self._raise(cause, at, finding, after.severity)
            elif move is Move.CLEARED and cause in self._open:
                self._open.pop(cause).cleared_at = at.isoformat(timespec="seconds")
        return self

    def _raise(self, cause: str, at: datetime, finding: Finding, severity: Severity) -> None:
        if at < self.since:
            return
        self._open[cause] = Firing(
            alert=cause,
            scope=self.unit.scope,
            raised_at=at.isoformat(timespec="seconds"),
            cleared_at=None,
            severity=str(severity),
            words=Wording(*finding.words),
            figures=dict(finding.figures),
            receipt=finding.receipt,
        )
        self.firings.append(self._open[cause])


async def rule_test(
    connection: AsyncConnection,
    rule: Rule,
    scope: Scope,
    days: int,
    *,
    calendar: WorkCalendar,
    now: datetime,
) -> RuleTestAnswer:
    """What a rule would have done in the complete days before today. `now` in the city's zone.

    Raises UnknownScope, and CalendarTooShort where a silence needs holidays that nobody decreed.
    """
    last = now.date() - timedelta(days=1)
    past = Past(last - timedelta(days=days - 1), last, now.tzinfo, calendar)
    since = past.at(past.first - timedelta(days=1))
    units = await _units(connection, rule, scope)
    tried = []
    for unit in units:
        judge = await past_of(connection, rule, unit, past)
        tried.append(await asyncio.to_thread(_Causes(rule, unit, since).feed, judge))
    firings = sorted(
        (each for causes in tried for each in causes.firings),
        key=lambda each: (each.raised_at, each.alert),
    )
    return RuleTestAnswer(
        rule=body_of(rule),
        scope=str(scope),
        since=past.first.isoformat(),
        until=past.last.isoformat(),
        days=days,
        units=len(units),
        fired=len(firings),
        false_alarms_per_month=_by_chance(rule, tried, days),
        items=firings[:MOST_SHOWN],
    )


async def _units(connection: AsyncConnection, rule: Rule, scope: Scope) -> list[Unit]:
    """The units within a scope that the rule looks at."""
    name = (await registered(connection, scope)).name
    found = [Unit(str(scope), scope.code, name or _CITY_NAME)] if scope.kind in rule.scopes else []
    if scope == CITY and ScopeKind.AGENCY in rule.scopes:
        agencies = await registry.units(connection, ScopeKind.AGENCY, CITY)
        found += [Unit(f"agency:{each.code}", each.code, each.name) for each in agencies]
    if scope.kind is not ScopeKind.SERVICE and ScopeKind.SERVICE in rule.scopes:
        services = await registry.units(connection, ScopeKind.SERVICE, scope)
        found += [Unit(f"service:{each.code}", each.code, each.name) for each in services]
    return found


def _by_chance(rule: Rule, tried: Sequence[_Causes], days: int) -> str:
    """False alarms a month of all units together, three digits that count."""
    rate = rule.false_alarms or Fraction(0)
    if rule.kind is Kind.FALL:  # per step of a chart
        rate = rate * sum(causes.looks for causes in tried) * _MONTH / days
    elif rule.kind is Kind.MARK:  # per month and kind of mark
        rate *= len(MarkKind) * sum(causes.looks > 0 for causes in tried)
    else:  # per month of each unit that could be judged
        rate *= sum(causes.looks > 0 for causes in tried)
    return f"{float(rate):.3g}"
