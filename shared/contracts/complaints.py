"""Topic `feedback`: the way of a complaint, a wish or a question, as its agency tells it.

After SP4N-LAPOR! (PermenPANRB 5/2025, before it 62/2018). A complaint is a service and a
`reference` that the agency chose. Nothing here is about a person: who complained stays with the
agency, and what was written never reaches the log.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shared.contracts.applications import Reference
from shared.contracts.cloudevent import CloudEvent, Code, ServiceCode

_TYPE = "id.rancak.complaint.{}.v1"
FILED = _TYPE.format("filed")
VERIFIED = _TYPE.format("verified")
FORWARDED = _TYPE.format("forwarded")
ANSWERED = _TYPE.format("answered")
CLOSED = _TYPE.format("closed")
REOPENED = _TYPE.format("reopened")
TYPES = (FILED, VERIFIED, FORWARDED, ANSWERED, CLOSED, REOPENED)

Text = Annotated[str, Meta(min_length=1, max_length=4000)]
Category = Literal["information_request", "aspiration", "complaint", "supervised_complaint"]
# The ten forms of maladministration of the Ombudsman: tidak memberikan pelayanan, penundaan
# berlarut, penyimpangan prosedur, tidak patut, tidak kompeten, penyalahgunaan wewenang, permintaan
# imbalan, diskriminasi, berpihak, konflik kepentingan.
Form = Literal[
    "no_service",
    "undue_delay",
    "procedure_deviation",
    "impropriety",
    "incompetence",
    "abuse_of_authority",
    "demand_for_payment",
    "discrimination",
    "partiality",
    "conflict_of_interest",
]
Channel = Literal["counter", "web", "app", "phone", "letter", "social_media", "sp4n"]
Verdict = Literal["accepted", "rejected", "archived"]
CloseReason = Literal["settled", "silent", "withdrawn"]


class OfComplaint(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,
):
    """Which complaint. The reference is never a number of a person (16 digits are refused)."""

    reference: Reference
    service: ServiceCode
    place: Code | UnsetType = UNSET


class ComplaintFiled(OfComplaint, frozen=True, kw_only=True, gc=False):
    """It has come in: the clocks start. `text` never reaches the log: it is sealed.

    `anonymous`: the agency does not know who complains; `confidential`: it knows and must not tell.
    """

    category: Category
    form: Form | UnsetType = UNSET
    anonymous: bool = False
    confidential: bool = False
    channel: Channel | UnsetType = UNSET
    text: Text | UnsetType = UNSET


class ComplaintVerified(OfComplaint, frozen=True, kw_only=True, gc=False):
    """Looked at: accepted, or ended by the other verdicts. What it is may be corrected here."""

    verdict: Verdict
    category: Category | UnsetType = UNSET
    form: Form | UnsetType = UNSET


class ComplaintForwarded(OfComplaint, frozen=True, kw_only=True, gc=False):
    """Handed to an agency; it stays the complaint of its service, whose owner tells the rest."""

    agency: Code


class ComplaintAnswered(OfComplaint, frozen=True, kw_only=True, gc=False):
    """A reply; `text` is sealed. `final`: it settles the matter, unless it is reopened."""

    final: bool = True
    text: Text | UnsetType = UNSET


class ComplaintClosed(OfComplaint, frozen=True, kw_only=True, gc=False):
    """Ended. After a final answer it also ends by itself, when the complainant stays silent."""

    reason: CloseReason


class ComplaintReopened(OfComplaint, frozen=True, kw_only=True, gc=False):
    """The complainant is not content: the clocks of a new round start."""


class FiledEvent(CloudEvent, frozen=True, kw_only=True, gc=False, tag_field="type", tag=FILED):
    """As an agency posts it; so are the others below."""

    data: ComplaintFiled


class VerifiedEvent(
    CloudEvent, frozen=True, kw_only=True, gc=False, tag_field="type", tag=VERIFIED
):
    data: ComplaintVerified


class ForwardedEvent(
    CloudEvent, frozen=True, kw_only=True, gc=False, tag_field="type", tag=FORWARDED
):
    data: ComplaintForwarded


class AnsweredEvent(
    CloudEvent, frozen=True, kw_only=True, gc=False, tag_field="type", tag=ANSWERED
):
    data: ComplaintAnswered


class ClosedEvent(CloudEvent, frozen=True, kw_only=True, gc=False, tag_field="type", tag=CLOSED):
    data: ComplaintClosed


class ReopenedEvent(
    CloudEvent, frozen=True, kw_only=True, gc=False, tag_field="type", tag=REOPENED
):
    data: ComplaintReopened


# Those that may carry free text.
WithText = FiledEvent | AnsweredEvent
INCOMING = WithText | VerifiedEvent | ForwardedEvent | ClosedEvent | ReopenedEvent
