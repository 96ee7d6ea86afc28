"""What one batch of rows becomes: events that may be stored, refusals, and counts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import islice
from zoneinfo import ZoneInfo

from msgspec import UNSET

from services.intake.domain.imports.columns import Columns
from services.intake.domain.imports.faults import RowFault
from services.intake.domain.imports.rows import EventIds, Reading, Row, read_row
from services.intake.store.imports import Refused, Tally
from services.intake.usecases.accept import Checker
from services.intake.usecases.candidates import Candidate, Outcome, Refusal
from services.intake.usecases.imports.options import Options
from services.intake.usecases.imports.tables import NumberedRow
from shared.contracts import feedback

NOON = time(12)
MOST_UNRECOGNISED = 50
LONGEST_UNRECOGNISED = 60
OTHERS = "…"


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the file: its number, and what it says with its event id, or its faults."""

    number: int
    row: Row | None
    event_id: str
    faults: Sequence[RowFault]


@dataclass(frozen=True, slots=True)
class Checked:
    """An item that was checked against the registry."""

    item: Item
    verdict: Candidate | RowFault | None


def take(rows: Iterator[NumberedRow], reading: Reading, ids: EventIds, count: int) -> list[Item]:
    """The next rows of the file. Ids depend on the rows before, so every row passes here once."""
    items = []
    for number, cells in islice(rows, count):
        read = read_row(cells, reading)
        if isinstance(read, Row):
            items.append(Item(number, read, ids.next(read), ()))
        else:
            items.append(Item(number, None, "", read))
    return items


def check(
    item: Item, checker: Checker, options: Options, columns: Columns, zone: ZoneInfo
) -> Checked:
    """The item's event, checked like every event that an agency sends."""
    if item.row is None:
        return Checked(item, None)
    verdict = checker.check(event_of(item.row, item.event_id, options, zone))
    if isinstance(verdict, Refusal):
        return Checked(item, RowFault(_header(verdict.pointer, columns), verdict.code))
    return Checked(item, verdict)


def event_of(
    row: Row, event_id: str, options: Options, zone: ZoneInfo
) -> feedback.FeedbackSubmittedEvent:
    """A row as the event that its agency could have posted; the time is noon of its day."""
    data = feedback.FeedbackSubmitted(
        service=row.service,
        place=options.place or UNSET,
        series=options.series,
        answers=feedback.Answers(**row.answers),
        respondent=feedback.Respondent(**row.respondent) if row.respondent else UNSET,  # type: ignore[arg-type]  # values.py knows the contract's words only
    )
    return feedback.FeedbackSubmittedEvent(
        specversion="1.0",
        id=event_id,
        source=f"/agencies/{options.agency}",
        time=datetime.combine(row.day, NOON, zone),
        data=data,
    )


def latest_now(now: datetime, zone: ZoneInfo) -> datetime:
    """Now, but not before today's noon: this morning's answers need not wait for it."""
    return max(now, datetime.combine(now.astimezone(zone).date(), NOON, zone))


class Counting:
    """Adds batches to the tally of a job."""

    def __init__(self, tally: Tally, columns: Columns) -> None:
        self.tally = tally
        self.refused: list[Refused] = []
        self._columns = columns

    def add(self, checked: Checked, outcome: Outcome | None) -> None:
        """Count one row; `outcome` is None for a row that was not submitted."""
        status = outcome.status if outcome else "refused"
        faults = checked.item.faults
        if isinstance(checked.verdict, RowFault):
            faults = [checked.verdict]
        if status == "conflict":
            status, faults = "refused", [RowFault(_header("/id", self._columns), "conflict")]
        self.tally.done += 1
        setattr(self.tally, status, getattr(self.tally, status) + 1)
        self.refused += [
            Refused(checked.item.number, position, fault.column, fault.code)
            for position, fault in enumerate(faults, start=1)
        ]
        if checked.item.row is not None:
            self._count_service(checked.item.row.service, status, faults)
            if status != "refused":
                self._count_unrecognised(checked.item.row)

    def _count_service(self, service: str, status: str, faults: Sequence[RowFault]) -> None:
        if any(fault.code == "unknown_service" for fault in faults):
            return
        counts = self.tally.per_service.setdefault(
            service, {"accepted": 0, "duplicate": 0, "refused": 0}
        )
        counts[status] += 1

    def _count_unrecognised(self, row: Row) -> None:
        for header, text in row.unrecognised:
            counts = self.tally.unrecognised.setdefault(header, {})
            shown = text[:LONGEST_UNRECOGNISED]
            if shown not in counts and len(counts) >= MOST_UNRECOGNISED:
                shown = OTHERS
            counts[shown] = counts.get(shown, 0) + 1


def _header(pointer: str, columns: Columns) -> str:
    place = {"/time": columns.date, "/data/service": columns.service, "/id": columns.id}.get(
        pointer
    )
    return "" if place is None else columns.headers[place]
