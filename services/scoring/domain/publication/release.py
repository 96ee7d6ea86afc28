"""Which counters of a group may go out together: the rules that the planner asks.

A rule sees parts that wait and answers which columns stay hidden, or None if nothing may go. What
is hidden is never shown: if it went out later, with others, two sums would overlap in few answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import add
from typing import Protocol

from services.scoring.domain.elements import CODES, SCORES
from services.scoring.domain.fold import ROLLUP_COLUMNS, SCORE_COLUMNS
from services.scoring.domain.publication.cells import clear, hidden
from services.scoring.domain.publication.label import Label

Counters = tuple[int, ...]
NOTHING_HIDDEN: frozenset[int] = frozenset()
# A group waits for its rarest element until it has so many times the limit.
PATIENCE = 3
# One in so many respondents may stand in cells that are not shown.
MOST_HIDDEN = 4
_FIRST_SCORE = ROLLUP_COLUMNS.index(SCORE_COLUMNS[0])
_ELEMENTS = tuple(
    slice(_FIRST_SCORE + place * len(SCORES), _FIRST_SCORE + (place + 1) * len(SCORES))
    for place in range(len(CODES))
)
_SUMS_OVER_ELEMENTS = frozenset(
    place for place, name in enumerate(ROLLUP_COLUMNS) if name not in ("n", *SCORE_COLUMNS)
)


@dataclass(slots=True)
class Part:
    """What waits under a label. `new` counts at least what is new less what was withdrawn.

    Without knowledge of withdrawals that is the net itself; it must never be more than is new.
    """

    label: Label
    counters: Counters
    new: Counters
    is_out: bool = False
    month: int = field(init=False)

    def __post_init__(self) -> None:
        self.month = self.label.first_month


class Rule(Protocol):
    """What may go of a group of parts."""

    @property
    def table(self) -> bool:
        """Whether these are cells of a table, which waits for its months to close.

        Else open months move too, and what is left at the end joins a batch.
        """

    def hides(
        self, parts: Sequence[Part], limit: int, *, last: bool = False
    ) -> frozenset[int] | None:
        """The columns not to show; None: the parts wait. `last`: there is nothing to wait for."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Counters of answers: the first is n; each slice of `elements` counts one element's scores.

    At least `limit` new answers. An element is shown if as many of them answered it. If some did,
    but fewer, the group waits until it is `PATIENCE` times as large, so that an index lacks only
    elements that hardly anybody answers. `over_elements` are sums over all elements: whoever has
    them and all elements but one has the last, so they are hidden whenever an element is.
    """

    elements: tuple[slice, ...] = _ELEMENTS
    over_elements: frozenset[int] = _SUMS_OVER_ELEMENTS
    table: bool = False

    def hides(
        self, parts: Sequence[Part], limit: int, *, last: bool = False
    ) -> frozenset[int] | None:
        """See `Rule`."""
        # As in _at_least, but this line runs for every part of a city.
        n = sum(part.new[0] for part in parts if part.new[0] > 0 and part.counters[0])
        if n < limit:
            return None
        rare = _rare(parts, self.elements, limit)
        if not rare:
            return NOTHING_HIDDEN
        if n < PATIENCE * limit and not last:
            return None
        places = range(len(parts[0].counters))
        return self.over_elements.union(*(places[columns] for columns in rare))


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums over whole answers, with the numbers of whole and of partial answers: all, or nothing.

    The elements' sums of all answers are public: what they are more is that of the partial ones.
    """

    whole: int = 0
    partial: int = 1
    table: bool = True

    def hides(
        self, parts: Sequence[Part], limit: int, *, last: bool = False
    ) -> frozenset[int] | None:
        """See `Rule`."""
        cells = summed([(part.counters[self.whole], part.counters[self.partial]) for part in parts])
        if not cells[0] or not clear(cells, limit):
            return None
        if not cells[1] and any(part.counters[self.partial] for part in parts):
            return None
        return NOTHING_HIDDEN


@dataclass(frozen=True, slots=True)
class Distribution:
    """The scores of one element and, at last, who skipped it: all cells go, or none.

    Hiding two cells would not do: the element's mean is public, and two equations give two cells.
    For the same reason not exactly two scores may occur: n and the mean of each batch within would
    give its two cells, however small. Three stay unknown, and one is told by the mean anyway.
    """

    table: bool = True

    def hides(
        self, parts: Sequence[Part], limit: int, *, last: bool = False
    ) -> frozenset[int] | None:
        """See `Rule`."""
        cells = summed([part.counters for part in parts])
        scores = sum(cell > 0 for cell in cells[: len(SCORES)])
        if not clear(cells, limit) or _cancelled(parts, cells) or scores not in (1, 3, 4):
            return None
        return NOTHING_HIDDEN


@dataclass(frozen=True, slots=True)
class Profile:
    """One attribute of the respondents and, at last, who did not tell: small cells are not shown.

    So that not too much is lost, a table of which more than a quarter would be hidden moves up.
    """

    table: bool = True

    def hides(
        self, parts: Sequence[Part], limit: int, *, last: bool = False
    ) -> frozenset[int] | None:
        """See `Rule`."""
        cells = summed([part.counters for part in parts])
        stay = hidden(cells, limit)
        rest = sum(cells[place] for place in stay)
        if rest == sum(cells) or (rest * MOST_HIDDEN > sum(cells) and not last):
            return None
        return stay


ANSWERS = Answers()
MOMENTS = Moments()
DISTRIBUTION = Distribution()
PROFILE = Profile()


def summed(rows: Sequence[Counters]) -> Counters:
    """The sum of rows (one at least), column by column."""
    total = rows[0]
    for row in rows[1:]:
        total = tuple(map(add, total, row))
    return total


def without(counters: Counters, unseen: frozenset[int]) -> Counters:
    """The counters with 0 where they are hidden."""
    if not unseen:
        return counters
    return tuple(0 if place in unseen else value for place, value in enumerate(counters))


def _rare(parts: Sequence[Part], elements: Sequence[slice], limit: int) -> list[slice]:
    """The elements that have something to give, and too few new answers."""
    net = summed([part.counters for part in parts])
    return [
        columns
        for columns in elements
        if sum(net[columns]) < limit  # the net is never more: it spares the longer way
        and _at_least(parts, columns) < limit
        and any(any(part.counters[columns]) for part in parts)
    ]


def _at_least(parts: Sequence[Part], columns: slice) -> int:
    """How many are new for sure.

    A negative net is left out: those may be others' withdrawals. So is who gives nothing: his new
    answers are cancelled by what he takes back, and would add nothing to the sum.
    """
    new = [sum(part.new[columns]) for part in parts if any(part.counters[columns])]
    return sum(n for n in new if n > 0)


def _cancelled(parts: Sequence[Part], cells: Counters) -> frozenset[int]:
    """Cells that are zero only because parts cancel out."""
    return frozenset(
        place
        for place, cell in enumerate(cells)
        if cell == 0 and any(part.counters[place] for part in parts)
    )
