"""Small cells: which cells of one table may be shown (UU 27/2022; promise P19).

The whole is known, so who did not tell is a cell like the others, and what is hidden must not come
out by subtraction.
"""

from collections.abc import Mapping, Sequence

# Fewer answers than this are never shown in public; within an agency, fewer than five.
LIMIT = 10
LIMIT_WITHIN_AGENCY = 5


def with_rest(told: Sequence[int], n: int) -> tuple[int, ...]:
    """The cells of a table of n answers: those told, and at last the rest, who told nothing."""
    return (*told, n - sum(told))


def clear(cells: Sequence[int], limit: int = LIMIT) -> bool:
    """Whether each cell is empty or large enough."""
    return all(cell == 0 or cell >= limit for cell in cells)


def moved_enough(now: Sequence[int], before: Sequence[int], limit: int = LIMIT) -> bool:
    """Whether the difference of two tables shows no small cell either."""
    changes = [abs(a - b) for a, b in zip(now, before, strict=True)]
    return clear(changes, limit)


def told(n: int, limit: int = LIMIT) -> int | None:
    """A number that stands alone, or None where it is too small to be told."""
    return n if n == 0 or n >= limit else None


def shown(cells: Mapping[str, int], limit: int = LIMIT) -> dict[str, int | None]:
    """The cells of one table by name; None: small, or it would give a small one away."""
    stay = hidden(list(cells.values()), limit)
    return {
        name: None if place in stay else cell for place, (name, cell) in enumerate(cells.items())
    }


def hidden(cells: Sequence[int], limit: int = LIMIT) -> frozenset[int]:
    """The places of the cells to hide: the small ones and, if their sum is small, the next larger.

    The sum of all hidden cells is what subtraction yields. So it is 0 or at least the limit, and
    never one cell alone. If no second cell is left, everything is hidden.
    """
    small = {place for place, cell in enumerate(cells) if cell != 0 and cell < limit}
    if not small:
        return frozenset()
    larger = sorted((cell, place) for place, cell in enumerate(cells) if cell >= limit)
    total = sum(cells[place] for place in small)
    for cell, place in larger:
        if total >= limit and len(small) > 1:
            break
        small.add(place)
        total += cell
    return frozenset(small)
