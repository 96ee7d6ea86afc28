"""The attacker of the publication gate: exact linear algebra on everything that was ever public.

A row is one public value: the answers that it adds and those that it takes away, as bit sets. The
attacker knows all rows; it wants a combination of them that isolates fewer than ten answers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

PRIME = 2**61 - 1
FEW = 10


@dataclass(frozen=True, slots=True)
class Row:
    """The answers of a public sum: bit i of `plus` or `minus` is answer i."""

    plus: int = 0
    minus: int = 0

    def __add__(self, other: "Row") -> "Row":
        """The sum, if no answer stands in it more than once."""
        return Row(
            (self.plus & ~other.minus) | (other.plus & ~self.minus),
            (self.minus & ~other.plus) | (other.minus & ~self.plus),
        )

    def __bool__(self) -> bool:
        return bool(self.plus or self.minus)


class Space:
    """The row space of vectors, modulo a large prime, in reduced form."""

    def __init__(self, rows: Iterable[Mapping[int, int]] = ()) -> None:
        self.rows: dict[int, dict[int, int]] = {}
        for row in rows:
            self.add(row)

    def add(self, row: Mapping[int, int]) -> None:
        """Take a vector in, and keep all rows reduced."""
        left = self.reduced(row)
        if not left:
            return
        pivot = min(left)
        scale = pow(left[pivot], -1, PRIME)
        new = {column: value * scale % PRIME for column, value in left.items()}
        for other in self.rows.values():
            if pivot in other:
                _subtract(other, other[pivot], new)
        self.rows[pivot] = new

    def reduced(self, row: Mapping[int, int]) -> dict[int, int]:
        """What is left of a vector: nothing, if it is a combination of the rows."""
        left = {column: value % PRIME for column, value in row.items() if value % PRIME}
        for column in [column for column in left if column in self.rows]:
            _subtract(left, left[column], self.rows[column])
        return left

    def __contains__(self, row: Mapping[int, int]) -> bool:
        return not self.reduced(row)


def isolated(rows: Iterable[Row]) -> list[int]:
    """Sets of fewer than ten answers whose sum is a combination of the rows, as bit sets.

    Answers that stand in the same rows cannot be told apart: they are one column. A unit vector is
    in the row space exactly if it is a row of the reduced form.
    """
    known = list(dict.fromkeys(rows))
    columns = columns_of(known)
    space = Space(_vector(row, columns) for row in known)
    return [
        columns[next(iter(row))]
        for row in space.rows.values()
        if len(row) == 1 and columns[next(iter(row))].bit_count() < FEW
    ]


def closest(rows: Iterable[Row]) -> int | None:
    """The fewest answers in which any two public values differ (or one value differs from 0)."""
    known = list({*rows, Row()})
    if len(known) < 2:
        return None
    return min(
        ((one.plus ^ other.plus) | (one.minus ^ other.minus)).bit_count()
        for one, other in combinations(known, 2)
    )


def smallest_cut(batches: Sequence[Row]) -> int | None:
    """The fewest answers that *any* combination of the batches can isolate, or None without any.

    Each answer is an edge from the batch that gave it out to the one that took it back, or to the
    outside (the last node). The global minimum cut of each component, by Stoer and Wagner.
    """
    weights = _graph(batches)
    smallest: int | None = None
    while len(weights) > 1:
        cut, merged, into = _phase(weights)
        if cut and (smallest is None or cut < smallest):
            smallest = cut
        _merge(weights, merged, into)
    return smallest


def columns_of(rows: Sequence[Row]) -> list[int]:
    """The answers in classes of those that no row tells apart, as disjoint bit sets."""
    everyone = 0
    for row in rows:
        everyone |= row.plus | row.minus
    classes = [everyone] if everyone else []
    for row in rows:
        for bits in (row.plus, row.minus):
            classes = [part for each in classes for part in (each & bits, each & ~bits) if part]
    return classes


def _vector(row: Row, columns: Sequence[int]) -> dict[int, int]:
    plus = {place: 1 for place, bits in enumerate(columns) if bits & row.plus}
    return plus | {place: -1 for place, bits in enumerate(columns) if bits & row.minus}


def _subtract(row: dict[int, int], times: int, other: Mapping[int, int]) -> None:
    for column, value in other.items():
        left = (row.get(column, 0) - times * value) % PRIME
        if left:
            row[column] = left
        else:
            row.pop(column, None)


def _graph(batches: Sequence[Row]) -> dict[int, dict[int, int]]:
    outside = len(batches)
    weights: dict[int, dict[int, int]] = {node: {} for node in range(outside + 1)}
    for one, batch in enumerate(batches):
        left, unknown = batch.plus, batch.minus
        for other, another in enumerate(batches):
            _connect(weights, one, other, (batch.plus & another.minus).bit_count())
            left &= ~another.minus
            unknown &= ~another.plus
        # What it takes back may never have been out: it was hidden in the batch that had it.
        _connect(weights, one, outside, left.bit_count() + unknown.bit_count())
    return weights


def _connect(weights: dict[int, dict[int, int]], one: int, other: int, edges: int) -> None:
    if edges and one != other:
        weights[one][other] = weights[one].get(other, 0) + edges
        weights[other][one] = weights[one][other]


def _phase(weights: Mapping[int, Mapping[int, int]]) -> tuple[int, int, int]:
    """The cut of the phase, the last node in maximum adjacency order, and the one before it."""
    tied = dict.fromkeys(weights, 0)
    last = before = next(iter(weights))
    cut = 0
    while tied:
        before, last = last, max(tied, key=lambda node: tied[node])
        cut = tied.pop(last)
        for node, edges in weights[last].items():
            if node in tied:
                tied[node] += edges
    return cut, last, before


def _merge(weights: dict[int, dict[int, int]], merged: int, into: int) -> None:
    for node, edges in weights.pop(merged).items():
        del weights[node][merged]
        _connect(weights, node, into, edges)


def bits(*answers: int) -> int:
    """A bit set of answers."""
    return sum(1 << answer for answer in answers)


def test_a_newcomer_is_found_by_subtracting_two_releases() -> None:
    rows = [Row(bits(*range(20))), Row(bits(*range(21)))]

    assert isolated(rows) == [bits(20)]
    assert closest(rows) == 1


def test_an_answer_is_found_by_three_scopes_that_overlap() -> None:
    city = Row(bits(*range(40)))
    agency, place = Row(bits(*range(25))), Row(bits(*range(24, 40)))

    assert isolated([city, agency, place]) == [bits(24)]
    assert closest([city, agency, place]) == 15


def test_sums_of_large_disjoint_sets_isolate_nobody() -> None:
    one, two, three = (Row(bits(*range(at, at + 10))) for at in (0, 10, 20))
    rows = [one, one + two, one + two + three, two + three]

    assert isolated(rows) == []
    assert closest(rows) == 10
    assert smallest_cut([one, two, three]) == 10


def test_ten_withdrawals_from_two_batches_isolate_two_answers() -> None:
    first, second = Row(bits(*range(10))), Row(bits(*range(10, 20)))
    withdrawal = Row(0, bits(*range(9), 10))

    assert smallest_cut([first, second, withdrawal]) == 2
    assert closest([first, second, withdrawal, first + withdrawal]) == 2


def test_withdrawals_that_ride_with_ten_new_answers_isolate_nobody() -> None:
    first, second = Row(bits(*range(10))), Row(bits(*range(10, 20)))
    third = Row(bits(*range(20, 30)), bits(*range(9), 10))

    assert smallest_cut([first, second, third]) == 10


def test_all_of_a_batch_withdrawn_leaves_nothing_to_find() -> None:
    first = Row(bits(*range(10)))
    second = Row(bits(*range(10, 20)), bits(*range(10)))

    assert first + second == Row(bits(*range(10, 20)))
    assert smallest_cut([first, second]) == 10


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 5)), max_size=30))
def test_the_smallest_cut_is_what_trying_all_combinations_finds(
    answers: list[tuple[int, int]],
) -> None:
    batches = [Row() for _ in range(5)]
    for answer, (given_out, taken_back) in enumerate(answers):
        batches[given_out] += Row(bits(answer))
        if given_out < taken_back < 5:
            batches[taken_back] += Row(0, bits(answer))
    tried = (
        sum((batch for place, batch in enumerate(batches) if mask >> place & 1), Row())
        for mask in range(1, 32)
    )

    sizes = [(row.plus | row.minus).bit_count() for row in tried if row]

    assert smallest_cut(batches) == (min(sizes) if sizes else None)


def test_a_combination_of_rows_is_in_their_space_and_another_vector_is_not() -> None:
    space = Space([{0: 1, 1: 1, 2: 1}, {1: 1, 2: 1}, {2: 3, 3: 3}])

    assert {0: 5} in space
    assert {1: 2, 3: -2} in space
    assert {1: 1} not in space
