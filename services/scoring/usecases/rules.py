"""Rules of alerts as JSON: what is in force, and what somebody would like to try."""

from fractions import Fraction
from typing import Annotated

import msgspec
from msgspec import Meta

from services.scoring.domain.alert_rules import RULES, Kind, Level, Rule, Severity
from services.scoring.domain.scope import Kind as ScopeKind

# A whole number, decimals, or a fraction: never a float.
Number = Annotated[
    str, Meta(max_length=20, pattern=r"\A[0-9]{1,9}(\.[0-9]{1,6}|/[1-9][0-9]{0,8})?\Z")
]
Text = Annotated[str, Meta(max_length=200)]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]


class LevelBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From which value on it is how severe."""

    value: Number
    severity: Severity


class RuleWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the rule is for, in Indonesian and English."""

    id: Text
    en: Text


class RuleBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A version of a rule. `levels` from the mildest on, in the unit of its kind; `clear_at` ends.

    `false_alarms` per unit and `step`, by chance alone; null: the rule states a fact.
    """

    name: Annotated[str, Meta(pattern=r"\A[a-z][a-z.-]{0,39}\Z")]
    version: Annotated[int, Meta(ge=1, le=1_000_000)]
    kind: Kind
    scopes: Annotated[list[ScopeKind], Meta(min_length=1, max_length=4)]
    levels: Annotated[list[LevelBody], Meta(min_length=1, max_length=3)]
    clear_at: Number
    words: RuleWords
    least_n: Count = 0
    lasting_days: Annotated[int, Meta(ge=0, le=90)] = 0
    false_alarms: Number | None = None
    step: Text = ""


def body_of(rule: Rule) -> RuleBody:
    """A rule as it is shown."""
    return RuleBody(
        name=rule.name,
        version=rule.version,
        kind=rule.kind,
        scopes=list(rule.scopes),
        levels=[LevelBody(_number(level.value), level.severity) for level in rule.levels],
        clear_at=_number(rule.clear_at),
        words=RuleWords(*rule.words),
        least_n=rule.least_n,
        lasting_days=rule.lasting_days,
        false_alarms=None if rule.false_alarms is None else str(rule.false_alarms),
        step=rule.step,
    )


def rule_of(body: RuleBody) -> Rule:
    """The rule that is meant. Raises BadRule for one that could not work."""
    return Rule(
        name=body.name,
        version=body.version,
        kind=body.kind,
        scopes=tuple(body.scopes),
        levels=tuple(Level(Fraction(each.value), each.severity) for each in body.levels),
        clear_at=Fraction(body.clear_at),
        words=(body.words.id, body.words.en),
        least_n=body.least_n,
        lasting_days=body.lasting_days,
        false_alarms=None if body.false_alarms is None else Fraction(body.false_alarms),
        step=body.step,
    )


def rule_named(name: str) -> Rule | None:
    """The rule in force of that name."""
    return next((rule for rule in RULES if rule.name == name), None)


def _number(value: Fraction) -> str:
    """As people write it: 76.61, not 7661/100."""
    hundredths = value * 100
    if value.denominator == 1 or hundredths.denominator != 1:
        return str(value)
    return f"{int(hundredths) // 100}.{int(hundredths) % 100:02d}"
