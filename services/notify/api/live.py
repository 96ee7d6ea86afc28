"""`GET /v1/alerts/live`: what a key may see, as it happens, and without a gap after a cut."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse

from services.notify.api.tenants import tenant_of
from services.notify.domain.scope import PLATFORM, ScopeRefused, checked
from services.notify.store.live import Wanted
from services.notify.usecases.live import Live
from services.notify.usecases.subscribe import SUBSCRIBABLE
from shared import sse
from shared.auth import Keyring, Principal
from shared.database import UNAVAILABLE
from shared.http import FieldError, Problem
from shared.http.problem import invalid

SCOPE = "alerts:read"


def router(live: Live, keyring: Keyring) -> APIRouter:
    """The stream of Server-Sent Events."""
    routes = APIRouter(prefix="/v1/alerts", tags=["alerts"])
    keyed = Depends(keyring.needs(SCOPE))

    @routes.get(
        "/live",
        summary="Aliran langsung · Live stream",
        response_class=StreamingResponse,
        responses={200: {"content": {sse.MEDIA_TYPE: {"schema": {"type": "string"}}}}},
    )
    async def follow(
        request: Request,
        principal: Annotated[Principal, keyed],
        types: Annotated[str | None, Query(max_length=2_000)] = None,
        scope: Annotated[str | None, Query(max_length=100)] = None,
        last_event_id: Annotated[str | None, Header(max_length=200)] = None,
    ) -> StreamingResponse:
        """`id: <stream>:<sequence>`, `event: <type>`, `data:` the CloudEvent.

        With `Last-Event-ID` the stream goes on behind that event; when what follows is not kept
        any more it begins with `event: reset`. `types` is a list separated by commas.
        """
        wanted = _wanted(tenant_of(principal), types, scope)
        authorization = request.headers.get("authorization")
        request.state.endless = True  # so that a server that stops does not wait for its end
        stream = sse.event_stream(
            partial(live.page, wanted=wanted),
            await live.start(last_event_id),
            live.bell,
            still_welcome=partial(_still_welcome, keyring, authorization),
            ends_on=UNAVAILABLE,
        )
        return StreamingResponse(stream, media_type=sse.MEDIA_TYPE, headers=sse.HEADERS)

    return routes


def _wanted(tenant: str, types: str | None, scope: str | None) -> Wanted:
    names = None if types is None else types.split(",")
    if any(name not in SUBSCRIBABLE for name in names or ()):
        raise invalid(FieldError("/query/types", "not_allowed"))
    try:
        watches = checked(scope, tenant)
    except ScopeRefused as refused:
        raise invalid(FieldError("/query/scope", refused.code)) from refused
    return Wanted(names, None if tenant == PLATFORM else tenant, watches)


async def _still_welcome(keyring: Keyring, authorization: str | None) -> bool:
    """A revoked key ends the stream; a database that is away does not."""
    try:
        principal = await keyring.principal(authorization)
    except Problem:
        return False
    except UNAVAILABLE:
        return True
    return principal.may(SCOPE)
