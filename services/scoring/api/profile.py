"""`GET /v1/index/profile`: who answered, for the agency that they answered to."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

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
from services.scoring.store.profile import TooFine
from services.scoring.usecases.index_answer import UnknownScope
from services.scoring.usecases.profile import ProfileAnswer, own_profile
from shared.auth import Keyring
from shared.http import FieldError
from shared.http.openapi import answers
from shared.http.problem import invalid

_PARAMETERS = frozenset({"scope", "period", "view"})


def router(engine: AsyncEngine, keyring: Keyring, _: Callable[[], datetime]) -> APIRouter:
    """The route of respondents' profiles."""
    routes = APIRouter(prefix="/v1/index", tags=["index"])

    @routes.get(
        "/profile",
        summary="Profil responden · Who answered",
        responses=answers(ProfileAnswer, PROBLEMS),
    )
    async def profile(
        request: Request, scope_text: ScopeText, period_text: PeriodText, view: Literal["live"]
    ) -> Response:
        """By sex, age, education, occupation and disability; for an agency's own key only."""
        if faults := unknown_parameters(request, _PARAMETERS):
            raise invalid(*faults)
        scope, period = period_and_scope(scope_text, period_text)
        await check_may_see_live(keyring, request, scope)
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            try:
                answer = await own_profile(connection, scope, period)
            except UnknownScope:
                raise unknown_scope() from None
            except TooFine:
                raise invalid(FieldError("/query/period", "too_fine")) from None
        return as_json(answer, view)

    return routes
