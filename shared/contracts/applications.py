"""Topic `applications`: the way of an application through the offices, as its agencies tell it.

An application is a service and a `reference` that the agency chose. Nothing here is about a person.
`agency` names whose stage it is; without it, it is that of the agency that owns the service.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shared.contracts.cloudevent import CloudEvent, Code, ServiceCode

TOPIC = "applications"
_TYPE = "id.rancak.application.{}.v1"
SUBMITTED = _TYPE.format("submitted")
RETURNED = _TYPE.format("returned")
REGISTERED = _TYPE.format("registered")
MOVED = _TYPE.format("moved")
PAUSED = _TYPE.format("paused")
RESUMED = _TYPE.format("resumed")
ISSUED = _TYPE.format("issued")
REJECTED = _TYPE.format("rejected")
WITHDRAWN = _TYPE.format("withdrawn")
INVITED = _TYPE.format("invited")

Reference = Annotated[
    str, Meta(min_length=1, max_length=64, pattern=r"\A[A-Za-z0-9][A-Za-z0-9._/-]*\Z")
]
Stage = Literal["in_verification", "technical_review", "field_inspection", "awaiting_signature"]
PauseReason = Literal["awaiting_applicant", "fee_due"]
ReturnReason = Literal["incomplete", "unreadable", "wrong_service"]
Unit = Literal["working_days", "calendar_days", "working_hours", "hours"]


class Promised(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A time promised at the counter; it holds where the service has no published standard."""

    number: Annotated[int, Meta(ge=1, le=3660)]
    unit: Unit


class OfApplication(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,
):
    """Which application. The reference is never a number of a person (16 digits are refused)."""

    reference: Reference
    service: ServiceCode
    place: Code | UnsetType = UNSET


class ApplicationSubmitted(OfApplication, frozen=True, kw_only=True, gc=False):
    """The applicant has handed it in, or again after a return."""


class ApplicationReturned(OfApplication, frozen=True, kw_only=True, gc=False):
    """Given back before registration: no clock has started."""

    reason: ReturnReason


class ApplicationRegistered(OfApplication, frozen=True, kw_only=True, gc=False):
    """Complete and taken in: the clock starts."""

    promised: Promised | UnsetType = UNSET


class ApplicationMoved(OfApplication, frozen=True, kw_only=True, gc=False):
    """It enters a stage, in the hands of an agency; the stage before ends."""

    stage: Stage
    agency: Code | UnsetType = UNSET


class ApplicationPaused(OfApplication, frozen=True, kw_only=True, gc=False):
    """The next step is the applicant's: clocks that the reason stops stand."""

    reason: PauseReason
    agency: Code | UnsetType = UNSET


class ApplicationResumed(OfApplication, frozen=True, kw_only=True, gc=False):
    """The clocks run again."""

    agency: Code | UnsetType = UNSET


class ApplicationIssued(OfApplication, frozen=True, kw_only=True, gc=False):
    """Decided: granted and handed out."""


class ApplicationRejected(OfApplication, frozen=True, kw_only=True, gc=False):
    """Decided: refused."""


class ApplicationWithdrawn(OfApplication, frozen=True, kw_only=True, gc=False):
    """Taken back by the applicant."""


class ApplicationInvited(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False
):
    """Its agency has fetched the one-use link to an answer. Told by the platform; no link in it."""

    reference: Reference
    service: ServiceCode


class SubmittedEvent(
    CloudEvent, frozen=True, kw_only=True, gc=False, tag_field="type", tag=SUBMITTED
):
    """As an agency posts it; so are the others below."""

    data: ApplicationSubmitted


class ReturnedEvent(
    CloudEvent, frozen=True, kw_only=True, gc=False, tag_field="type", tag=RETURNED
):
    data: ApplicationReturned


class RegisteredEvent(
    CloudEvent, frozen=True, kw_only=True, gc=False, tag_field="type", tag=REGISTERED
):
    data: ApplicationRegistered


class MovedEvent(CloudEvent, frozen=True, kw_only=True, gc=False, tag_field="type", tag=MOVED):
    data: ApplicationMoved


class PausedEvent(CloudEvent, frozen=True, kw_only=True, gc=False, tag_field="type", tag=PAUSED):
    data: ApplicationPaused


class ResumedEvent(CloudEvent, frozen=True, kw_only=True, gc=False, tag_field="type", tag=RESUMED):
    data: ApplicationResumed


class IssuedEvent(CloudEvent, frozen=True, kw_only=True, gc=False, tag_field="type", tag=ISSUED):
    data: ApplicationIssued


class RejectedEvent(
    CloudEvent, frozen=True, kw_only=True, gc=False, tag_field="type", tag=REJECTED
):
    data: ApplicationRejected


class WithdrawnEvent(
    CloudEvent, frozen=True, kw_only=True, gc=False, tag_field="type", tag=WITHDRAWN
):
    data: ApplicationWithdrawn


# What an agency may tell of a stage that it has in another agency's service.
OfStage = MovedEvent | PausedEvent | ResumedEvent
INCOMING = (
    SubmittedEvent
    | ReturnedEvent
    | RegisteredEvent
    | OfStage
    | IssuedEvent
    | RejectedEvent
    | WithdrawnEvent
)
