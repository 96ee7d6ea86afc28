"""Which answers go out next, and under which label: as fine as ten answers together allow.

Pure and deterministic. Whoever calls it adds the batches to the public sums and the members to what
is released, in one transaction; a second call then finds nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from operator import attrgetter

from services.scoring.domain.publication.cells import LIMIT
from services.scoring.domain.publication.label import (
    MIXED,
    Label,
    Span,
    join,
    month_number,
)
from services.scoring.domain.publication.release import (
    ANSWERS,
    NOTHING_HIDDEN,
    Counters,
    Part,
    Rule,
    summed,
    without,
)


@dataclass(frozen=True, slots=True)
class Batch:
    """What goes out as a whole: the sum of its members, with 0 in the columns that are `hidden`.

    The members give those too: they are released with the others, and nobody ever sees them.
    """

    label: Label
    counters: Counters
    members: Mapping[Label, Counters]
    hidden: frozenset[int] = NOTHING_HIDDEN


@dataclass(frozen=True, slots=True)
class Plan:
    """`withheld` waits in vain: its year is closed and it found no company. The rest just waits."""

    batches: tuple[Batch, ...]
    withheld: Mapping[Label, Counters]


def plan(
    pending: Mapping[Label, Counters],
    closed_through: date,
    *,
    rule: Rule = ANSWERS,
    withdrawn: Mapping[Label, Counters] | None = None,
    limit: int = LIMIT,
    everybody: bool = True,
) -> Plan:
    """The batches that can be formed of what is pending (rollup - released, by leaf).

    A city may be planned agency by agency: the last one together with what was withheld of the
    others, all others with `everybody` False, so that nobody is left over too early.

    A leaf that is large enough goes alone. What is left of closed months is joined across series,
    then places of the service, then months (quarter, semester, year), then services of the agency,
    then agencies. `withdrawn` is what of the pending takes *released* answers back, as positive
    counters, where that is known: such withdrawals ride with ten new answers of their leaf, instead
    of waiting for ten more than were withdrawn. Too much of it would betray answers.
    """
    closed = month_number(closed_through + timedelta(days=1))
    planner = _Planner(rule, closed, limit, _parts(pending, withdrawn or {}))
    planner.alone()
    for stage in _STAGES:
        if everybody or not stage.last:
            planner.together(stage)
    if everybody and not rule.table:
        planner.left_over()
    withheld = {part.label: part.counters for part in planner.waiting if planner.ended(part)}
    return Plan(tuple(planner.batches), withheld)


@dataclass(frozen=True, slots=True)
class _Stage:
    """Parts with the same key are joined once their period of that length is closed."""

    span: Span
    key: Callable[[Label], str | tuple[str, str]]
    last: bool = False


_STAGES = (
    _Stage(Span.MONTH, attrgetter("service", "place")),
    _Stage(Span.MONTH, attrgetter("service")),
    _Stage(Span.QUARTER, attrgetter("service")),
    _Stage(Span.SEMESTER, attrgetter("service")),
    _Stage(Span.YEAR, attrgetter("service")),
    _Stage(Span.YEAR, attrgetter("agency")),
    _Stage(Span.YEAR, lambda _: "", last=True),
)


@dataclass(slots=True)
class _Planner:
    rule: Rule
    closed: int  # the first month that is not closed
    limit: int
    waiting: list[Part]
    batches: list[Batch] = field(default_factory=list)

    def alone(self) -> None:
        """Each leaf for itself."""
        for part in self.waiting:
            if not self.rule.table or part.label.end_month <= self.closed:
                self._give([part], self.rule.hides([part], self.limit))
        self._forget_given()

    def together(self, stage: _Stage) -> None:
        """The groups of a stage, as soon as they are large enough."""
        for group in self._groups(stage):
            if len(group) == 1 and not stage.last:
                continue  # it was tried alone
            hidden = self.rule.hides(group, self.limit, last=stage.last)
            if hidden is not None:
                self._give_by_place(group, hidden)
        self._forget_given()

    def left_over(self) -> None:
        """What is left of a year joins the batch of that year whose answers lose least by it."""
        years: dict[int, list[Part]] = {}
        for part in self.waiting:
            if part.counters[0] != 0 and self.ended(part):
                years.setdefault(part.label.start.year, []).append(part)
        for year, parts in years.items():
            mates = [batch for batch in self.batches if batch.label.start.year == year]
            if mates:
                self._add(parts, min(mates, key=lambda batch: _loss(batch, parts)))
        self._forget_given()

    def ended(self, part: Part) -> bool:
        """Whether its year is closed, so that there is no later stage."""
        return (part.label.start.year + 1) * 12 <= self.closed

    def _groups(self, stage: _Stage) -> list[list[Part]]:
        groups: dict[tuple[int, str | tuple[str, str]], list[Part]] = {}
        months = stage.span
        for part in self.waiting:
            period = part.month // months
            if (period + 1) * months <= self.closed and part.label.span <= months:
                groups.setdefault((period, stage.key(part.label)), []).append(part)
        return list(groups.values())

    def _give_by_place(self, group: list[Part], hidden: frozenset[int]) -> None:
        """A place that is large enough goes apart, if that leaves nobody behind."""
        places: dict[str, list[Part]] = {}
        for part in group:
            places.setdefault(part.label.place, []).append(part)
        apart: list[list[Part]] = []
        rest: list[Part] = []
        for place, parts in places.items():
            if place != MIXED and len(places) > 1 and self._goes_whole(parts):
                apart.append(parts)
            else:
                rest += parts
        apart.sort(key=lambda parts: sum(part.counters[0] for part in parts))
        while rest and apart and not self._goes_whole(rest):
            rest += apart.pop(0)
        for parts in apart:
            self._give(parts, NOTHING_HIDDEN)
        if rest:
            self._give(rest, NOTHING_HIDDEN if apart else hidden)

    def _goes_whole(self, parts: Sequence[Part]) -> bool:
        return self.rule.hides(parts, self.limit) == NOTHING_HIDDEN

    def _give(self, parts: Sequence[Part], hidden: frozenset[int] | None) -> None:
        if hidden is not None:
            self.batches.append(_batch_of(parts, hidden))

    def _add(self, parts: Sequence[Part], batch: Batch) -> None:
        together = [
            *(Part(label, counters, counters) for label, counters in batch.members.items()),
            *parts,
        ]
        hidden = self.rule.hides(together, self.limit, last=True)
        if hidden is not None:
            self.batches[self.batches.index(batch)] = _batch_of(together, hidden)

    def _forget_given(self) -> None:
        self.waiting = [part for part in self.waiting if not part.is_out]


def _parts(pending: Mapping[Label, Counters], withdrawn: Mapping[Label, Counters]) -> list[Part]:
    labels = [label for label, counters in pending.items() if any(counters)]
    labels.sort(key=attrgetter("service", "place", "series", "start", "span"))
    parts = [Part(label, pending[label], pending[label]) for label in labels]
    for part in parts:
        if part.label in withdrawn:
            part.new = summed([part.counters, withdrawn[part.label]])
    return parts


def _batch_of(parts: Sequence[Part], hidden: frozenset[int]) -> Batch:
    for part in parts:
        part.is_out = True
    members = {part.label: part.counters for part in parts}
    total = summed(list(members.values()))
    return Batch(join(members.keys()), without(total, hidden), members, hidden)


def _loss(batch: Batch, parts: Sequence[Part]) -> tuple[int, Label]:
    """How many answers would get a coarser label."""
    joined = join([batch.label, *(part.label for part in parts)])
    return 0 if joined == batch.label else batch.counters[0], batch.label
