"""`GET /v1/deadlines`: was a service as fast as it promised, for anybody."""

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.api.asked import Answering, AskedAbout
from services.scoring.api.index import PROBLEMS
from services.scoring.usecases.deadlines import DeadlinesAnswer, deadlines_of
from shared.auth import Keyring
from shared.http.openapi import answers


def router(engine: AsyncEngine, keyring: Keyring, now: Callable[[], datetime]) -> APIRouter:
    """The route of the deadlines. `now` gives the time in the zone that answers show."""
    routes = APIRouter(prefix="/v1/deadlines", tags=["deadlines"])
    answering = Answering(engine, keyring)

    @routes.get(
        "",
        summary="Tepat waktu atau tidak · Was it as fast as promised",
        responses=answers(DeadlinesAnswer, PROBLEMS),
    )
    async def deadlines(request: Request, asked: AskedAbout) -> Response:
        """Applications received and decided in a period, and what is open now.

        No number below ten is told; to the agency's own key (`view=live`), none below five.
        """
        return await answering.answer(
            request,
            asked,
            lambda connection: deadlines_of(
                connection, asked.scope, asked.period, asked.view, now=now()
            ),
        )

    return routes
