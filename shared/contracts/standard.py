"""Topic `registry`: what a service promises (UU 25/2009 art. 21; PermenPANRB 15/2014).

A version never changes. The one in force on a day is the highest that had begun by then.
"""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

PUBLISHED = "id.rancak.standard.published.v1"

Text = Annotated[str, Meta(min_length=1, max_length=500)]
Texts = Annotated[tuple[Text, ...], Meta(max_length=50)]
Unit = Literal["working_days", "calendar_days", "working_hours"]
Start = Literal["registered", "submitted"]
Pause = Literal["awaiting_applicant", "fee_due"]


class Requirement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an applicant must bring, and the office that issues it."""

    name: Text
    issued_by: Text | None = None


class Deadline(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The longest time from `starts` to the decision; the clock stands still in `pauses`."""

    number: Annotated[int, Meta(ge=1, le=1000)]
    unit: Unit
    starts: Start = "registered"
    pauses: Annotated[tuple[Pause, ...], Meta(max_length=2)] = ()


class Fee(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whole rupiah; 0 is free, none means: as `basis` (the regulation with its tariffs) says."""

    amount: Annotated[int, Meta(ge=0, le=10**12)] | None = None
    basis: Text | None = None


class Maklumat(msgspec.Struct, frozen=True, kw_only=True):
    """The signed promise (art. 22). `signed_by` is an office, never a person's name."""

    text: Text
    signed_by: Text
    signed_on: date


class Standard(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The 14 components, first the six of delivery; an empty one was not published.

    `example` marks what is made up for demonstration and no office's promise.
    """

    valid_from: date
    requirements: Annotated[tuple[Requirement, ...], Meta(max_length=50)] = ()
    procedure: Texts = ()
    deadline: Deadline | None = None
    fee: Fee | None = None
    product: Texts = ()
    complaints: Texts = ()
    legal_basis: Texts = ()
    facilities: Texts = ()
    competence: Texts = ()
    supervision: Texts = ()
    staff_number: Texts = ()
    service_guarantee: Texts = ()
    safety_guarantee: Texts = ()
    evaluation: Texts = ()
    maklumat: Maklumat | None = None
    reviewed_on: date | None = None
    example: bool = False


class StandardPublished(Standard, frozen=True, kw_only=True, omit_defaults=True):
    """A service has a standard, or another one from `valid_from` on: version 1, 2, 3 …"""

    service: str
    version: int
