"""What a complaint adds to its rollups: each fact on its own day, so that it can be taken back.

What silence closes is no part of them: it happens without a fact.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from services.scoring.domain.clock.worktime import WorkTime
from services.scoring.domain.complaint.clocks import Judgement, Running
from services.scoring.domain.complaint.facts import Category, Verdict
from services.scoring.domain.complaint.law import KEPT
from services.scoring.domain.complaint.state import Complaint

KEY = ("service", "place", "form", "grain", "start")
DAY, MONTH = "d", "m"
# What one clock came to, by clock and judgement.
JUDGED = {(clock, how): f"{clock}_{how}" for clock in KEPT for how in Judgement}
COLUMNS = (
    "filed",
    *Category,
    "anonymous",
    "confidential",
    "rejected",
    "archived",
    "closed",
    "reopened",
    *JUDGED.values(),
)
_AT = {name: place for place, name in enumerate(COLUMNS)}

# Service, place, form, grain, start.
Key = tuple[str, str, str, str, str]
Row = tuple[int, ...]
# What is counted once: on which local day, in which column.
Count = tuple[date, str]


def counts_of(complaint: Complaint, running: Iterable[Running], where: WorkTime) -> Sequence[Count]:
    """All that a complaint counts for. Nothing before it is filed: its category is not known."""
    if complaint.filed_at is None:
        return ()
    filed = ["filed", complaint.category]
    filed += ["anonymous"] * complaint.is_anonymous + ["confidential"] * complaint.is_confidential
    counts = [(where.day_of(complaint.filed_at), name) for name in filed]
    if complaint.verified_at is not None and complaint.verdict in _TURNED_AWAY:
        counts.append((where.day_of(complaint.verified_at), _TURNED_AWAY[complaint.verdict]))
    for number, each in enumerate(complaint.rounds):
        if number > 0:
            counts.append((where.day_of(each.since), "reopened"))
        if each.closed_at is not None:
            counts.append((where.day_of(each.closed_at), "closed"))
    counts += [
        (where.day_of(clock.met_at), JUDGED[clock.clock, clock.judgement])
        for clock in running
        if clock.met_at is not None and clock.judgement is not None
    ]
    return counts


def rows_of(
    service: str, place: str, form: str, counts: Iterable[Count], *, times: int = 1
) -> dict[Key, Row]:
    """The rows of days and months that these counts go to; with `times` -1, what is taken back."""
    rows: dict[Key, list[int]] = {}
    for day, name in counts:
        for grain, start in ((DAY, day), (MONTH, day.replace(day=1))):
            key = (service, place, form, grain, start.isoformat())
            rows.setdefault(key, [0] * len(COLUMNS))[_AT[name]] += times
    return {key: tuple(row) for key, row in rows.items()}


_TURNED_AWAY: Mapping[Verdict | None, str] = {
    Verdict.REJECTED: "rejected",
    Verdict.ARCHIVED: "archived",
}
