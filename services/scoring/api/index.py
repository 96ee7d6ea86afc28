"""`GET /v1/index`: the index of any scope and period, for anybody."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.domain import period as periods
from services.scoring.domain import scope as scopes
from services.scoring.domain.elements import SERIES
from services.scoring.domain.ikm import WeightMethod
from services.scoring.domain.period import Period
from services.scoring.domain.scope import Scope
from services.scoring.domain.weights import CannotBeCut
from services.scoring.usecases.index import index_of
from services.scoring.usecases.index_answer import (
    ALL_SERIES,
    IndexAnswer,
    Question,
    UnknownScope,
    View,
)
from shared.auth import Keyring, Principal, forbidden
from shared.http import FieldError, Problem
from shared.http.openapi import answers
from shared.http.problem import invalid

Parsed = TypeVar("Parsed")
_PARAMETERS = frozenset({"scope", "period", "series", "view", "weight_method", "population"})
LONGEST = 100
MOST_USERS = 10**9
_PUBLIC = {"Cache-Control": "public, max-age=1"}
_LIVE = {"Cache-Control": "private, no-store"}
PROBLEMS = {
    401: "view=live without a valid key",
    403: "The key lacks index:live",
    404: "No such agency, service or place; or view=live of another agency",
    422: "A parameter is not valid",
    503: "Try again (Retry-After)",
}

ScopeText = Annotated[
    str,
    Query(
        alias="scope",
        max_length=LONGEST,
        description="`city` · `agency:dpmptsp` · `service:dpmptsp.siup` · `place:mpp`",
        examples=["place:mpp"],
    ),
]
PeriodText = Annotated[
    str,
    Query(
        alias="period",
        max_length=LONGEST,
        description="`2026` · `2026-S1` · `2026-Q3` · `2026-09` · `2026-09-14`",
        examples=["2026"],
    ),
]
SeriesText = Annotated[
    str,
    Query(
        alias="series",
        max_length=LONGEST,
        description=f"`all`, or some of `{','.join(SERIES)}`",
    ),
]
Population = Annotated[
    int | None,
    Query(
        ge=1,
        le=MOST_USERS,
        description="Users of the service in the period: narrows the interval, says how many "
        "answers are enough (Krejcie and Morgan); without it 384 are.",
        examples=[2800],
    ),
]


def router(engine: AsyncEngine, keyring: Keyring, now: Callable[[], datetime]) -> APIRouter:
    """The route of the index. `now` gives the time in the zone that answers show."""
    routes = APIRouter(prefix="/v1/index", tags=["index"])

    @routes.get(
        "",
        summary="Indeks suatu lingkup dan masa · The index of a scope and period",
        responses=answers(IndexAnswer, PROBLEMS),
    )
    async def index(
        request: Request, asked: Annotated[Question, Depends(read_request)]
    ) -> Response:
        """Exact inside, rounded once, then classified. `view=live` is for the agency's own key.

        `weight_method` cuts equal weights; the own weights of an agency's questionnaire are exact.
        """
        if asked.view == "live":
            await check_may_see_live(keyring, request, asked.scope)
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            try:
                answer = await index_of(connection, asked, now=now())
            except UnknownScope:
                raise unknown_scope() from None
            except CannotBeCut:
                raise weights_not_cut() from None
        return as_json(answer, asked.view)

    return routes


def read_request(
    request: Request,
    scope_text: ScopeText,
    period_text: PeriodText,
    series_text: SeriesText = ALL_SERIES,
    view: View = "public",
    weight_method: WeightMethod = WeightMethod.EXACT,
    population: Population = None,
) -> Question:
    """The parameters of a request, or 422 that names every faulty one."""
    faults = unknown_parameters(request, _PARAMETERS)
    scope, period = _scope_and_period(scope_text, period_text, faults)
    series = _series(series_text)
    if not series:
        faults.append(FieldError("/query/series", "not_allowed"))
    if faults or scope is None or period is None:
        raise invalid(*faults)
    return Question(scope, period, series, weight_method, view, population)


def unknown_parameters(request: Request, known: frozenset[str]) -> list[FieldError]:
    """A misspelt parameter would answer another question than was asked."""
    is_known = set(request.query_params) <= known
    return [] if is_known else [FieldError("/query", "unknown_parameter")]


def period_and_scope(
    scope_text: str, period_text: str, *, under: str = "/query"
) -> tuple[Scope, Period]:
    """Both, or 422 that names every faulty one."""
    faults: list[FieldError] = []
    scope, period = _scope_and_period(scope_text, period_text, faults, under)
    if scope is None or period is None:
        raise invalid(*faults)
    return scope, period


def _scope_and_period(
    scope_text: str, period_text: str, faults: list[FieldError], under: str = "/query"
) -> tuple[Scope | None, Period | None]:
    scope = parsed(scopes.parse, scope_text)
    if scope is None:
        faults.append(FieldError(f"{under}/scope", "invalid_scope"))
    period = parsed(periods.parse, period_text)
    if period is None:
        faults.append(FieldError(f"{under}/period", "invalid_period"))
    return scope, period


def parsed(parse: Callable[[str], Parsed], text: str) -> Parsed | None:
    """What a text means, or None."""
    try:
        return parse(text)
    except ValueError:
        return None


def _series(text: str) -> tuple[str, ...]:
    """The series that a text names, in their fixed order; none for a text that is not valid."""
    names = SERIES if text == ALL_SERIES else tuple(text.split(","))
    known = len(set(names)) == len(names) and set(names) <= set(SERIES)
    return tuple(name for name in SERIES if name in names) if known else ()


def as_json(answer: msgspec.Struct, view: View) -> Response:
    """An answer that caches keep for a second, or not at all."""
    headers = _LIVE if view == "live" else _PUBLIC
    body = msgspec.json.encode(answer)
    return Response(body, media_type="application/json", headers=headers)


async def check_may_see_live(
    keyring: Keyring, request: Request, scope: Scope, parameter: str = "scope"
) -> None:
    """An agency's key may see what lies within that agency. Raises the problem."""
    principal = await keyring.principal(request.headers.get("authorization"))
    if not principal.may("index:live"):
        raise forbidden()
    check_is_own(principal, scope, parameter)


def check_is_own(principal: Principal, scope: Scope, parameter: str = "scope") -> None:
    """Another agency's scope and one that does not exist look the same. Raises the problem."""
    if principal.agency is not None and principal.agency != scope.agency:
        raise unknown_scope(parameter)


def weights_not_cut() -> Problem:
    """An agency's own weights are exact: there is no 1/9 to be cut."""
    return invalid(FieldError("/query/weight_method", "not_allowed"))


def unknown_scope(parameter: str = "scope") -> Problem:
    """Nobody knows it, or it is another agency's: the two look the same."""
    return Problem(
        404,
        "unknown_scope",
        "Lingkup tidak dikenal · Unknown scope",
        errors=[FieldError(f"/query/{parameter}", "unknown_scope")],
    )
