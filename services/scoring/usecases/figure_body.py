"""What a published figure says, in the words that its receipt keeps."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from services.scoring.domain import ikm
from services.scoring.domain.elements import CODES
from services.scoring.domain.figure import Counted, Figure, pooled
from services.scoring.domain.ikm import WeightMethod
from services.scoring.domain.period import Period
from services.scoring.domain.publication.cells import LIMIT, clear
from services.scoring.domain.publication.shown import (
    STEP,
    Shown,
    shown,
    shown_elements,
    shown_moments,
)
from services.scoring.domain.statistics.interval import Interval, interval_of
from services.scoring.domain.statistics.letter import letter_of
from services.scoring.domain.statistics.sample import is_provisional
from services.scoring.domain.weights import EQUAL, NATIONAL, Weights, weights_from
from services.scoring.store.figures import Figure as StoredFigure

VERIFIED = "invited"
# Student's t on the logit of the index, of the spread of the totals, or of its upper bound.
BY_TOTALS, BY_BOUND = "t-logit", "t-logit, SD ≤ Σ w·SD"


class Bounds(msgspec.Struct, frozen=True):
    """The 95 % interval of an index, in points."""

    low: str
    high: str


class ElementBody(msgspec.Struct, frozen=True, kw_only=True):
    """One element. `n` and `sum` are told once the period is closed; null where few skipped it."""

    n: int | None
    sum: int | None
    nrr: str | None
    index: str | None
    letter: str | None = msgspec.field(name="class")


class VerifiedBody(msgspec.Struct, frozen=True, kw_only=True):
    """The verified answers alone (one-use links of finished applications)."""

    n: int | None
    index: str | None
    letter: str | None = msgspec.field(name="class")


class FigureBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A public value: all series, exact weights. It holds the public batches 1 to `batches`.

    `questionnaire` is the version whose weights hold, and `weights` those that are not all the
    same, by element. A figure that names none is by the national one, where each weighs 1/9.

    `perhaps` are the other classes that the interval touches. `exact` and two decimals only once
    the period is closed. `watermark`: the events that were counted by then.
    """

    number: int
    id: str
    scope: str
    name: str | None
    period: str
    closed: bool
    n: int | None
    index: str | None
    exact: str | None
    letter: str | None = msgspec.field(name="class")
    perhaps: list[str]
    interval: Bounds | None
    provisional: bool
    without_cost: str | None
    rule_set: str
    weight_method: str
    elements: dict[str, ElementBody]
    by_series: dict[str, int]
    verified: VerifiedBody
    batches: int
    watermark: dict[str, int]
    at: str
    supersedes: str | None
    questionnaire: str = NATIONAL
    weights: dict[str, str] | None = None


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """When a figure is made, and of what."""

    number: int
    batches: int
    watermark: Mapping[str, int]
    at: datetime
    supersedes: str | None


# Public sums that are shown without a figure of their own.
NO_RECEIPT = Moment(number=0, batches=0, watermark={}, at=datetime.min, supersedes=None)


def figure_body(
    scope: str,
    name: str | None,
    period: Period,
    by_series: Mapping[str, Counted],
    moment: Moment,
    *,
    closed: bool,
    weights: Weights = EQUAL,
    population: int | None = None,
) -> FigureBody:
    """The public value of these public sums (by series; mixed ones under `*`).

    `population` users of the period narrow the interval, and say whether enough answered.
    """
    rules = ikm.rules_on(period.last)
    counted = pooled(by_series.values())
    face = shown(counted, rules, weights, closed=closed)
    elements = _elements(counted, rules, closed=closed)
    all_told = all(each.n is not None for each in elements.values())
    index = weights.index(counted.tallies)
    exact = index if face.index and all_told else None
    moments = shown_moments(counted, weights, closed=closed)
    interval = interval_of(moments, population, weights.method) if moments and face.index else None
    letter = letter_of(counted.n, index, interval, rules)
    without = weights.index_without(counted.tallies, "cost") if exact is not None else None
    return FigureBody(
        number=moment.number,
        id=f"f{moment.number}",
        scope=scope,
        name=name,
        period=str(period),
        closed=closed,
        n=face.n,
        index=face.index,
        exact=None if exact is None else ikm.exact_text(exact),
        letter=ikm.letter_of(face.band),
        perhaps=[band.letter for band in letter.perhaps],
        interval=bounds_of(interval),
        # Of a number of users that anybody may try: what is shown of n, or tries would tell n.
        provisional=is_provisional(counted.n if population is None else face.n or 0, population),
        without_cost=None if without is None else ikm.published(without),
        rule_set=rules.name,
        weight_method=str(weights.method),
        elements=elements,
        by_series=_by_series(by_series, closed=closed),
        verified=verified_body(
            shown(by_series.get(VERIFIED, Counted()), rules, weights, closed=closed)
        ),
        batches=moment.batches,
        watermark=dict(sorted(moment.watermark.items())),
        at=moment.at.isoformat(timespec="seconds"),
        supersedes=moment.supersedes,
        questionnaire=weights.questionnaire,
        weights=None if weights.own is None else weights.said(),
    )


def weights_of(body: FigureBody) -> Weights:
    """The weights by which a figure says that it was made."""
    own = None if body.weights is None else weights_from([body.weights[code] for code in CODES])
    return Weights(body.questionnaire, own, WeightMethod(body.weight_method))


def interval_method(weights: Weights) -> str:
    """How the doubt of an index was computed."""
    return BY_TOTALS if weights.own is None else BY_BOUND


def read(figure: StoredFigure) -> FigureBody:
    """What a stored figure says, its elements in the regulation's order, not the alphabet's."""
    body = msgspec.json.decode(figure.body, type=FigureBody)
    ordered = {code: body.elements[code] for code in CODES}
    return msgspec.structs.replace(body, elements=ordered)


def said_by(figure: StoredFigure | None) -> FigureBody | None:
    """The same of a figure that may not be there."""
    return None if figure is None else read(figure)


def is_same(before: FigureBody, now: FigureBody) -> bool:
    """Whether two figures say the same of the same answers."""
    alike = {"number": 0, "id": "", "batches": 0, "watermark": {}, "at": "", "supersedes": None}
    return msgspec.structs.replace(before, **alike) == msgspec.structs.replace(now, **alike)


def _elements(counted: Counted, rules: ikm.RuleSet, *, closed: bool) -> dict[str, ElementBody]:
    faces = shown_elements(counted, rules, closed=closed)
    bodies = {}
    for code, tally in zip(CODES, counted.tallies, strict=True):
        face = faces[code]
        told = closed and face.index is not None and clear((tally.n, counted.n - tally.n))
        bodies[code] = ElementBody(
            n=tally.n if told else None,
            sum=tally.total if told else None,
            nrr=face.nrr,
            index=face.index,
            letter=ikm.letter_of(face.band),
        )
    return bodies


def _by_series(by_series: Mapping[str, Counted], *, closed: bool) -> dict[str, int]:
    return {
        name: part.n if closed else part.n // STEP * STEP
        for name, part in sorted(by_series.items())
        if part.n >= LIMIT
    }


def verified_body(face: Shown | Figure) -> VerifiedBody:
    """The verified answers, as they are shown or as they are counted."""
    return VerifiedBody(n=face.n, index=face.index, letter=ikm.letter_of(face.band))


def bounds_of(interval: Interval | None) -> Bounds | None:
    """An interval as it is published."""
    if interval is None:
        return None
    return Bounds(ikm.published(interval.low), ikm.published(interval.high))
