"""Fold answers into rollups: integers only, so that any split, order and repetition gives the same.

The counters of a rollup are the fields of one Python integer, 32 bits each: adding an answer is one
addition, whatever the number of counters. A fold of at most `MOST_ANSWERS` cannot overflow a field.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from struct import Struct

from services.scoring.domain.elements import CODES, SCORES
from services.scoring.domain.scope import agency_of

SUMS = ("n", "total", "total_sq")
# Σ score × total of the same answer: what the correlation of an element with the rest needs.
PAIR_COLUMNS = tuple(f"{element}_total" for element in CODES)
SCORE_COLUMNS = tuple(f"{element}_{score}" for element in CODES for score in SCORES)
ROLLUP_COLUMNS = SUMS + PAIR_COLUMNS + SCORE_COLUMNS

PROFILE_VALUES: Mapping[str, tuple[str, ...]] = {
    "sex": ("female", "male"),
    "age": ("under_17", "17_25", "26_35", "36_45", "46_55", "56_65", "over_65"),
    "education": ("sd", "smp", "sma", "d1", "d2", "d3", "s1", "s2", "s3"),
    "occupation": (
        "pns",
        "tni",
        "polri",
        "aparatur",
        "swasta",
        "wirausaha",
        "pelajar",
        "lainnya",
    ),
    "disability": ("yes", "no"),
}
PROFILE_COLUMNS = tuple(
    f"{attribute}_{value}" for attribute, values in PROFILE_VALUES.items() for value in values
)
AGE_BANDS = (
    (17, "under_17"),
    (26, "17_25"),
    (36, "26_35"),
    (46, "36_45"),
    (56, "46_55"),
    (66, "56_65"),
)
DAY, MONTH, YEAR = "d", "m", "y"
# Whether all nine elements were answered. Kept apart: the spread of the totals, and what follows
# from it, is only that of whole answers.
WHOLE, PARTIAL = "whole", "partial"
ROLLUP_KEY = ("service", "place", "series", "grain", "start", "extent")
PROFILE_KEY = ("service", "place", "series", "grain", "start")
# An agency's own elements, outside the index: by the questionnaire that asked them.
EXTRA_KEY = (*PROFILE_KEY, "questionnaire", "element")
EXTRA_COLUMNS = tuple(f"score_{score}" for score in SCORES)
# By table, what a row is found by, and what it counts.
KEYS = {"rollup": ROLLUP_KEY, "profile": PROFILE_KEY, "extra": EXTRA_KEY}
COLUMNS = {"rollup": ROLLUP_COLUMNS, "profile": PROFILE_COLUMNS, "extra": EXTRA_COLUMNS}

_FIELD_BITS = 32
# The largest field is total_sq: at most 36² an answer.
MOST_ANSWERS = (2**_FIELD_BITS - 1) // (4 * len(CODES)) ** 2
_ROLLUP_AT = {name: place * _FIELD_BITS for place, name in enumerate(ROLLUP_COLUMNS)}
_PROFILE_AT = {name: place * _FIELD_BITS for place, name in enumerate(PROFILE_COLUMNS)}
_PAIR_AT = [_ROLLUP_AT[name] for name in PAIR_COLUMNS]
_SCORE_AT = [[_ROLLUP_AT[f"{element}_{score}"] for score in SCORES] for element in CODES]
_ROLLUP_FIELDS = Struct(f"<{len(ROLLUP_COLUMNS)}I")
_PROFILE_FIELDS = Struct(f"<{len(PROFILE_COLUMNS)}I")
_EXTRA_FIELDS = Struct(f"<{len(EXTRA_COLUMNS)}I")

Scores = Sequence[int | None]
# Service, place, series, day; of scores also the extent; of extras the questionnaire and element.
Cell = tuple[str, ...]
# The same with grain and start of a row in place of the day: the values of its table's key.
Key = tuple[str, ...]


def scores_as_counters(scores: Scores) -> int:
    """One answer (nine scores 1-4 or None, in the order of the elements) as packed counters.

    `n` counts the answer, `total` its sum, `total_sq` the square of its sum, `<element>_total` the
    product of a score and the sum.
    """
    total = sum(score for score in scores if score is not None)
    counters = 1 + (total << _ROLLUP_AT["total"]) + (total * total << _ROLLUP_AT["total_sq"])
    for pair, places, score in zip(_PAIR_AT, _SCORE_AT, scores, strict=True):
        if score is not None:
            counters += (score * total << pair) + (1 << places[score - 1])
    return counters


def extent_of(scores: Scores) -> str:
    """Whether an answer is whole."""
    return PARTIAL if None in scores else WHOLE


def profile_as_counters(
    *,
    sex: str | None = None,
    age: int | None = None,
    age_band: str | None = None,
    education: str | None = None,
    occupation: str | None = None,
    disability: str | None = None,
) -> int:
    """One respondent's attributes as packed counters; what is not told is not counted."""
    told = {
        "sex": sex,
        "age": age_band if age is None else band_of(age),
        "education": education,
        "occupation": occupation,
        "disability": disability,
    }
    return sum(
        1 << _PROFILE_AT[f"{attribute}_{value}"]
        for attribute, value in told.items()
        if value is not None
    )


def extra_as_counters(score: int) -> int:
    """One score of an own element as packed counters."""
    return 1 << (score - 1) * _FIELD_BITS


def band_of(age: int) -> str:
    """The age band of an age in years."""
    return next((band for below, band in AGE_BANDS if age < below), "over_65")


@dataclass(slots=True)
class Counters:
    """What was folded: per service, place, series and day the packed counters."""

    rollups: dict[Cell, int]
    profiles: dict[Cell, int]
    extras: dict[Cell, int]

    @classmethod
    def empty(cls) -> "Counters":
        """Nothing folded yet."""
        return cls({}, {}, {})

    def rows(self) -> dict[str, dict[Key, tuple[int, ...]]]:
        """By table: key → values of its COLUMNS."""
        return {
            "rollup": rollup_rows(self.rollups),
            "profile": profile_rows(self.profiles),
            "extra": extra_rows(self.extras),
        }


def rollup_rows(rollups: Mapping[Cell, int]) -> dict[Key, tuple[int, ...]]:
    """Packed counters as rows: key → values of ROLLUP_COLUMNS.

    Days and months are kept of each service; years of each agency as a whole, under its code where
    a service's would stand: a service has twelve months a year, a city fourteen thousand.
    """
    return _rows(rollups, _ROLLUP_FIELDS, lambda cell: (_day_of(cell), *_month_and_year_of(cell)))


def profile_rows(profiles: Mapping[Cell, int]) -> dict[Key, tuple[int, ...]]:
    """The same for respondents' attributes, without days: key → values of PROFILE_COLUMNS."""
    return _rows(profiles, _PROFILE_FIELDS, _month_and_year_of)


def extra_rows(extras: Mapping[Cell, int]) -> dict[Key, tuple[int, ...]]:
    """The same for own elements, of days and months: key → values of EXTRA_COLUMNS."""
    return _rows(extras, _EXTRA_FIELDS, lambda cell: (_day_of(cell), _month_and_year_of(cell)[0]))


def _rows(
    cells: Mapping[Cell, int], fields: Struct, keys_of: Callable[[Cell], tuple[Key, ...]]
) -> dict[Key, tuple[int, ...]]:
    packed: dict[Key, int] = {}
    for cell, counters in cells.items():
        for key in keys_of(cell):
            packed[key] = packed.get(key, 0) + counters
    return {
        key: fields.unpack(packed[key].to_bytes(fields.size, "little")) for key in sorted(packed)
    }


def _day_of(cell: Cell) -> Key:
    service, place, series, day, *rest = cell
    return service, place, series, DAY, day, *rest


def _month_and_year_of(cell: Cell) -> tuple[Key, Key]:
    service, place, series, day, *rest = cell
    return (
        (service, place, series, MONTH, day[:8] + "01", *rest),
        (agency_of(service), place, series, YEAR, day[:5] + "01-01", *rest),
    )


def add_rows(
    sums: dict[Key, tuple[int, ...]], rows: Mapping[Key, tuple[int, ...]]
) -> dict[Key, tuple[int, ...]]:
    """Add rows to sums in place: what many folds give together."""
    for key, values in rows.items():
        before = sums.get(key)
        sums[key] = values if before is None else tuple(map(sum, zip(before, values, strict=True)))
    return sums
