"""Rules as data: what is watched, from where on it is an alert, and when it is over again.

A rule never changes: another limit is another version. Which one raised an alert stands in it.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from services.scoring.domain.scope import Kind as ScopeKind
from services.scoring.domain.statistics.words import Words


class Kind(StrEnum):
    """What a rule watches, and what the value is that its levels are about.

    `index.class-drop`: classes lost against the best of the four quarters before · `element.low`:
    index of one element, 25-100 · `index.fall`: height of the chart, 1 is its limit ·
    `deadlines.late-share`: late in percent of those decided in 30 days · `integrity.mark`: 1 for
    `look`, 2 for `strong` · `agency.silent`: working hours without an answer, 0 while that is
    usual · `standard.unreviewed`: days since the newest version took effect ·
    `application.overdue`: 1 past its time.
    """

    CLASS_DROP = "index.class-drop"
    ELEMENT_LOW = "element.low"
    FALL = "index.fall"
    LATE_SHARE = "deadlines.late-share"
    MARK = "integrity.mark"
    SILENT = "agency.silent"
    UNREVIEWED = "standard.unreviewed"
    OVERDUE = "application.overdue"


class Severity(StrEnum):
    """`notice`: to know · `warning`: to act on · `serious`: at once."""

    NOTICE = "notice"
    WARNING = "warning"
    SERIOUS = "serious"


@dataclass(frozen=True, slots=True)
class Level:
    """From which value on it is how severe."""

    value: Fraction
    severity: Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `levels` from the mildest on; reached by values above them, of an element below.

    `clear_at` lies on the good side of all levels: an alert ends there and not sooner (hysteresis).
    `least_n`: fewer answers or decisions say nothing. `lasting_days`: so long it must have been
    bad. `false_alarms`: how often chance alone alarms, per unit and `step`; None: the rule states a
    fact, which no chance can make.
    """

    name: str
    version: int
    kind: Kind
    scopes: tuple[ScopeKind, ...]
    levels: tuple[Level, ...]
    clear_at: Fraction
    words: Words
    least_n: int = 0
    lasting_days: int = 0
    false_alarms: Fraction | None = None
    step: str = ""

    def __post_init__(self) -> None:
        values = [self._badness(level.value) for level in self.levels]
        if not values or sorted(set(values)) != values:
            raise BadRule("levels")
        if self._badness(self.clear_at) > values[0]:
            raise BadRule("clear_at")
        if self.kind in MOST_OFTEN and not 0 < (self.false_alarms or 0) <= MOST_OFTEN[self.kind]:
            raise BadRule("false_alarms")
        if self.kind is Kind.FALL and self.least_n < FEWEST_A_STEP:
            raise BadRule("least_n")

    def severity(self, value: Fraction) -> Severity | None:
        """How bad a value is, or None."""
        reached = [level.severity for level in self.levels if self._is_bad(value, level)]
        return reached[-1] if reached else None

    def is_over(self, value: Fraction) -> bool:
        """Whether a value ends an alert."""
        return self._badness(value) <= self._badness(self.clear_at)

    def _is_bad(self, value: Fraction, level: Level) -> bool:
        # "Below 3.0644" does not hold at 3.0644; "a year without review" does after a year.
        if self.kind is Kind.ELEMENT_LOW:
            return value < level.value
        return value >= level.value

    def _badness(self, value: Fraction) -> Fraction:
        return -value if self.kind is Kind.ELEMENT_LOW else value


class BadRule(ValueError):
    """Not a rule that could work; `member` says what is wrong."""

    def __init__(self, member: str) -> None:
        super().__init__(member)
        self.member = member


# Their limit follows from the stated rate, which cannot be more than this.
MOST_OFTEN = {Kind.FALL: Fraction(1, 50), Kind.SILENT: Fraction(1)}
# A chart of smaller steps would tell what few people answered.
FEWEST_A_STEP = 20
