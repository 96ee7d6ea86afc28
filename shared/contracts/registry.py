"""Topic `registry`: who takes part, and with which keys. A later event replaces an earlier one.

`example` marks entries that are there to show Rancak and say nothing about a real office.
"""

from typing import Literal

import msgspec

TOPIC = "registry"
AGENCY_REGISTERED = "id.rancak.agency.registered.v1"
PLACE_REGISTERED = "id.rancak.place.registered.v1"
SERVICE_REGISTERED = "id.rancak.service.registered.v1"
KEY_ISSUED = "id.rancak.key.issued.v1"
KEY_REVOKED = "id.rancak.key.revoked.v1"

AgencyKind = Literal["dinas", "kecamatan", "kelurahan", "rsud", "bumd", "vertical", "other"]
PlaceKind = Literal["mpp", "office", "online", "mobile"]
Mode = Literal["live", "test"]


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
