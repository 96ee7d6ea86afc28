"""Issue, list and revoke API keys."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from msgspec import Meta
from structlog.contextvars import get_contextvars

from services.intake.api.registry import Registering, unknown_agency
from services.intake.usecases import keys
from services.intake.usecases.keys import Reach, UnknownKey
from services.intake.usecases.registry import UnknownAgency
from shared.auth import ADMIN, SCOPES, Principal, forbidden
from shared.contracts.cloudevent import Code
from shared.contracts.registry import Mode
from shared.http import FieldError, Problem
from shared.http.body import json_body, read_body
from shared.http.openapi import answers, refusals
from shared.http.problem import invalid

OF_THE_PLATFORM = frozenset({ADMIN, "log:read"})  # the log holds everybody's events
# What these allow is done for one agency; without one they would reach all of them.
OF_AN_AGENCY = frozenset({"events:write", "import:write", "registry:write", "keys:write"})


class KeyIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The key to make: for an agency, or (null, said explicitly) for the platform itself."""

    agency: Code | None
    scopes: Annotated[list[Annotated[str, Meta(max_length=40)]], Meta(min_length=1, max_length=20)]
    mode: Mode = "live"


class MadeKey(msgspec.Struct, frozen=True):
    """A new key. `key` is shown this one time only."""

    id: str
    key: str


class Key(msgspec.Struct, frozen=True):
    """A usable key, without its secret."""

    id: str
    agency: str | None
    scopes: list[str]
    mode: str


class Keys(msgspec.Struct, frozen=True):
    """A page of keys, oldest first; `next` is the cursor of the following one."""

    items: list[Key]
    next: str | None


def router(registering: Registering) -> APIRouter:
    """`/v1/keys`: admin, or an agency for itself with keys:write."""
    routes = APIRouter(prefix="/v1/keys", tags=["keys"])
    _add_issue(routes, registering)
    _add_list(routes, registering)
    _add_revoke(routes, registering)
    return routes


def _add_issue(routes: APIRouter, registering: Registering) -> None:
    @routes.post(
        "",
        status_code=201,
        summary="Buat kunci · Make a key",
        operation_id="post_key",
        responses=answers(MadeKey, _ISSUE_PROBLEMS, status=201),
        openapi_extra=json_body(KeyIn),
    )
    async def issue(
        request: Request, principal: Principal = Depends(registering.keyring.needs("keys:write"))
    ) -> Response:
        asked = await read_body(request, KeyIn)
        _check_may_issue(principal, asked)
        try:
            async with registering.engine.begin() as connection:
                made = await keys.issue(
                    connection,
                    agency=asked.agency,
                    scopes=asked.scopes,
                    mode=asked.mode,
                    now=registering.now(),
                    correlation=get_contextvars().get("correlation_id"),
                )
        except UnknownAgency:
            raise unknown_agency() from None
        registering.after_commit()
        return _json(MadeKey(made.id, made.key), 201)


def _add_list(routes: APIRouter, registering: Registering) -> None:
    @routes.get(
        "",
        summary="Daftar kunci · List keys",
        operation_id="list_keys",
        responses=answers(Keys, _PROBLEMS),
    )
    async def listed(
        limit: int = Query(default=100, ge=1, le=1000),
        cursor: str = Query(default="0", pattern=r"^[0-9]{1,18}$"),
        principal: Principal = Depends(registering.keyring.needs("keys:write")),
    ) -> Response:
        reach, after = _reach(principal), int(cursor)
        async with registering.engine.connect() as connection:
            rows = await keys.keys_of(connection, reach, after=after, limit=limit + 1)
        following = str(rows[limit - 1].sequence) if len(rows) > limit else None
        items = [Key(row.id, row.agency, row.scopes, row.mode) for row in rows[:limit]]
        return _json(Keys(items, following))


def _add_revoke(routes: APIRouter, registering: Registering) -> None:
    @routes.delete(
        "/{key_id}",
        status_code=204,
        summary="Cabut kunci · Revoke a key",
        operation_id="delete_key",
        responses=refusals({**_PROBLEMS, 404: "No such key, or not the asking one's to revoke"}),
    )
    async def revoke(
        key_id: str = Path(pattern=r"^[0-9a-zA-Z]{1,40}$"),
        principal: Principal = Depends(registering.keyring.needs("keys:write")),
    ) -> Response:
        try:
            async with registering.engine.begin() as connection:
                await keys.revoke(
                    connection,
                    key_id,
                    _reach(principal),
                    now=registering.now(),
                    correlation=get_contextvars().get("correlation_id"),
                )
        except UnknownKey:
            raise Problem(404, "unknown_key", "Kunci tidak ditemukan · No such key") from None
        registering.after_commit()
        return Response(status_code=204)


def _reach(principal: Principal) -> Reach:
    """The platform sees all keys, an agency its own; a sandbox key sees sandbox keys only."""
    if principal.agency is None and not principal.is_admin:
        raise forbidden()
    return Reach(principal.agency, "test" if principal.mode == "test" else None)


def _check_may_issue(principal: Principal, asked: KeyIn) -> None:
    """Nobody gives more than he has, and an agency only to itself."""
    if errors := _faults(asked):
        raise invalid(*errors)
    if principal.mode == "test" and asked.mode != "test":
        raise forbidden()
    if principal.is_admin:
        return
    if principal.agency is None or asked.agency != principal.agency:
        raise unknown_agency()
    if not set(asked.scopes) <= principal.scopes:
        raise forbidden()


def _faults(asked: KeyIn) -> list[FieldError]:
    faults = []
    for place, scope in enumerate(asked.scopes):
        if scope not in SCOPES:
            faults.append(FieldError(f"/scopes/{place}", "unknown_scope"))
        elif scope in OF_THE_PLATFORM and asked.agency is not None:
            faults.append(FieldError(f"/scopes/{place}", "platform_only"))
        elif scope in OF_AN_AGENCY and asked.agency is None:
            faults.append(FieldError(f"/scopes/{place}", "needs_agency"))
    return faults


def _json(body: msgspec.Struct, status: int = 200) -> Response:
    return Response(
        msgspec.json.encode(body),
        status,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


_PROBLEMS = {
    401: "No key, or one that is not valid",
    403: "The key lacks keys:write",
    503: "Try again (Retry-After)",
}
_ISSUE_PROBLEMS = {
    **_PROBLEMS,
    400: "The body is not readable JSON",
    403: "The key lacks keys:write or would give more than it has",
    404: "The agency is not registered, or is not the key's",
    413: "The body is too large",
    415: "Not plain application/json",
    422: "The request is not valid",
}
