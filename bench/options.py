"""How a row is to be measured."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bench.results import Row
from bench.world import Say

ROUNDS = 3
GROWTH_EVENTS = 5_000_000


@dataclass(frozen=True, slots=True)
class Options:
    """`seconds` of measuring in each of `rounds`; `log_events` is how far the log grows."""

    seconds: float
    rounds: int
    log_events: int
    say: Say


Measuring = Callable[[Options], Awaitable[Sequence[Row]]]


@dataclass(frozen=True, slots=True)
class RowKind:
    """A row of the table before it is measured. Some are measured together."""

    names: Sequence[str]
    seconds: float
    measure: Measuring
