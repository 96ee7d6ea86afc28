"""PUT and GET of agencies, places and services. Reading is public."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.contextvars import get_contextvars

from services.intake.domain.registry import (
    name_fault,
    successor_fault,
    timezone_fault,
    validity_fault,
)
from services.intake.store import registry as store
from services.intake.usecases.registry import SuccessorCircle, UnknownAgency, register
from shared.auth import Keyring, Principal, forbidden
from shared.contracts.cloudevent import ServiceCode
from shared.contracts.registry import AgencyKind, PlaceKind
from shared.http import FieldError, Problem
from shared.http.body import json_body, read_body
from shared.http.openapi import answers
from shared.http.problem import invalid

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Zone = Annotated[str, Meta(min_length=1, max_length=64)]
CODE = r"^[a-z0-9-]{1,40}$"
SERVICE_CODE = r"^[a-z0-9-]{1,40}\.[a-z0-9-]{1,40}$"
CURSOR = r"^[a-z0-9.-]{0,81}$"


class AgencyIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An agency as it is registered."""

    name: Name
    kind: AgencyKind
    timezone: Zone | None = None
    example: bool = False


class PlaceIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place as it is registered."""

    name: Name
    kind: PlaceKind
    timezone: Zone | None = None
    example: bool = False


class ServiceIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A service as it is registered; its agency is the first part of its code."""

    name: Name
    valid_from: date | None = None
    valid_until: date | None = None
    successor: ServiceCode | None = None
    example: bool = False


class Agency(msgspec.Struct, frozen=True):
    """An agency."""

    code: str
    name: str
    kind: AgencyKind
    timezone: str | None
    example: bool


class Place(msgspec.Struct, frozen=True):
    """A place where services are given."""

    code: str
    name: str
    kind: PlaceKind
    timezone: str | None
    example: bool


class Service(msgspec.Struct, frozen=True):
    """A service of an agency."""

    code: str
    agency: str
    name: str
    valid_from: date | None
    valid_until: date | None
    successor: str | None
    example: bool


class Agencies(msgspec.Struct, frozen=True):
    """A page of agencies; `next` is the cursor of the following one."""

    items: list[Agency]
    next: str | None


class Places(msgspec.Struct, frozen=True):
    """A page of places."""

    items: list[Place]
    next: str | None


class Services(msgspec.Struct, frozen=True):
    """A page of services."""

    items: list[Service]
    next: str | None


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the three kinds of registry entries, and how it looks from outside."""

    name: str
    plural: str
    title: str
    code: str
    body: type[msgspec.Struct]
    item: type[msgspec.Struct]
    page: type[msgspec.Struct]


KINDS = (
    Kind("agency", "agencies", "instansi · agency", CODE, AgencyIn, Agency, Agencies),
    Kind("place", "places", "tempat · place", CODE, PlaceIn, Place, Places),
    Kind("service", "services", "layanan · service", SERVICE_CODE, ServiceIn, Service, Services),
)


@dataclass(frozen=True, slots=True)
class Registering:
    """What the routes need."""

    engine: AsyncEngine
    keyring: Keyring
    now: Callable[[], datetime]
    after_commit: Callable[[], None]
    default_zone: str


def router(registering: Registering) -> APIRouter:
    """The routes of all three kinds."""
    routes = APIRouter(prefix="/v1", tags=["registry"])
    for kind in KINDS:
        _add_put(routes, registering, kind)
        _add_reading(routes, registering, kind)
    return routes


def _add_put(routes: APIRouter, registering: Registering, kind: Kind) -> None:
    @routes.put(
        f"/{kind.plural}/{{code}}",
        summary=f"Daftarkan {kind.title}",
        description="The same again changes nothing. A key of mode `test` only checks.",
        operation_id=f"put_{kind.name}",
        responses=answers(kind.item, _PROBLEMS),
        openapi_extra=json_body(kind.body),
    )
    async def put(
        request: Request,
        code: str = Path(pattern=kind.code),
        principal: Principal = Depends(registering.keyring.needs("registry:write")),
    ) -> Response:
        _check_owner(principal, kind, code)
        row = _row(kind, code, msgspec.structs.asdict(await read_body(request, kind.body)))
        if await _store(registering, kind, row, only_check=principal.mode == "test"):
            registering.after_commit()
        return as_json(kind.item(**row))


async def _store(
    registering: Registering, kind: Kind, row: Mapping[str, Any], *, only_check: bool
) -> bool:
    engine = registering.engine
    try:
        # Without a commit nothing of it stays.
        async with engine.connect() if only_check else engine.begin() as connection:
            is_new = await register(
                connection,
                kind.name,
                row,
                now=registering.now(),
                correlation=get_contextvars().get("correlation_id"),
            )
    except UnknownAgency:
        raise unknown_agency() from None
    except SuccessorCircle:
        raise invalid(FieldError("/successor", "successor_circle")) from None
    return is_new and not only_check


def _add_reading(routes: APIRouter, registering: Registering, kind: Kind) -> None:
    @routes.get(
        f"/{kind.plural}/{{code}}",
        summary=f"Baca {kind.title}",
        operation_id=f"get_{kind.name}",
        responses=answers(kind.item, {404: "Not registered"}),
    )
    async def read(code: str = Path(pattern=kind.code)) -> Response:
        async with registering.engine.connect() as connection:
            row = await store.find(connection, kind.name, code)
        if row is None:
            raise Problem(404, "not_found", "Tidak ditemukan · Not found")
        return as_json(kind.item(**row))

    @routes.get(
        f"/{kind.plural}",
        summary=f"Daftar {kind.title}",
        operation_id=f"list_{kind.name}",
        responses=answers(kind.page, {}),
    )
    async def listed(
        limit: int = Query(default=100, ge=1, le=1000),
        cursor: str = Query(default="", pattern=CURSOR),
    ) -> Response:
        async with registering.engine.connect() as connection:
            rows = await store.listed(connection, kind.name, after=cursor, limit=limit + 1)
        following = rows[limit - 1]["code"] if len(rows) > limit else None
        return as_json(kind.page([kind.item(**row) for row in rows[:limit]], following))


def _check_owner(principal: Principal, kind: Kind, code: str) -> None:
    """The platform registers everything; an agency its own services."""
    if kind.name != "service" and not principal.is_admin:
        raise forbidden()
    if kind.name == "service":
        check_service_owner(principal, code)


def check_service_owner(principal: Principal, code: str) -> None:
    """An agency writes its own services. Raises the 404 problem."""
    if not principal.is_admin and code.partition(".")[0] != principal.agency:
        raise unknown_agency()


def entry_faults(code: str, given: Mapping[str, Any]) -> list[FieldError]:
    """What is wrong with an agency, place or service beyond its types."""
    faults = {
        "/name": name_fault(given["name"]),
        "/timezone": timezone_fault(given.get("timezone")),
        "/valid_until": validity_fault(given.get("valid_from"), given.get("valid_until")),
        "/successor": successor_fault(code, given.get("successor")),
    }
    return [FieldError(pointer, fault) for pointer, fault in faults.items() if fault]


def _row(kind: Kind, code: str, given: Mapping[str, Any]) -> dict[str, Any]:
    if errors := entry_faults(code, given):
        raise invalid(*errors)
    row = {"code": code, **given}
    return {**row, "agency": code.partition(".")[0]} if kind.name == "service" else row


def unknown_agency() -> Problem:
    """The same for an agency that is not there and for another one than the key's."""
    return Problem(404, "unknown_agency", "Instansi tidak terdaftar · Unknown agency")


def as_json(body: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(body), media_type="application/json")


_PROBLEMS = {
    400: "The body is not readable JSON",
    401: "No key, or one that is not valid",
    403: "The key lacks registry:write, or only the platform may register this",
    404: "The agency is not registered, or is not the key's",
    413: "The body is too large",
    415: "Not plain application/json",
    422: "The entry is not valid",
    503: "Try again (Retry-After)",
}
