"""How a figure is shown: coarse while its period may still move, exact once it is closed.

The limit is ten in public, five in an agency's own view of its answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.scoring.domain import ikm
from services.scoring.domain.elements import CODES, SCORES
from services.scoring.domain.figure import Counted, sample_of
from services.scoring.domain.ikm import Band, RuleSet, Tally
from services.scoring.domain.publication.cells import (
    LIMIT,
    LIMIT_WITHIN_AGENCY,
    clear,
    hidden,
    moved_enough,
    with_rest,
)
from services.scoring.domain.statistics.moments import Sample
from services.scoring.domain.weights import EQUAL, Weights

STEP = 5
ONE_DECIMAL_FROM = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure as anybody may see it. `n` None: fewer than the limit, hence no index and class.

    The class is always that of the index with two decimals. So an open "88" may be a B (88.30) or
    an A (88.31): the letter is right, the index is rounded further.
    """

    n: int | None
    index: str | None
    band: Band | None


@dataclass(frozen=True, slots=True)
class ShownElement:
    """One element's part; without its n, which beside the figure's n would tell who skipped it."""

    nrr: str | None
    index: str | None
    band: Band | None


@dataclass(frozen=True, slots=True)
class ShownProfile:
    """One attribute: None is "not shown". `rest` is who did not tell, and all that is not shown.

    In public a cell counts what the tables show of it, which may be less than there is.
    """

    cells: tuple[int | None, ...]
    rest: int


HIDDEN = Shown(None, None, None)
HIDDEN_ELEMENT = ShownElement(None, None, None)


def shown(
    counted: Counted,
    rules: RuleSet,
    weights: Weights = EQUAL,
    *,
    closed: bool,
    limit: int = LIMIT,
) -> Shown:
    """The figure of the public sums of a scope and period.

    Two indices of the same answers under two sets of weights (the agency's own, and equal ones in
    the city) are two equations: they would tell two hidden elements. So an index by own weights is
    not shown while few answered some element.
    """
    if counted.n < limit or not _possible(counted):
        return HIDDEN
    n = counted.n if closed else counted.n // STEP * STEP
    exact = weights.index(counted.tallies)
    few = weights.own is not None and any(0 < tally.n < limit for tally in counted.tallies)
    if exact is None or few:
        return Shown(n, None, None)
    return Shown(n, _text(exact, counted.n, closed=closed), rules.classify(exact))


def shown_moments(
    counted: Counted, weights: Weights = EQUAL, *, closed: bool, limit: int = LIMIT
) -> Sample | None:
    """What statistics of public sums may use: the whole answers that the gate let out as such, once
    the period is closed. Whatever is computed of them tells their sum, so they may not be few."""
    moments = sample_of(counted, weights)
    if not closed or moments is None or moments.n < limit or not _possible(counted):
        return None
    return moments


def shown_elements(
    counted: Counted, rules: RuleSet, *, closed: bool, limit: int = LIMIT
) -> dict[str, ShownElement]:
    """Each element by its code. Hidden where few answered it, or few skipped it.

    One hidden alone would follow from the index and the others, so the next smallest is hidden too.
    """
    if counted.n < limit or not _possible(counted):
        return dict.fromkeys(CODES, HIDDEN_ELEMENT)
    answered = {code: each for code, each in zip(CODES, counted.tallies, strict=True) if each.n}
    stay = {
        code for code, each in answered.items() if not clear(with_rest((each.n,), counted.n), limit)
    }
    if len(stay) == 1 and len(answered) > 1:
        stay.add(min(answered.keys() - stay, key=lambda code: (answered[code].n, code)))
    return {
        code: HIDDEN_ELEMENT
        if code in stay or code not in answered
        else _element(answered[code], rules, closed=closed)
        for code in CODES
    }


def shown_distribution(
    cells: Sequence[int],
    *,
    closed: bool,
    previous: Sequence[int] | None = None,
    limit: int = LIMIT,
) -> tuple[int, ...] | None:
    """How often each score was given to an element, all or none.

    `cells` are the four and, at last, who skipped it; `previous` the same as given out before, of
    the same scope and period. In public they are sums of planned tables (`release.DISTRIBUTION`):
    only that protects against subtracting other scopes and periods.
    """
    if not closed or not clear(cells, limit):
        return None
    if previous is not None and not moved_enough(cells, previous, limit):
        return None
    return tuple(cells[: len(SCORES)])


def own_distribution(tally: Tally, n: int) -> tuple[int, int, int, int] | None:
    """How often each score was given to an element, as an agency sees it of its n answers."""
    return tally.counts if clear(with_rest(tally.counts, n), LIMIT_WITHIN_AGENCY) else None


def shown_profile(told: Sequence[int], n: int, limit: int = LIMIT) -> ShownProfile | None:
    """One attribute of n respondents, or None if nothing of it can be shown.

    While something is not shown, empty cells are not, either: they would narrow it down.
    """
    cells = with_rest(told, n)
    stay = hidden(cells, limit)
    total = sum(cells[place] for place in stay)
    seen = tuple(
        None if place in stay or (stay and not cell) else cell
        for place, cell in enumerate(cells[:-1])
    )
    if n < limit or (stay and total < limit) or not any(seen):
        return None
    return ShownProfile(seen, n - sum(cell for cell in seen if cell))


def _element(tally: Tally, rules: RuleSet, *, closed: bool) -> ShownElement:
    nrr, index = tally.nrr, ikm.element_index(tally)
    if nrr is None or index is None:
        return HIDDEN_ELEMENT
    return ShownElement(
        ikm.published(nrr, ikm.NRR_DECIMALS) if closed else None,
        _text(index, tally.n, closed=closed),
        rules.classify(index),
    )


def _text(index: Fraction, n: int, *, closed: bool) -> str:
    if closed:
        return ikm.published(index)
    return ikm.published(index, 1) if n >= ONE_DECIMAL_FROM else str(ikm.rounded(index, 0))


def _possible(counted: Counted) -> bool:
    """Whether these can be counts of answers.

    Not so where a batch takes answers back that a coarser one gave out: such a figure waits.
    """
    return all(min(tally.counts) >= 0 for tally in counted.tallies)
