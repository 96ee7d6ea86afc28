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

from services.intake.domain.registry import name_fault, timezone_fault, validity_fault
from services.intake.store import registry as store
from services.intake.usecases.registry import UnknownAgency, register
from shared.auth import Keyring, Principal, forbidden
from shared.contracts.cloudevent import ServiceCode
from shared.contracts.registry import AgencyKind, PlaceKind
from shared.http import FieldError, Problem
from shared.http.body import json_body, read_body
from shared.http.problem import invalid

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Zone = Annotated[str, Meta(min_length=1, max_length=64)]
CODE = r"^[a-z0-9-]{1,40}$"
SERVICE_CODE = r"^[a-z0-9-]{1,40}\.[a-z0-9-]{1,40}$"
PLURALS = {"agency": "agencies", "place": "places", "service": "services"}
TITLES = {"agency": "instansi · agency", "place": "tempat · place", "service": "layanan · service"}


class AgencyIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An agency as it is registered."""

    name: Name
    kind: AgencyKind
    timezone: Zone | None = None


class PlaceIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place as it is registered."""

    name: Name
    kind: PlaceKind
    timezone: Zone | None = None


class ServiceIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A service as it is registered; its agency is the first part of its code."""

    name: Name
    valid_from: date | None = None
    valid_until: date | None = None
    successor: ServiceCode | None = None


@dataclass(frozen=True, slots=True)
class Registering:
    """What the routes need."""

    engine: AsyncEngine
    keyring: Keyring
    now: Callable[[], datetime]
    after_commit: Callable[[], None]


def router(registering: Registering) -> APIRouter:
    """The routes of all three kinds."""
    routes = APIRouter(prefix="/v1", tags=["registry"])
    for kind, body, pattern in (
        ("agency", AgencyIn, CODE),
        ("place", PlaceIn, CODE),
        ("service", ServiceIn, SERVICE_CODE),
    ):
        _add_put(routes, registering, kind, body, pattern)
        _add_reading(routes, registering, kind, pattern)
    return routes


def _add_put(
    routes: APIRouter,
    registering: Registering,
    kind: str,
    body: type[msgspec.Struct],
    pattern: str,
) -> None:
    @routes.put(
        f"/{PLURALS[kind]}/{{code}}",
        summary=f"Daftarkan {TITLES[kind]}",
        operation_id=f"put_{kind}",
        openapi_extra=json_body(body),
    )
    async def put(
        request: Request,
        code: str = Path(pattern=pattern),
        principal: Principal = Depends(registering.keyring.needs("registry:write")),
    ) -> Response:
        _check_owner(principal, kind, code)
        row = _row(kind, code, msgspec.structs.asdict(await read_body(request, body)))
        try:
            async with registering.engine.begin() as connection:
                is_new = await register(
                    connection,
                    kind,
                    row,
                    now=registering.now(),
                    correlation=get_contextvars().get("correlation_id"),
                )
        except UnknownAgency:
            raise Problem(
                404, "unknown_agency", "Instansi tidak terdaftar · The agency is not registered"
            ) from None
        if is_new:
            registering.after_commit()
        return _json(row)


def _add_reading(routes: APIRouter, registering: Registering, kind: str, pattern: str) -> None:
    @routes.get(
        f"/{PLURALS[kind]}/{{code}}", summary=f"Baca {TITLES[kind]}", operation_id=f"get_{kind}"
    )
    async def read(code: str = Path(pattern=pattern)) -> Response:
        async with registering.engine.connect() as connection:
            row = await store.find(connection, kind, code)
        if row is None:
            raise Problem(404, "not_found", "Tidak ditemukan · Not found")
        return _json(row)

    @routes.get(f"/{PLURALS[kind]}", summary=f"Daftar {TITLES[kind]}", operation_id=f"list_{kind}")
    async def listed(
        limit: int = Query(default=100, ge=1, le=1000),
        cursor: str = Query(default="", max_length=81),
    ) -> Response:
        async with registering.engine.connect() as connection:
            rows = await store.listed(connection, kind, after=cursor, limit=limit + 1)
        following = rows[limit - 1]["code"] if len(rows) > limit else None
        return _json({"items": rows[:limit], "next": following})


def _check_owner(principal: Principal, kind: str, code: str) -> None:
    """The platform registers everything; an agency its own services."""
    if principal.is_admin:
        return
    if kind != "service":
        raise forbidden()
    if code.partition(".")[0] != principal.agency:
        raise Problem(404, "unknown_agency", "Instansi tidak terdaftar · Unknown agency")


def _row(kind: str, code: str, given: Mapping[str, Any]) -> dict[str, Any]:
    faults = {
        "/name": name_fault(given["name"]),
        "/timezone": timezone_fault(given.get("timezone")),
        "/valid_until": validity_fault(given.get("valid_from"), given.get("valid_until")),
    }
    errors = [FieldError(pointer, fault) for pointer, fault in faults.items() if fault]
    if errors:
        raise invalid(*errors)
    row = {"code": code, **given}
    return {**row, "agency": code.partition(".")[0]} if kind == "service" else row


def _json(body: object) -> Response:
    return Response(msgspec.json.encode(body), media_type="application/json")
