"""`/v1/index/ranking`: units in the order of their index, with the ranks that they could have."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.api.index import (
    LONGEST,
    PROBLEMS,
    PeriodText,
    as_json,
    check_may_see_live,
    parsed,
    unknown_parameters,
    unknown_scope,
)
from services.scoring.domain import period as periods
from services.scoring.domain import scope as scopes
from services.scoring.domain.scope import Kind
from services.scoring.usecases.index_answer import UnknownScope, View
from services.scoring.usecases.ranking import (
    MOST_UNITS,
    WITHIN,
    RankingAnswer,
    RankingQuestion,
    Rankings,
    TooManyUnits,
    gather,
    ranking,
)
from shared.auth import Keyring
from shared.http import FieldError, Problem
from shared.http.openapi import answers
from shared.http.problem import invalid

_PARAMETERS = frozenset({"unit", "within", "period", "view"})
_PROBLEMS = {
    **PROBLEMS,
    422: f"A parameter is not valid, or there are more than {MOST_UNITS} units to rank",
}

UnitText = Annotated[
    Literal["agency", "service", "place"], Query(alias="unit", description="What is ranked")
]
WithinText = Annotated[
    str,
    Query(
        alias="within",
        max_length=LONGEST,
        description="`city`; services also of an `agency:…` or at a `place:…`",
    ),
]


def router(engine: AsyncEngine, keyring: Keyring, now: Callable[[], datetime]) -> APIRouter:
    """The route of rankings. `now` gives the time in the zone that answers show."""
    routes = APIRouter(prefix="/v1/index", tags=["index"])
    rankings = Rankings()

    @routes.get(
        "/ranking",
        summary="Peringkat unit · Units by their index",
        responses=answers(RankingAnswer, _PROBLEMS),
    )
    async def ranked(
        request: Request, asked: Annotated[RankingQuestion, Depends(read_request)]
    ) -> Response:
        """A public ranking is that of a closed period; while it is open there are no ranks."""
        if asked.view == "live":
            await check_may_see_live(keyring, request, asked.within, "within")
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            try:
                found = await gather(connection, asked, now=now())
            except UnknownScope:
                raise unknown_scope("within") from None
        try:
            answer = await ranking(found, rankings, now=now())
        except TooManyUnits:
            raise _too_many_units() from None
        return as_json(answer, asked.view)

    return routes


def read_request(
    request: Request,
    unit_text: UnitText,
    period_text: PeriodText,
    within_text: WithinText = "city",
    view: View = "public",
) -> RankingQuestion:
    """The parameters of a request, or 422 that names every faulty one."""
    faults = unknown_parameters(request, _PARAMETERS)
    unit = Kind(unit_text)
    within, period = parsed(scopes.parse, within_text), parsed(periods.parse, period_text)
    if within is None:
        faults.append(FieldError("/query/within", "invalid_scope"))
    elif within.kind not in WITHIN[unit]:
        faults.append(FieldError("/query/within", "not_allowed"))
    if period is None:
        faults.append(FieldError("/query/period", "invalid_period"))
    if faults or within is None or period is None:
        raise invalid(*faults)
    return RankingQuestion(unit, within, period, view)


def _too_many_units() -> Problem:
    return Problem(
        422,
        "too_many_units",
        f"Lebih dari {MOST_UNITS} unit: mintalah per instansi atau tempat · "
        f"More than {MOST_UNITS} units: ask within an agency or a place",
        errors=[FieldError("/query/within", "too_many_units")],
    )
