"""`/v1/services/{code}/standard`: publish a service's standard, read it, see what changed."""

from datetime import date
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from structlog.contextvars import get_contextvars

from services.intake.api.registry import (
    CURSOR,
    SERVICE_CODE,
    Registering,
    as_json,
    check_service_owner,
)
from services.intake.api.standard_shapes import (
    HistoryOut,
    NewestOut,
    NewestPage,
    StandardIn,
    StandardOut,
    history_of,
    shape_of,
)
from services.intake.domain.standard import Standard, in_force_on, shown_on
from services.intake.store import standards as store
from services.intake.usecases.registry import UnknownService
from services.intake.usecases.standards import Published, StandardRefused, publish, published
from shared.auth import Principal
from shared.http import FieldError, Problem
from shared.http.body import json_body, read_body
from shared.http.openapi import answers
from shared.http.problem import invalid

ServiceCode = Annotated[str, Path(pattern=SERVICE_CODE)]


def router(registering: Registering) -> APIRouter:
    """Writing, reading, history, and the list of all."""
    routes = APIRouter(prefix="/v1", tags=["registry"])
    _add_put(routes, registering)
    _add_reading(routes, registering)
    _add_history(routes, registering)
    _add_list(routes, registering)
    return routes


def _add_put(routes: APIRouter, registering: Registering) -> None:
    @routes.put(
        "/services/{code}/standard",
        summary="Terbitkan standar pelayanan · Publish a service's standard",
        description="Makes the next version if something changed. What applicants are promised "
        "can change from today on, not afterwards. A key of mode `test` only checks.",
        operation_id="put_standard",
        responses=answers(StandardOut, _PROBLEMS),
        openapi_extra=json_body(StandardIn),
    )
    async def put(
        request: Request,
        code: ServiceCode,
        principal: Principal = Depends(registering.keyring.needs("registry:write")),
    ) -> Response:
        check_service_owner(principal, code)
        given = await read_body(request, StandardIn)
        standard = msgspec.convert(msgspec.to_builtins(given), Standard)
        try:
            return as_json(await _publish(registering, code, standard, principal.mode == "test"))
        except UnknownService:
            raise unknown_service() from None
        except StandardRefused as refused:
            raise invalid(*(FieldError(*fault) for fault in refused.faults.items())) from None


async def _publish(
    registering: Registering, code: str, standard: Standard, only_check: bool
) -> StandardOut:
    engine = registering.engine
    now = registering.now()
    # Without a commit nothing of it stays.
    async with engine.connect() if only_check else engine.begin() as connection:
        version, is_new = await publish(
            connection,
            code,
            standard,
            now=now,
            default_zone=registering.default_zone,
            correlation=get_contextvars().get("correlation_id"),
        )
        known = await published(connection, code, now=now, default_zone=registering.default_zone)
    if is_new and not only_check:
        registering.after_commit()
    return shape_of(known, version)


def _add_reading(routes: APIRouter, registering: Registering) -> None:
    @routes.get(
        "/services/{code}/standard",
        summary="Baca standar pelayanan · Read a service's standard",
        description="The version in force today, or the first one to come; `on` asks for the "
        "version in force on a day, `version` for one by its number.",
        operation_id="get_standard",
        responses=answers(StandardOut, _NOT_THERE),
    )
    async def read(
        code: ServiceCode,
        version: int | None = Query(default=None, ge=1, le=2**31 - 1),
        on: date | None = Query(default=None),
    ) -> Response:
        known = await _published(registering, code)
        if version is not None:
            found = next((each for each in known.versions if each.number == version), None)
        elif on is not None:
            found = in_force_on(known.versions, on)
        else:
            found = shown_on(known.versions, known.today)
        if found is None:
            raise Problem(404, "no_standard", "Belum ada standar pelayanan · No such standard")
        return as_json(shape_of(known, found))


def _add_history(routes: APIRouter, registering: Registering) -> None:
    @routes.get(
        "/services/{code}/standard/history",
        summary="Riwayat standar pelayanan · What changed in a service's standard",
        operation_id="get_standard_history",
        responses=answers(HistoryOut, _NOT_THERE),
    )
    async def history(code: ServiceCode) -> Response:
        known = await _published(registering, code)
        return as_json(HistoryOut(code, history_of(known.versions)))


def _add_list(routes: APIRouter, registering: Registering) -> None:
    @routes.get(
        "/standards",
        summary="Standar semua layanan · The newest standard of every service",
        operation_id="list_standards",
        responses=answers(NewestPage, {}),
    )
    async def listed(
        limit: int = Query(default=100, ge=1, le=1000),
        cursor: str = Query(default="", pattern=CURSOR),
    ) -> Response:
        async with registering.engine.connect() as connection:
            found = await store.newest(connection, after=cursor, limit=limit + 1)
        items = [NewestOut(code, each.number, each.standard) for code, each in found[:limit]]
        return as_json(NewestPage(items, items[-1].service if len(found) > limit else None))


async def _published(registering: Registering, code: str) -> Published:
    async with registering.engine.connect() as connection:
        try:
            return await published(
                connection, code, now=registering.now(), default_zone=registering.default_zone
            )
        except UnknownService:
            raise unknown_service() from None


def unknown_service() -> Problem:
    """404: nobody registered such a service."""
    return Problem(404, "unknown_service", "Layanan tidak ditemukan · No such service")


_NOT_THERE = {404: "The service is not registered, or has no such standard"}
_PROBLEMS = {
    400: "The body is not readable JSON",
    401: "No key, or one that is not valid",
    403: "The key lacks registry:write",
    404: "The service is not registered, or is not the key's",
    413: "The body is too large",
    415: "Not plain application/json",
    422: "The standard is not valid",
    503: "Try again (Retry-After)",
}
