"""Which public sums a batch is part of: one for each scope that holds all of its answers."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date

from services.scoring.domain.publication.cells import LIMIT
from services.scoring.domain.publication.label import CITY_WIDE, MIXED, Label
from services.scoring.domain.publication.plan import Batch
from services.scoring.domain.publication.release import MOMENTS, Counters, Part, summed, without
from services.scoring.domain.scope import CITY, Kind, Scope

# Scope, first and last day of the label's period, series or `MIXED`.
SumKey = tuple[str, date, date, str]
PublicSums = dict[SumKey, Counters]


def scopes_of(label: Label) -> list[str]:
    """The scopes that a label lies within, and the service at its place."""
    found = [str(CITY)]
    is_service = label.service != label.agency
    if label.agency != CITY_WIDE:
        found.append(str(Scope(Kind.AGENCY, label.agency)))
    if is_service:
        found.append(str(Scope(Kind.SERVICE, label.service)))
    if label.place not in ("", MIXED):
        found.append(str(Scope(Kind.PLACE, label.place)))
        if is_service:
            found.append(at_place(label.place, label.service))
    return found


def at_place(place: str, service: str) -> str:
    """How the sums of a service at one place are named."""
    return f"at:{place}/{service}"


def with_safe_moments(batch: Batch, moments: frozenset[int], whole: int) -> Batch:
    """The batch without its moments (columns `moments`) unless they obey the rule for themselves.

    `whole` is the column that counts the whole answers; the first counts all of them.
    """
    parts = []
    for label, counters in batch.members.items():
        extents = (counters[whole], counters[0] - counters[whole])
        parts.append(Part(label, extents, extents))
    if MOMENTS.hides(parts, LIMIT) is not None:
        return batch
    return replace(batch, counters=without(batch.counters, moments), hidden=batch.hidden | moments)


def taken_back(
    label: Label, pending: Counters, given: Sequence[Counters], answers: Collection[int]
) -> Batch | None:
    """The batch that takes all batches of a leaf back, if nothing of the leaf is left.

    `given` are the batches that carry its label; `answers` the columns that no batch hides. If they
    are all that was released of the leaf, whole batches vanish: who subtracts learns of no smaller
    set of answers than before. Otherwise some went out with others, and it has to wait.
    """
    if not given or pending[0] >= 0:
        return None
    public = summed(given)
    if any(public[place] != -pending[place] for place in answers):
        return None
    counters = tuple(-value for value in public)
    return Batch(label, counters, {label: pending})


def may_come_back(pending: Counters, given: Sequence[Counters], answers: Collection[int]) -> bool:
    """Whether a leaf may go out again of which all batches were taken back.

    What vanished is still known. So either exactly that comes back, or at least ten answers more:
    anything between would tell what a few new ones add.
    """
    if not given or given[-1][0] >= 0 or summed(given)[0] != 0:
        return True
    vanished = given[-1]
    if all(pending[place] == -vanished[place] for place in answers):
        return True
    return pending[0] + vanished[0] >= LIMIT


def sums_of(batches: Iterable[Batch]) -> PublicSums:
    """What batches add to the public sums."""
    parts: dict[SumKey, list[Counters]] = {}
    for batch in batches:
        label = batch.label
        for scope in scopes_of(label):
            key = (scope, label.start, label.last, label.series)
            parts.setdefault(key, []).append(batch.counters)
    return {key: summed(rows) for key, rows in parts.items()}
