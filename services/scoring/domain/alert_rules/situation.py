"""What rules see of a unit: values only. What is not known is None or empty, and says nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from services.scoring.domain.alert_rules.fall import Reading
from services.scoring.domain.ikm import RuleSet
from services.scoring.domain.integrity import Mark


@dataclass(frozen=True, slots=True)
class Shown:
    """An index as anybody may see it: rounded further while its period is open, its letter not."""

    index: Fraction
    letter: str


@dataclass(frozen=True, slots=True)
class Quarter:
    """The published figure of a quarter, with its elements by code; hidden ones are not there."""

    name: str
    first: date
    figure: str
    n: int
    whole: Shown
    elements: Mapping[str, Shown]
    rules: RuleSet


@dataclass(frozen=True, slots=True)
class Decided:
    """Applications decided in the 30 days up to today."""

    on_time: int
    late: int
    unpromised: int


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer since `since`, where so many were to be expected, in `hours` hours of work.

    The rhythm was learnt from `learnt` answers; `monthly` of them come in 30 days.
    """

    since: datetime
    hours: int
    expected: float
    learnt: int
    monthly: float


@dataclass(frozen=True, slots=True)
class Situation:
    """A unit on a day. `quarters`: the oldest first; `chart`: its newest reading."""

    scope: str
    name: str
    today: date
    quarters: Sequence[Quarter] = ()
    chart: Reading | None = None
    decided: Decided | None = None
    marks: Sequence[Mark] | None = None
    reviewed_on: date | None = None
    silence: Silence | None = None
