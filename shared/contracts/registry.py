"""Topic `registry`: who takes part, and with which keys. A later event replaces an earlier one.

`example` marks entries that are there to show Rancak and say nothing about a real office.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from shared.contracts.cloudevent import Code

TOPIC = "registry"
AGENCY_REGISTERED = "id.rancak.agency.registered.v1"
PLACE_REGISTERED = "id.rancak.place.registered.v1"
SERVICE_REGISTERED = "id.rancak.service.registered.v1"
KEY_ISSUED = "id.rancak.key.issued.v1"
KEY_REVOKED = "id.rancak.key.revoked.v1"
QUESTIONNAIRE_PUBLISHED = "id.rancak.questionnaire.published.v1"

AgencyKind = Literal["dinas", "kecamatan", "kelurahan", "rsud", "bumd", "vertical", "other"]
PlaceKind = Literal["mpp", "office", "online", "mobile"]
Mode = Literal["live", "test"]
WordingText = Annotated[str, Meta(min_length=1, max_length=300)]
WeightText = Annotated[str, Meta(max_length=15, pattern=r"\A[1-9][0-9]{0,6}/[1-9][0-9]{0,6}\Z")]


class AgencyRegistered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An agency exists, or its name, kind or timezone (IANA name) changed."""

    code: str
    name: str
    kind: AgencyKind
    timezone: str | None = None
    example: bool = False


class PlaceRegistered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A place where services are given exists or changed. A place is never an agency."""

    code: str
    name: str
    kind: PlaceKind
    timezone: str | None = None
    example: bool = False


class ServiceRegistered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A service exists or changed. `code` is `<agency>.<service>`; dates are ISO calendar days."""

    code: str
    name: str
    valid_from: str | None = None
    valid_until: str | None = None
    successor: str | None = None
    example: bool = False


class KeyIssued(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A key exists. `secret_hash` is the SHA-256 of its secret in hex; the secret is not stored."""

    id: str
    agency: str | None = None
    scopes: list[str]
    mode: Mode
    secret_hash: str


class KeyRevoked(msgspec.Struct, frozen=True, kw_only=True):
    """A key must not be accepted any more."""

    id: str


class Wording(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    rename={"indonesian": "id", "english": "en"},
):
    """What people read, in both languages."""

    indonesian: WordingText
    english: WordingText


class NationalElement(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What an agency sets of one of the nine: another question, a weight as a fraction ("1/9").

    The element and its scale of answers stay as the regulation has them.
    """

    question: Wording | None = None
    weight: WeightText | None = None


class ExtraElement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An element of the agency's own, outside the index; `answers` are the words of 1, 2, 3, 4."""

    name: Wording
    question: Wording
    answers: tuple[Wording, Wording, Wording, Wording]


class QuestionnaireDraft(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A questionnaire as an agency writes it; `valid_from` is an ISO day, the first of a month.

    `elements` and `extra` are by code. Weights are given for all nine elements or for none.
    """

    valid_from: Annotated[str, Meta(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
    elements: dict[Code, NationalElement] = {}
    extra: dict[Code, ExtraElement] = {}


class QuestionnairePublished(QuestionnaireDraft, frozen=True, kw_only=True, omit_defaults=True):
    """A version of an agency's questionnaire: 1, 2, 3 …; it never changes."""

    agency: str
    version: int
