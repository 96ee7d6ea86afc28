"""`GET /v1/deadlines`: was a service as fast as it promised, for anybody."""

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.api.index import (
    PROBLEMS,
    PeriodText,
    ScopeText,
    as_json,
    check_may_see_live,
    period_and_scope,
    unknown_parameters,
    unknown_scope,
)
from services.scoring.usecases.deadlines import DeadlinesAnswer, View, deadlines_of
from services.scoring.usecases.index_answer import UnknownScope
from shared.auth import Keyring
from shared.http.openapi import answers
from shared.http.problem import invalid

_PARAMETERS = frozenset({"scope", "period", "view"})


def router(engine: AsyncEngine, keyring: Keyring, now: Callable[[], datetime]) -> APIRouter:
    """The route of the deadlines. `now` gives the time in the zone that answers show."""
    routes = APIRouter(prefix="/v1/deadlines", tags=["deadlines"])

    @routes.get(
        "",
        summary="Tepat waktu atau tidak · Was it as fast as promised",
        responses=answers(DeadlinesAnswer, PROBLEMS),
    )
    async def deadlines(
        request: Request, scope_text: ScopeText, period_text: PeriodText, view: View = "public"
    ) -> Response:
        """Applications received and decided in a period, and what is open now.

        No number below ten is told; to the agency's own key (`view=live`), none below five.
        """
        if faults := unknown_parameters(request, _PARAMETERS):
            raise invalid(*faults)
        scope, period = period_and_scope(scope_text, period_text)
        if view == "live":
            await check_may_see_live(keyring, request, scope)
        async with engine.connect() as connection:
            try:
                answer = await deadlines_of(connection, scope, period, view, now=now())
            except UnknownScope:
                raise unknown_scope() from None
        return as_json(answer, view)

    return routes
