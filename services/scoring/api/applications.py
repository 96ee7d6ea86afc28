"""`/v1/applications`: one application explained, and what is due next; for its agency alone."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.api.index import as_json
from services.scoring.domain import scope as scopes
from services.scoring.domain.scope import Scope
from services.scoring.store.deadlines import services_in
from services.scoring.usecases.applications import (
    ApplicationAnswer,
    DueAnswer,
    SeveralServices,
    due_soon,
    explained,
    find,
)
from services.scoring.usecases.promising import WorkTimes
from shared.auth import Keyring, Principal
from shared.http import FieldError, Problem
from shared.http.openapi import answers
from shared.http.problem import invalid

PROBLEMS = {
    401: "Missing or invalid key",
    403: "The key lacks index:live",
    404: "No such application among those of the key's agency",
    409: "Several services of the agency use this reference: add service=",
    422: "A parameter is not valid",
    503: "Try again (Retry-After)",
}
MOST = 200
LONGEST_DAYS = 90
_CITY_WIDE = ("", "~")

ServiceText = Annotated[str | None, Query(max_length=81, examples=["dpmptsp.nib"])]
Cursor = tuple[datetime, str, str]
_CURSOR: msgspec.json.Decoder[Cursor] = msgspec.json.Decoder(Cursor)


class DueList(msgspec.Struct, frozen=True):
    """A page; `next` is the cursor of the one after it."""

    items: Sequence[DueAnswer]
    next: str | None


def router(
    engine: AsyncEngine, keyring: Keyring, times: WorkTimes, now: Callable[[], datetime]
) -> APIRouter:
    """The routes of applications."""
    routes = APIRouter(prefix="/v1/applications", tags=["deadlines"])
    may_see = Depends(keyring.needs("index:live"))

    @routes.get(
        "",
        summary="Yang segera jatuh tempo · What is due soon",
        responses=answers(DueList, PROBLEMS),
    )
    async def due(
        service: ServiceText = None,
        due_in: Annotated[int, Query(ge=0, le=LONGEST_DAYS, description="Days from now")] = 3,
        limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
        cursor: Annotated[str | None, Query(max_length=300)] = None,
        principal: Principal = may_see,
    ) -> Response:
        """Open applications whose time is up within so many days, what is late first."""
        services = services_asked(principal, service, _unknown())
        async with engine.connect() as connection:
            items = await due_soon(
                connection, services, due_in, after=_read(cursor), now=now(), most=limit
            )
        return as_json(DueList(items, _cursor(items[-1]) if len(items) == limit else None), "live")

    @routes.get(
        "/{reference:path}",
        summary="Satu permohonan, dijelaskan · One application, explained",
        responses=answers(ApplicationAnswer, PROBLEMS),
    )
    async def one(
        reference: Annotated[str, Path(min_length=1, max_length=64)],
        service: ServiceText = None,
        principal: Principal = may_see,
    ) -> Response:
        """Its state, its clock day by day with the reason of each, its stages, and what of its
        events does not fit."""
        async with engine.connect() as connection:
            try:
                row = await find(
                    connection, reference, services_asked(principal, service, _unknown())
                )
            except SeveralServices:
                raise several("applications") from None
            if row is None:
                raise _unknown()
            answer = await explained(connection, row, times, now=now())
        return as_json(answer, "live")

    return routes


def services_asked(principal: Principal, service: str | None, unknown: Problem) -> tuple[str, str]:
    """The services that are asked about. Those of another agency look like unknown ones."""
    if service is None:
        agency = principal.agency
        return _CITY_WIDE if agency is None else services_in(Scope(scopes.Kind.AGENCY, agency))
    try:
        scope = scopes.parse(f"service:{service}")
    except scopes.BadScope:
        raise invalid(FieldError("/query/service", "invalid_format")) from None
    if principal.agency not in (None, scope.agency):
        raise unknown
    return services_in(scope)


def _cursor(last: DueAnswer) -> str:
    place = [last.due_at, last.service, last.reference]
    return urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def _read(cursor: str | None) -> Cursor | None:
    if cursor is None:
        return None
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return _CURSOR.decode(raw)
    except (ValueError, msgspec.MsgspecError):
        raise invalid(FieldError("/query/cursor", "invalid_cursor")) from None


def _unknown() -> Problem:
    return Problem(404, "unknown_application", "Permohonan tidak ditemukan · No such application")


def several(cases: str) -> Problem:
    """That more than one of these cases has the reference that was asked for."""
    return Problem(
        409,
        f"several_{cases}",
        "Nomor ini dipakai beberapa layanan: sebutkan service= · "
        "Several services use this reference: add service=",
    )
