"""Topic `feedback`: what citizens answered (PermenPANRB 14/2017: nine elements, each 1-4)."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shared.contracts.cloudevent import CloudEvent, Code

TOPIC = "feedback"
SUBMITTED = "id.rancak.feedback.submitted.v1"

Score = Annotated[int, Meta(ge=1, le=4)]
QuestionnaireName = Annotated[
    str, Meta(min_length=3, max_length=47, pattern=r"\A[a-z0-9-]{1,40}\.[1-9][0-9]{0,5}\Z")
]
Series = Literal["invited", "open", "assisted", "agency", "imported"]


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


INCOMING = FeedbackSubmittedEvent
