"""Issue, list and revoke API keys."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path, Request, Response
from msgspec import Meta

from services.intake.api.registry import Registering
from services.intake.usecases import keys
from services.intake.usecases.registry import UnknownAgency
from shared.auth import ADMIN, SCOPES, Principal, forbidden
from shared.contracts.cloudevent import Code
from shared.contracts.registry import Mode
from shared.http import FieldError, Problem
from shared.http.body import json_body, read_body
from shared.http.problem import invalid


class KeyIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The key to make: for an agency, or (null) for the platform itself."""

    agency: Code | None = None
    scopes: Annotated[list[Annotated[str, Meta(max_length=40)]], Meta(min_length=1, max_length=20)]
    mode: Mode = "live"


def router(registering: Registering) -> APIRouter:
    """`/v1/keys`: admin, or an agency for itself with keys:write."""
    routes = APIRouter(prefix="/v1/keys", tags=["keys"])
    needs_write = registering.keyring.needs("keys:write")

    @routes.post(
        "", status_code=201, summary="Buat kunci · Make a key", openapi_extra=json_body(KeyIn)
    )
    async def issue(request: Request, principal: Principal = Depends(needs_write)) -> Response:
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
                )
        except UnknownAgency:
            raise _unknown_agency() from None
        registering.after_commit()
        body = {"id": made.id, "key": made.key}
        return Response(
            msgspec.json.encode(body),
            201,
            media_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    @routes.get("", summary="Daftar kunci · List keys")
    async def listed(principal: Principal = Depends(needs_write)) -> Response:
        async with registering.engine.connect() as connection:
            rows = await keys.keys_of(connection, principal.agency)
        body = {"items": rows, "next": None}
        return Response(msgspec.json.encode(body), media_type="application/json")

    @routes.delete("/{key_id}", status_code=204, summary="Cabut kunci · Revoke a key")
    async def revoke(
        key_id: str = Path(max_length=40), principal: Principal = Depends(needs_write)
    ) -> Response:
        async with registering.engine.begin() as connection:
            own = {row.id for row in await keys.keys_of(connection, principal.agency)}
            if key_id not in own:
                raise Problem(404, "unknown_key", "Kunci tidak ditemukan · No such key")
            await keys.revoke(connection, key_id, now=registering.now())
        registering.after_commit()
        return Response(status_code=204)

    return routes


def _check_may_issue(principal: Principal, asked: KeyIn) -> None:
    """Nobody gives more than he has, and an agency only to itself."""
    if unknown := [place for place, scope in enumerate(asked.scopes) if scope not in SCOPES]:
        raise invalid(*(FieldError(f"/scopes/{place}", "unknown_scope") for place in unknown))
    if principal.is_admin:
        if ADMIN in asked.scopes and asked.agency is not None:
            raise invalid(FieldError("/scopes", "admin_has_no_agency"))
        return
    if asked.agency != principal.agency:
        raise _unknown_agency()
    if not set(asked.scopes) <= principal.scopes:
        raise forbidden()


def _unknown_agency() -> Problem:
    return Problem(404, "unknown_agency", "Instansi tidak terdaftar · Unknown agency")
