"""`/v1/index/trend`, `/v1/index/comparison`: what changed, and whether it is more than chance."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.api.index import (
    LONGEST,
    PROBLEMS,
    PeriodText,
    ScopeText,
    as_json,
    check_may_see_live,
    parsed,
    unknown_parameters,
    unknown_scope,
)
from services.scoring.domain import period as periods
from services.scoring.domain import scope as scopes
from services.scoring.domain import stretch
from services.scoring.domain.publication.label import Span
from services.scoring.usecases.comparison import ComparisonAnswer, Group, comparison_of
from services.scoring.usecases.index_answer import UnknownScope, View
from services.scoring.usecases.trend import TrendAnswer, TrendQuestion, trend_of
from shared.auth import Keyring
from shared.http import FieldError
from shared.http.openapi import answers
from shared.http.problem import invalid

# Five years of months: nobody reads a longer row, and the line through it means little.
MOST_PERIODS = 60
# No answer is older.
FIRST_YEAR = date(2020, 1, 1)
_TREND = frozenset({"scope", "grain", "from", "to", "view"})
_COMPARISON = frozenset({"scope", "period", "scope2", "period2", "view"})
_USUAL: Mapping[str, int] = {"month": 12, "quarter": 8, "semester": 6}

StepText = Literal["month", "quarter", "semester", "year"]
FromText = Annotated[
    str | None,
    Query(
        alias="from",
        max_length=LONGEST,
        description="Any period; by default 12 months, 8 quarters, 6 semesters or all years",
        examples=["2026-Q1"],
    ),
]
ToText = Annotated[
    str | None,
    Query(alias="to", max_length=LONGEST, description="Any period; by default the present one"),
]
SecondScope = Annotated[
    str | None,
    Query(alias="scope2", max_length=LONGEST, description="By default the same as `scope`"),
]
SecondPeriod = Annotated[
    str | None,
    Query(alias="period2", max_length=LONGEST, description="By default the same as `period`"),
]


def router(engine: AsyncEngine, keyring: Keyring, now: Callable[[], datetime]) -> APIRouter:
    """The routes of changes. `now` gives the time in the zone that answers show."""
    routes = APIRouter(prefix="/v1/index", tags=["index"])

    def read_trend(
        request: Request,
        scope_text: ScopeText,
        grain: StepText = "month",
        first: FromText = None,
        last: ToText = None,
        view: View = "public",
    ) -> TrendQuestion:
        faults = unknown_parameters(request, _TREND)
        scope = parsed(scopes.parse, scope_text)
        if scope is None:
            faults.append(FieldError("/query/scope", "invalid_scope"))
        found = _stretch(grain, first, last, now().date(), faults)
        if faults or scope is None:
            raise invalid(*faults)
        # Of "all years" only those since the first answer are meant.
        leading = first is not None or grain in _USUAL
        return TrendQuestion(scope, found, grain, view, leading=leading)

    @routes.get(
        "/trend",
        summary="Perkembangan indeks · How an index moves from period to period",
        responses=answers(TrendAnswer, PROBLEMS),
    )
    async def trend(
        request: Request, asked: Annotated[TrendQuestion, Depends(read_trend)]
    ) -> Response:
        """A rise or fall is told only where it is more than chance (5 %)."""
        if asked.view == "live":
            await check_may_see_live(keyring, request, asked.scope)
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            try:
                answer = await trend_of(connection, asked, now=now())
            except UnknownScope:
                raise unknown_scope() from None
        return as_json(answer, asked.view)

    @routes.get(
        "/comparison",
        summary="Perbandingan dua indeks · Two indices compared",
        responses=answers(ComparisonAnswer, PROBLEMS),
    )
    async def comparison(
        request: Request,
        groups: Annotated[tuple[Group, Group], Depends(read_groups)],
        view: View = "public",
    ) -> Response:
        """`scope2`, `period2` or both say what the first is compared with (Welch's test)."""
        first, second = groups
        if view == "live":
            await check_may_see_live(keyring, request, first.scope)
            await check_may_see_live(keyring, request, second.scope, "scope2")
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            try:
                answer = await comparison_of(connection, first, second, view=view, now=now())
            except UnknownScope as unknown:
                is_second = first.scope != second.scope and str(unknown) == str(second.scope)
                raise unknown_scope("scope2" if is_second else "scope") from None
        return as_json(answer, view)

    return routes


def read_groups(
    request: Request,
    scope_text: ScopeText,
    period_text: PeriodText,
    scope2_text: SecondScope = None,
    period2_text: SecondPeriod = None,
) -> tuple[Group, Group]:
    """The two that are compared, or 422 that names every faulty parameter."""
    faults = unknown_parameters(request, _COMPARISON)
    first = _group(scope_text, period_text, "", faults)
    second = _group(
        scope_text if scope2_text is None else scope2_text,
        period_text if period2_text is None else period2_text,
        "2",
        # What the first's own parameters lack was said already.
        faults if scope2_text is not None or period2_text is not None else [],
    )
    if scope2_text is None and period2_text is None:
        faults.append(FieldError("/query/period2", "missing_field"))
    elif first and second and first.may_overlap(second):
        # A service is no other group than its agency: the test would be wrong.
        faults.append(
            FieldError("/query/scope2" if scope2_text else "/query/period2", "shares_answers")
        )
    if faults or first is None or second is None:
        raise invalid(*faults)
    return first, second


def _group(
    scope_text: str, period_text: str, suffix: str, faults: list[FieldError]
) -> Group | None:
    scope, period = parsed(scopes.parse, scope_text), parsed(periods.parse, period_text)
    if scope is None:
        faults.append(FieldError(f"/query/scope{suffix}", "invalid_scope"))
    if period is None:
        faults.append(FieldError(f"/query/period{suffix}", "invalid_period"))
    return Group(scope, period) if scope and period else None


def _stretch(
    grain: StepText, first: str | None, last: str | None, today: date, faults: list[FieldError]
) -> list[periods.Period]:
    span = Span[grain.upper()]
    start, end = _end(first, "from", faults), _end(last, "to", faults)
    until = end.last if end else today
    if faults:
        return []
    if start is None and grain in _USUAL:
        return stretch.upto(stretch.holding(until, span), span, _USUAL[grain])
    since = start.first if start else min(FIRST_YEAR, until)
    if until < since:
        faults.append(FieldError("/query/to", "before_from"))
    elif stretch.length(since, until, span) > MOST_PERIODS:
        faults.append(FieldError("/query/from", "too_many_periods"))
    return [] if faults else stretch.between(since, until, span)


def _end(text: str | None, name: str, faults: list[FieldError]) -> periods.Period | None:
    found = None if text is None else parsed(periods.parse, text)
    if text is not None and found is None:
        faults.append(FieldError(f"/query/{name}", "invalid_period"))
    return found
