"""`GET /v1/performance`: what people felt beside what was measured, service by service."""

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.api.asked import Answering, AskedAbout
from services.scoring.api.index import PROBLEMS
from services.scoring.domain.scope import Kind
from services.scoring.usecases.performance import PerformanceAnswer, performance_of
from shared.auth import Keyring
from shared.http import FieldError
from shared.http.openapi import answers
from shared.http.problem import invalid


def router(engine: AsyncEngine, keyring: Keyring, now: Callable[[], datetime]) -> APIRouter:
    """The route of performance. `now` gives the time in the zone that answers show."""
    routes = APIRouter(prefix="/v1/performance", tags=["deadlines"])
    answering = Answering(engine, keyring)

    @routes.get(
        "",
        summary="Kata warga dan kenyataan · What people felt and what was measured",
        responses=answers(PerformanceAnswer, PROBLEMS),
    )
    async def performance(request: Request, asked: AskedAbout) -> Response:
        """Element `time` beside the measured time, `complaints` beside those settled in time,
        `cost` beside the fee. Opinions are those of the published figure, which days and places
        do not have."""
        if asked.scope.kind is Kind.PLACE:
            raise invalid(FieldError("/query/scope", "not_allowed"))
        return await answering.answer(
            request,
            asked,
            lambda connection: performance_of(
                connection, asked.scope, asked.period, asked.view, now=now()
            ),
        )

    return routes
