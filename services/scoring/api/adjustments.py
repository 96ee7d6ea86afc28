"""`GET /v1/adjustments`: every correction ever proposed, its state, and what it changes."""

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.store.corrections import Listed, listed
from services.scoring.usecases.adjust import Effect
from shared.auth import Keyring, Principal
from shared.contracts.corrections import Slice
from shared.http.openapi import answers

_PROBLEMS = {
    401: "No key, or one that is not valid",
    403: "The key lacks index:live",
    503: "Try again (Retry-After)",
}


class Adjustment(msgspec.Struct, frozen=True, kw_only=True):
    """A correction: `proposed`, `in_force` or `lifted`; `effect` null: still being computed."""

    id: str
    action: str
    slice: Slice
    target: str | None
    reason: str
    state: str
    proposed_by: str
    proposed_at: str
    approved_by: str | None
    lifted_by: str | None
    lifted_because: str | None
    effect: Effect | None


class Adjustments(msgspec.Struct, frozen=True):
    """A page of corrections, by id."""

    items: list[Adjustment]
    next: str | None


def router(engine: AsyncEngine, keyring: Keyring) -> APIRouter:
    """The route; an agency's key sees its own."""
    routes = APIRouter(prefix="/v1/adjustments", tags=["corrections"])

    @routes.get(
        "",
        summary="Koreksi dan akibatnya · Corrections and what they change",
        responses=answers(Adjustments, _PROBLEMS),
    )
    async def read(
        limit: int = Query(default=100, ge=1, le=1000),
        cursor: str = Query(default="", max_length=40),
        principal: Principal = Depends(keyring.needs("index:live")),
    ) -> Response:
        async with engine.connect() as connection:
            found = await listed(connection, agency=principal.agency, after=cursor, most=limit + 1)
        following = found[limit - 1].id if len(found) > limit else None
        page = Adjustments([_shown(each) for each in found[:limit]], following)
        return Response(msgspec.json.encode(page), media_type="application/json")

    return routes


def _shown(found: Listed) -> Adjustment:
    told = found.proposal
    state = "lifted" if found.lifted_by else "in_force" if found.in_force else "proposed"
    return Adjustment(
        id=found.id,
        action=told.action,
        slice=told.slice,
        target=told.target,
        reason=told.reason,
        state=state,
        proposed_by=told.by,
        proposed_at=found.proposed_at.isoformat(timespec="seconds"),
        approved_by=found.approved_by,
        lifted_by=found.lifted_by,
        lifted_because=found.lifted_because,
        effect=None if found.effect is None else msgspec.json.decode(found.effect, type=Effect),
    )
