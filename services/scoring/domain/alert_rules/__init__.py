"""Alerts that are rare, right and explained: rules as data, and what they find in a unit.

A rule that states a fact (a class, a share, a date) is never wrong; one that suspects (a fall, a
silence, a mark) states how often chance alone makes it alarm, and simulations hold it to that.
"""

from services.scoring.domain.alert_rules.alert import (
    QUIET,
    Finding,
    Move,
    Standing,
    cause_of,
    step,
)
from services.scoring.domain.alert_rules.catalogue import RULES
from services.scoring.domain.alert_rules.judge import findings
from services.scoring.domain.alert_rules.rule import BadRule, Kind, Level, Rule, Severity
from services.scoring.domain.alert_rules.situation import Situation

__all__ = [
    "QUIET",
    "RULES",
    "BadRule",
    "Finding",
    "Kind",
    "Level",
    "Move",
    "Rule",
    "Severity",
    "Situation",
    "Standing",
    "cause_of",
    "findings",
    "step",
]
