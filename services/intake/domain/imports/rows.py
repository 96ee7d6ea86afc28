"""From a row of cells to what an answer's event says, and to an id that is the same every time."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from services.intake.domain.events import text_fault
from services.intake.domain.imports.columns import Columns
from services.intake.domain.imports.faults import RowFault
from services.intake.domain.imports.names import service_code, service_name
from services.intake.domain.imports.values import day, legible, profile_value, score
from services.intake.domain.registry import name_fault

_NAMESPACE = uuid.UUID("6f0d3c0e-5a2b-5c6f-9d39-52616e63616b")
_FIELD_OF = {"age": "age_band"}
MOST_ROWS = 1_048_576  # as many as a worksheet has
LONGEST_ROW = 256 * 1024
LONGEST_ID = 87  # an event id has 128 characters; a label of 40 and a colon may come before


@dataclass(frozen=True, slots=True)
class Reading:
    """How rows are read: the columns, and what holds for all rows."""

    columns: Columns
    agency: str
    service: str | None = None
    general_service: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row understood. `unrecognised` are profile cells without a meaning: (header, text)."""

    day: date
    service: str
    service_name: str
    answers: Mapping[str, int]
    respondent: Mapping[str, str]
    given_id: str | None
    unrecognised: Sequence[tuple[str, str]]


@dataclass(slots=True)
class _Found:
    faults: list[RowFault] = field(default_factory=list)
    unrecognised: list[tuple[str, str]] = field(default_factory=list)


def read_row(cells: Sequence[str], reading: Reading) -> Row | list[RowFault]:
    """What the row says, or everything that is wrong with it."""
    columns = reading.columns
    if len(cells) != len(columns.headers):
        return [RowFault("", "wrong_number_of_cells")]
    found = _Found()
    on = _day(cells, columns, found)
    named = _service(cells, reading, found)
    answers = _answers(cells, columns, found)
    respondent = _respondent(cells, columns, found)
    given_id = _given_id(cells, columns, found)
    if found.faults or on is None or named is None:
        return found.faults
    return Row(on, *named, answers, respondent, given_id, found.unrecognised)


def _day(cells: Sequence[str], columns: Columns, found: _Found) -> date | None:
    text = cells[columns.date].strip()
    on = day(text)
    if on is None:
        code = "invalid_date" if text else "missing_date"
        found.faults.append(RowFault(columns.headers[columns.date], code))
    return on


def _service(cells: Sequence[str], reading: Reading, found: _Found) -> tuple[str, str] | None:
    """Code and name of the service that the answer is about."""
    place = reading.columns.service
    header = "" if place is None else reading.columns.headers[place]
    text = "" if place is None else cells[place].strip()
    name = text or reading.service or reading.general_service
    if not name:
        found.faults.append(RowFault(header, "missing_service"))
        return None
    code, tidy = service_code(reading.agency, name), service_name(name)
    if code is None or name_fault(tidy):
        found.faults.append(RowFault(header, "invalid_service_name"))
        return None
    return code, tidy


def _answers(cells: Sequence[str], columns: Columns, found: _Found) -> dict[str, int]:
    answers: dict[str, int] = {}
    has_fault = False
    for element, place in columns.elements.items():
        if not cells[place].strip():
            continue
        value = score(cells[place])
        if value is None:
            has_fault = True
            found.faults.append(RowFault(columns.headers[place], "invalid_score"))
        else:
            answers[element] = value
    if not answers and not has_fault:
        found.faults.append(RowFault("", "no_answers"))
    return answers


def _respondent(cells: Sequence[str], columns: Columns, found: _Found) -> dict[str, str]:
    respondent: dict[str, str] = {}
    for attribute, place in columns.attributes.items():
        text = cells[place].strip()
        if not text:
            continue
        value = profile_value(attribute, text)
        if value is None:
            found.unrecognised.append((columns.headers[place], legible(text)))
        else:
            respondent[_FIELD_OF.get(attribute, attribute)] = value
    return respondent


def _given_id(cells: Sequence[str], columns: Columns, found: _Found) -> str | None:
    if columns.id is None:
        return None
    given = cells[columns.id].strip()
    header = columns.headers[columns.id]
    if not given:
        found.faults.append(RowFault(header, "missing_id"))
    elif len(given) > LONGEST_ID or text_fault(given):
        found.faults.append(RowFault(header, "invalid_id"))
    return given


class EventIds:
    """Gives each row of a file its event id, the same one in every run.

    Without an id column the id is made from what the row says (day, service, place, series, scores,
    respondent) and from how many equal rows came before it. Survey exports have no ids, and equal
    answers of two citizens on one day are normal: the first and the second of them must both count,
    once each, however often the file is sent. The row number is not part of it: a file in which a
    refused row was corrected, or that was sorted or grew, counts only what is new. Two *different*
    files whose rows may be equal (two counters' exports of one day) need a `label` each. What the
    options change is part of the content: with other columns mapped, rows are other answers.
    """

    def __init__(self, label: str | None, place: str | None, series: str) -> None:
        self._label = label
        self._common = (label or "", place or "", series)
        self._times: dict[bytes, int] = {}

    def next(self, row: Row) -> str:
        """The id of the row's event; call it once per understood row, in the order of the file."""
        if row.given_id is not None:
            return f"{self._label}:{row.given_id}" if self._label else row.given_id
        content = json.dumps(
            (
                *self._common,
                row.day.isoformat(),
                row.service,
                sorted(row.answers.items()),
                sorted(row.respondent.items()),
            )
        )
        key = uuid.uuid5(_NAMESPACE, content).bytes
        times = self._times[key] = self._times.get(key, 0) + 1
        return str(uuid.uuid5(_NAMESPACE, f"{times} {content}"))
