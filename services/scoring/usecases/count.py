"""Count feedback: fold runs into rollups inside the checkpoint's transaction; what else lies in its
streams, corrections and complaints, is followed in the same one."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.corrections import Correction, Facts, concerning, service_of
from services.scoring.domain.fold import (
    Cell,
    Counters,
    Scores,
    extent_of,
    extra_as_counters,
    profile_as_counters,
    scores_as_counters,
)
from services.scoring.store import corrections, dirty, rollup
from services.scoring.usecases.correct import follow
from services.scoring.usecases.external import follow_external
from services.scoring.usecases.follow_complaints import follow_complaints
from services.scoring.usecases.promising import WorkTimes
from shared.contracts.feedback import SUBMITTED, Score
from shared.log import Run

_T = TypeVar("_T")
# Corrections and complaints: one look (0.2 ms in a thousand answers) finds both.
_OTHERS = b'"id.rancak.co'
# Answers and respondents repeat: the same bytes give the same counters. Bounded, then begun anew.
MEMORY = 50_000


class _Data(msgspec.Struct):
    """The members of an answer that counting needs; the rest is skipped."""

    service: str
    series: str
    answers: msgspec.Raw
    place: str = ""
    respondent: msgspec.Raw = msgspec.Raw()


class _Event(msgspec.Struct):
    type: str
    data: msgspec.Raw = msgspec.Raw()


class _Submitted(msgspec.Struct, tag_field="type", tag=SUBMITTED):
    day: str
    data: _Data
    correlationid: str | None = None


class _Answers(msgspec.Struct):
    requirements: Score | None = None
    procedure: Score | None = None
    time: Score | None = None
    cost: Score | None = None
    product: Score | None = None
    competence: Score | None = None
    behaviour: Score | None = None
    complaints: Score | None = None
    facilities: Score | None = None


class _Respondent(msgspec.Struct):
    sex: str | None = None
    age: int | None = None
    age_band: str | None = None
    education: str | None = None
    occupation: str | None = None
    disability: str | None = None


class Told(_Submitted, tag_field="type", tag=SUBMITTED):
    """With what a trace keeps of an answer."""

    time: datetime = datetime.min
    key: str | None = None


class _FullData(_Data):
    """With the scores of own elements, which few answers have."""

    questionnaire: str = ""
    extra: dict[str, Score] = {}


class _Full(msgspec.Struct, tag_field="type", tag=SUBMITTED):
    """With own elements, the questionnaire if intake said it, and what a correction can ask of an
    answer."""

    day: str
    data: _FullData
    correlationid: str | None = None
    questionnaire: str = ""
    time: datetime = datetime.min
    key: str | None = None


_SUBMITTED = msgspec.json.Decoder(list[_Submitted])
_TOLD = msgspec.json.Decoder(Told)
_ALL_TOLD = msgspec.json.Decoder(list[Told])
_FULL = msgspec.json.Decoder(list[_Full])
_ONE_FULL = msgspec.json.Decoder(_Full)
_ANY = msgspec.json.Decoder(list[_Event])
_EVENT = msgspec.json.Decoder(_Event)
_ONE = msgspec.json.Decoder(_Submitted)
_ANSWERS = msgspec.json.Decoder(_Answers)
_RESPONDENT = msgspec.json.Decoder(_Respondent)
# Runs without it are decoded without looking for it: most have none.
_EXTRA = b'"extra":{'


class Folder:
    """Folds runs of feedback; remembers what equal answers came to. Knows no database."""

    def __init__(self) -> None:
        self._scores: dict[bytes, tuple[int, str]] = {}
        self._profiles: dict[bytes, int] = {}

    def fold(
        self, runs: Sequence[Run], in_force: Sequence[Correction] = ()
    ) -> tuple[Counters, dict[str, str | None], list[Run]]:
        """Counters of all answers in these runs, and per service the last correlation id.

        With them the runs that hold more than the answers counted: whoever looks for other types
        need not search all. `in_force` are the corrections of their stream. Raises
        msgspec.ValidationError, KeyError or IndexError for an event that cannot be counted.
        """
        counters, touched, mixed = Counters.empty(), dict[str, str | None](), list[Run]()
        for run in runs:
            mine = concerning(run.body, in_force)
            events: Sequence[_Submitted | _Full]
            if mine or _EXTRA in run.body:
                events = full = _corrected(run, mine) if mine else _decoded(run, _FULL, _ONE_FULL)
                _fold_extras(full, counters.extras)
            else:
                lean = _decoded(run, _SUBMITTED, _ONE)
                events = lean
            self._fold_events(events, counters, touched)
            if len(events) <= run.last - run.first:
                mixed.append(run)
        return counters, touched, mixed

    def _fold_events(
        self,
        events: Sequence[_Submitted | _Full],
        counters: Counters,
        touched: dict[str, str | None],
    ) -> None:
        rollups, profiles = counters.rollups, counters.profiles
        for event in events:
            data = event.data
            answers = bytes(data.answers)
            scores, extent = self._scores.get(answers) or self._learn_scores(answers)
            cell: Cell = (data.service, data.place, data.series, event.day, extent)
            rollups[cell] = rollups.get(cell, 0) + scores
            respondent = bytes(data.respondent)
            if respondent:
                profile = self._profiles.get(respondent)
                if profile is None:
                    profile = self._learn_profile(respondent)
                who = cell[:-1]
                profiles[who] = profiles.get(who, 0) + profile
            touched[data.service] = event.correlationid

    def _learn_scores(self, answers: bytes) -> tuple[int, str]:
        if len(self._scores) >= MEMORY:
            self._scores.clear()
        scores = scores_of(answers)
        learnt = self._scores[answers] = scores_as_counters(scores), extent_of(scores)
        return learnt

    def _learn_profile(self, respondent: bytes) -> int:
        if len(self._profiles) >= MEMORY:
            self._profiles.clear()
        known = _RESPONDENT.decode(respondent)
        counters = profile_as_counters(**msgspec.structs.asdict(known))
        self._profiles[respondent] = counters
        return counters


async def count_feedback(
    connection: AsyncConnection, runs: Sequence[Run], folder: Folder, times: WorkTimes
) -> None:
    """Add the answers of runs of one stream that were never applied before to the rollups.

    What the runs say about corrections comes first: it holds for their own answers, too.
    """
    others = [run for run in runs if _OTHERS in run.body]
    for run in others:
        await follow(connection, run)
    if others:
        await follow_complaints(connection, others, times)
    first, last = min(run.first for run in runs), max(run.last for run in runs)
    in_force = await corrections.concerning(connection, runs[0].stream, first, last)
    counters, touched, mixed = folder.fold(runs, in_force)
    await follow_external(connection, mixed)
    for table, rows in counters.rows().items():
        await rollup.add(connection, table, rows)
    years = {(service, int(day[:4])) for service, _, _, day, _ in counters.rollups}
    await dirty.mark(connection, {moved: touched[moved[0]] for moved in years})


def told(run: Run) -> list[Told]:
    """The answers of a run with their times and keys. Raises msgspec.ValidationError."""
    return _decoded(run, _ALL_TOLD, _TOLD)


def scores_of(answers: bytes) -> Scores:
    """The nine scores of the JSON of some answers. Raises msgspec.ValidationError."""
    return msgspec.structs.astuple(_ANSWERS.decode(answers))


def _fold_extras(events: Sequence[_Full], extras: dict[Cell, int]) -> None:
    for event in events:
        data = event.data
        asked = data.questionnaire or event.questionnaire
        for element, score in data.extra.items():
            cell: Cell = (data.service, data.place, data.series, event.day, asked, element)
            extras[cell] = extras.get(cell, 0) + extra_as_counters(score)


def _decoded(
    run: Run, every: msgspec.json.Decoder[list[_T]], one: msgspec.json.Decoder[_T]
) -> list[_T]:
    """The answers of a run."""
    try:
        return every.decode(run.body)
    except msgspec.ValidationError:
        # Another type of the topic among them, or a bad event: look at each.
        events = zip(_ANY.decode(run.body), run.events(), strict=True)
        return [one.decode(raw) for event, raw in events if event.type == SUBMITTED]


def _corrected(run: Run, in_force: Sequence[Correction]) -> list[_Full]:
    """The same with each answer under the service that it counts for; without those out."""
    events: list[_Full] = []
    for sequence, raw in enumerate(run.events(), run.first):
        if _EVENT.decode(raw).type != SUBMITTED:
            continue
        event = _ONE_FULL.decode(raw)
        data = event.data
        answer = Facts(data.service, data.place, data.series, event.key, event.time, sequence)
        service = service_of(answer, in_force)
        if service is not None:
            counted = msgspec.structs.replace(data, service=service)
            events.append(msgspec.structs.replace(event, data=counted))
    return events
