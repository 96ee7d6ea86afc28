"""Topic `feedback`: what citizens answered (PermenPANRB 14/2017: nine elements, each 1-4)."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shared.contracts.cloudevent import CloudEvent, Code

TOPIC = "feedback"
SUBMITTED = "id.rancak.feedback.submitted.v1"
AGGREGATED = "id.rancak.feedback.aggregated.v1"

Score = Annotated[int, Meta(ge=1, le=4)]
QuestionnaireName = Annotated[
    str, Meta(min_length=3, max_length=47, pattern=r"\A[a-z0-9-]{1,40}\.[1-9][0-9]{0,5}\Z")
]
Series = Literal["invited", "open", "assisted", "agency", "imported"]

MOST_MEASURED = 100_000_000
Count = Annotated[int, Meta(ge=0, le=MOST_MEASURED)]
# A cell below ten is never public (UU 27/2022), wherever it was measured.
Measured = Annotated[int, Meta(ge=10, le=MOST_MEASURED)]
_OWN_SCOPE = r"\A(?:agency:[a-z0-9-]{1,40}|service:[a-z0-9-]{1,40}\.[a-z0-9-]{1,40})\Z"
_MONTHS = r"\A20[0-9]{2}(?:-(?:S[12]|Q[1-4]|0[1-9]|1[0-2]))?\Z"
_INDEX = r"\A(?:100(?:\.00?)?|[0-9]{1,2}(?:\.[0-9]{1,2})?)\Z"
_HTTPS = r"\Ahttps://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[!#-;=?-\[\]_a-z~]*)?\Z"


class Answers(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,
):
    """The nine elements of the regulation, by name: sources disagree on the numbers 8 and 9."""

    requirements: Score | UnsetType = UNSET
    procedure: Score | UnsetType = UNSET
    time: Score | UnsetType = UNSET
    cost: Score | UnsetType = UNSET
    product: Score | UnsetType = UNSET
    competence: Score | UnsetType = UNSET
    behaviour: Score | UnsetType = UNSET
    complaints: Score | UnsetType = UNSET
    facilities: Score | UnsetType = UNSET


class Respondent(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,
):
    """Who answered, as far as volunteered. Never a name, never a number of a person."""

    sex: Literal["female", "male"] | UnsetType = UNSET
    age: Annotated[int, Meta(ge=0, le=120)] | UnsetType = UNSET
    age_band: (
        Literal["under_17", "17_25", "26_35", "36_45", "46_55", "56_65", "over_65"] | UnsetType
    ) = UNSET
    education: Literal["sd", "smp", "sma", "d1", "d2", "d3", "s1", "s2", "s3"] | UnsetType = UNSET
    occupation: (
        Literal["pns", "tni", "polri", "aparatur", "swasta", "wirausaha", "pelajar", "lainnya"]
        | UnsetType
    ) = UNSET
    disability: Literal["yes", "no"] | UnsetType = UNSET


class FeedbackSubmitted(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,
):
    """One citizen's answer about one service. `comment` never reaches the log: it is sealed.

    `questionnaire` is the version that was asked (`nasional.1`, `dpmptsp.2`), by default the one in
    force on the day; `extra` are scores of elements that only that version has.
    """

    service: Annotated[str, Meta(min_length=3, max_length=81)]
    place: Annotated[str, Meta(min_length=1, max_length=40)] | UnsetType = UNSET
    series: Series
    answers: Answers
    respondent: Respondent | UnsetType = UNSET
    comment: Annotated[str, Meta(min_length=1, max_length=1000)] | UnsetType = UNSET
    questionnaire: QuestionnaireName | UnsetType = UNSET
    extra: Annotated[dict[Code, Score], Meta(min_length=1, max_length=10)] | UnsetType = UNSET


class FeedbackSubmittedEvent(
    CloudEvent, frozen=True, kw_only=True, gc=False, tag_field="type", tag=SUBMITTED
):
    """`id.rancak.feedback.submitted.v1` as an agency posts it."""

    data: FeedbackSubmitted


class Sums(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,
):
    """One element as it was measured elsewhere: n ≤ sum ≤ 4n.

    `counts`: how often the scores 1, 2, 3 and 4 were given.
    """

    n: Measured
    sum: Annotated[int, Meta(ge=10, le=4 * MOST_MEASURED)]
    counts: Annotated[list[Count], Meta(min_length=4, max_length=4)] | UnsetType = UNSET


class MeasuredElements(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,
):
    """The elements that were asked about, one at least."""

    requirements: Sums | UnsetType = UNSET
    procedure: Sums | UnsetType = UNSET
    time: Sums | UnsetType = UNSET
    cost: Sums | UnsetType = UNSET
    product: Sums | UnsetType = UNSET
    competence: Sums | UnsetType = UNSET
    behaviour: Sums | UnsetType = UNSET
    complaints: Sums | UnsetType = UNSET
    facilities: Sums | UnsetType = UNSET


class FeedbackAggregated(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,
):
    """What an agency measured elsewhere. Shown beside the index, never part of it.

    A later event of the same scope, period and method takes its place; one that is `withdrawn`
    repeats it and ends it. `published` is the index that the agency made public, at `source_url`.
    """

    scope: Annotated[str, Meta(pattern=_OWN_SCOPE, max_length=90)]
    period: Annotated[str, Meta(pattern=_MONTHS)]
    method: Annotated[str, Meta(min_length=1, max_length=200)]
    weight_method: Literal["exact", "0.111", "0.11"]
    n: Measured
    elements: MeasuredElements
    published: Annotated[str, Meta(pattern=_INDEX)] | UnsetType = UNSET
    source_url: Annotated[str, Meta(pattern=_HTTPS, max_length=300)] | UnsetType = UNSET
    withdrawn: bool | UnsetType = UNSET


class FeedbackAggregatedEvent(
    CloudEvent, frozen=True, kw_only=True, gc=False, tag_field="type", tag=AGGREGATED
):
    """`id.rancak.feedback.aggregated.v1` as an agency posts it."""

    data: FeedbackAggregated


INCOMING = FeedbackSubmittedEvent | FeedbackAggregatedEvent
