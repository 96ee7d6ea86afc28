"""`GET /v1/performance`: what people felt beside what was measured, service by service."""

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
from services.scoring.domain.scope import Kind
from services.scoring.usecases.index_answer import UnknownScope, View
from services.scoring.usecases.performance import PerformanceAnswer, performance_of
from shared.auth import Keyring
from shared.http import FieldError
from shared.http.openapi import answers
from shared.http.problem import invalid

_PARAMETERS = frozenset({"scope", "period", "view"})


def router(engine: AsyncEngine, keyring: Keyring, now: Callable[[], datetime]) -> APIRouter:
    """The route of performance. `now` gives the time in the zone that answers show."""
    routes = APIRouter(prefix="/v1/performance", tags=["deadlines"])

    @routes.get(
        "",
        summary="Kata warga dan kenyataan · What people felt and what was measured",
        responses=answers(PerformanceAnswer, PROBLEMS),
    )
    async def performance(
        request: Request, scope_text: ScopeText, period_text: PeriodText, view: View = "public"
    ) -> Response:
        """Element `time` beside the measured time, `complaints` beside those settled in time,
        `cost` beside the fee. Opinions are those of the published figure, which days and places
        do not have."""
        if faults := unknown_parameters(request, _PARAMETERS):
            raise invalid(*faults)
        scope, period = period_and_scope(scope_text, period_text)
        if scope.kind is Kind.PLACE:
            raise invalid(FieldError("/query/scope", "not_allowed"))
        if view == "live":
            await check_may_see_live(keyring, request, scope)
        async with engine.connect() as connection:
            try:
                answer = await performance_of(connection, scope, period, view, now=now())
            except UnknownScope:
                raise unknown_scope() from None
        return as_json(answer, view)

    return routes
