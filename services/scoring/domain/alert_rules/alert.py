"""One cause, one alert: raised, updated, cleared. Pure: what is known, and what a look finds."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from services.scoring.domain.alert_rules.rule import Rule, Severity
from services.scoring.domain.statistics.words import Words


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look finds out about one cause: a value, its figures, the sentence that says it.

    `detail` tells causes of one rule and scope apart. `receipt` is the published figure that shows
    it, if one does.
    """

    value: Fraction
    figures: Mapping[str, str]
    words: Words
    detail: str = ""
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a cause stands. `since`: when it became bad; `severity`: as told, None: not told."""

    since: datetime | None = None
    severity: Severity | None = None


class Move(StrEnum):
    """What is to be told."""

    RAISED = "raised"
    UPDATED = "updated"
    CLEARED = "cleared"


QUIET = Standing()


def cause_of(rule: Rule, scope: str, detail: str = "") -> str:
    """The name of a cause; the same in all versions of a rule."""
    return "/".join(part for part in (rule.name, scope, detail) if part)


def step(
    rule: Rule, standing: Standing, finding: Finding, now: datetime
) -> tuple[Standing, Move | None]:
    """Where the cause stands after a look, and what is to be told of it.

    An alert is updated when it is worse or better than was told, but not over; between the mildest
    level and `clear_at` nothing happens to it.
    """
    severity = rule.severity(finding.value)
    if standing.severity is not None:
        return _followed(rule, standing, finding, severity)
    if severity is None:
        return QUIET, None
    since = standing.since or now
    if now - since < timedelta(days=rule.lasting_days):
        return Standing(since), None
    return Standing(since, severity), Move.RAISED


def _followed(
    rule: Rule, standing: Standing, finding: Finding, severity: Severity | None
) -> tuple[Standing, Move | None]:
    if rule.is_over(finding.value):
        return QUIET, Move.CLEARED
    if severity is None or severity is standing.severity:
        return standing, None
    return replace(standing, severity=severity), Move.UPDATED
