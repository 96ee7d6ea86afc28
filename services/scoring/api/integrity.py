"""`GET /v1/integrity`: marks of answers that do not look like those of many citizens."""

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.api.index import (
    PeriodText,
    ScopeText,
    as_json,
    check_is_own,
    period_and_scope,
    unknown_parameters,
    unknown_scope,
)
from services.scoring.store.trace import MOST_TRACES, TooManyTraces
from services.scoring.usecases.index_answer import UnknownScope
from services.scoring.usecases.integrity import IntegrityAnswer, gather, judged
from shared.auth import Keyring, Principal
from shared.http import FieldError, Problem
from shared.http.openapi import answers
from shared.http.problem import invalid
from shared.tasks import Desk

_PARAMETERS = frozenset({"scope", "period"})
_PROBLEMS = {
    401: "No key, or one that is not valid",
    403: "The key lacks index:live",
    404: "No such agency, service or place; or another agency's",
    422: f"A parameter is not valid, or there are more than {MOST_TRACES} days to look at",
    503: "Try again (Retry-After)",
}


def router(engine: AsyncEngine, keyring: Keyring, now: Callable[[], datetime]) -> APIRouter:
    """The route; an agency's key sees its own. `now` gives the time in the zone that is shown."""
    routes = APIRouter(prefix="/v1/integrity", tags=["corrections"])
    desk: Desk[IntegrityAnswer] = Desk(most=1)

    @routes.get(
        "",
        summary="Tanda integritas jawaban · Marks of integrity",
        responses=answers(IntegrityAnswer, _PROBLEMS),
    )
    async def marks(
        request: Request,
        scope_text: ScopeText,
        period_text: PeriodText,
        principal: Principal = Depends(keyring.needs("index:live")),
    ) -> Response:
        """A mark takes nothing out of any figure: it gives the slice that a person may propose."""
        if faults := unknown_parameters(request, _PARAMETERS):
            raise invalid(*faults)
        scope, period = period_and_scope(scope_text, period_text)
        check_is_own(principal, scope)
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            try:
                found = await gather(connection, scope, period)
            except UnknownScope:
                raise unknown_scope() from None
            except TooManyTraces:
                raise _too_many() from None
        return as_json(await desk.now(lambda: judged(found, now=now())), "live")

    return routes


def _too_many() -> Problem:
    return Problem(
        422,
        "too_much_to_look_at",
        "Terlalu banyak: mintalah per instansi atau per bulan · "
        "Too much at once: ask for an agency or a month",
        errors=[FieldError("/query/period", "too_much_to_look_at")],
    )
