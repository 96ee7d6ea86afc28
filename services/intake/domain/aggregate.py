"""What sums of a survey taken elsewhere must satisfy beyond their types."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

LOWEST, HIGHEST = 1, 4
# Nine elements since PermenPANRB 14/2017; before it fourteen, which are not these.
FIRST_YEAR = 2017
_MONTHS_PER = {"S": 6, "Q": 3}


@dataclass(frozen=True, slots=True)
class Part:
    """One element: how many answered it, the sum of their scores, how often each was given."""

    n: int
    total: int
    counts: Sequence[int] | None = None


Fault = tuple[str, str]


def faults(n: int, parts: Mapping[str, Part]) -> Iterator[Fault]:
    """What is wrong with sums of `n` respondents: (JSON pointer inside the data, code)."""
    if not parts:
        yield "/elements", "no_elements"
    for name, part in parts.items():
        where = f"/elements/{name}"
        if part.n > n:
            yield f"{where}/n", "more_than_respondents"
        if not LOWEST * part.n <= part.total <= HIGHEST * part.n:
            yield f"{where}/sum", "impossible_sum"
        if part.counts is not None and not _agree(part, part.counts):
            yield f"{where}/counts", "contradicts_n_or_sum"


def period_fault(period: str, today: date) -> str | None:
    """A survey's month, quarter, semester or year (`2026-Q3`) has begun, and nine elements held."""
    begun = first_day(period)
    return None if date(FIRST_YEAR, 1, 1) <= begun <= today else "period_out_of_range"


def first_day(period: str) -> date:
    """The first day of a period of whole months, as the contract writes them."""
    year, _, part = period.partition("-")
    if not part:
        return date(int(year), 1, 1)
    months = _MONTHS_PER.get(part[0])
    month = int(part) if months is None else (int(part[1]) - 1) * months + 1
    return date(int(year), month, 1)


def _agree(part: Part, counts: Sequence[int]) -> bool:
    total = sum(score * count for score, count in enumerate(counts, start=LOWEST))
    return (sum(counts), total) == (part.n, part.total)
