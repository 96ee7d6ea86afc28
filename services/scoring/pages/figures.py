"""`/`, `/layanan/…`, `/instansi/…`, `/tempat/…`: the public figures, live where JavaScript runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.domain import period as periods
from services.scoring.domain import scope as scopes
from services.scoring.domain.period import Period
from services.scoring.domain.scope import CITY, Kind, Scope
from services.scoring.pages import wording
from services.scoring.pages.sparkline import sparkline
from services.scoring.usecases.browse import look_at
from services.scoring.usecases.external import ExternalAnswer
from services.scoring.usecases.index_answer import UnknownScope
from services.scoring.usecases.live import LiveFigures
from services.scoring.usecases.receipts import UnknownFigure, lies_in, receipt_of
from shared.contracts.figures import FIGURE_PUBLISHED
from shared.http import Problem
from shared.web import Pages, language_of
from shared.web.language import Language

_CACHING = {"Cache-Control": "public, max-age=1"}
_PATHS = {Kind.SERVICE: "/layanan/", Kind.AGENCY: "/instansi/", Kind.PLACE: "/tempat/"}

PeriodText = Annotated[str | None, Query(alias="masa")]


@dataclass(frozen=True, slots=True)
class Figures:
    """What the pages need."""

    engine: AsyncEngine
    live: LiveFigures
    pages: Pages
    now: Callable[[], datetime]

    async def page(self, request: Request, scope: Scope, period_text: str | None) -> Response:
        """The page of a scope. Raises the 404 problem."""
        position = self.live.newest_id  # before reading: what comes later is announced
        try:
            sight = await look_at(self.engine, scope, _period(period_text), now=self.now())
        except UnknownScope:
            raise _unknown_scope() from None
        language = language_of(request)
        return self.pages.render(
            request,
            "city.html" if scope == CITY else "unit.html",
            headers=_CACHING,
            sight=sight,
            chosen=period_text,
            period_name=wording.period_name(sight.period, language),
            sparkline=sparkline(sight.trend, language) if sight.trend else None,
            element_names=wording.ELEMENT_NAMES,
            class_names=wording.class_names(sight.period.last),
            series_names=wording.SERIES_NAMES,
            external_periods=_period_names(sight.figure.external, language),
            paths=_PATHS,
            live={
                "after": position,
                "event": FIGURE_PUBLISHED,
                "field": "scope",
            },
        )

    async def receipt(self, request: Request, figure_id: str) -> Response:
        """The page of a receipt. Raises the 404 problem."""
        async with self.engine.connect() as connection:
            try:
                shown = await receipt_of(connection, figure_id)
            except UnknownFigure:
                raise Problem(
                    404, "unknown_figure", "Angka tidak ditemukan · No such figure"
                ) from None
        scope, period = lies_in(shown.body)
        return self.pages.render(
            request,
            "receipt.html",
            headers=_CACHING,
            shown=shown,
            period_name=wording.period_name(period, language_of(request)),
            path=_PATHS[scope.kind] + scope.code if scope != CITY else "/",
            class_names=wording.class_names(period.last),
            series_names=wording.SERIES_NAMES,
            element_names=wording.ELEMENT_NAMES,
        )


def router(figures: Figures) -> APIRouter:
    """The routes of the pages."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    async def city(request: Request, period: PeriodText = None) -> Response:
        return await figures.page(request, CITY, period)

    @routes.get("/layanan/{code}")
    async def service(request: Request, code: str, period: PeriodText = None) -> Response:
        return await figures.page(request, _scope(Kind.SERVICE, code), period)

    @routes.get("/instansi/{code}")
    async def agency(request: Request, code: str, period: PeriodText = None) -> Response:
        return await figures.page(request, _scope(Kind.AGENCY, code), period)

    @routes.get("/tempat/{code}")
    async def place(request: Request, code: str, period: PeriodText = None) -> Response:
        return await figures.page(request, _scope(Kind.PLACE, code), period)

    @routes.get("/angka/{figure_id}")
    async def receipt(request: Request, figure_id: str) -> Response:
        return await figures.receipt(request, figure_id)

    return routes


def _scope(kind: Kind, code: str) -> Scope:
    try:
        return scopes.parse(f"{kind}:{code}")
    except scopes.BadScope:
        raise _unknown_scope() from None


def _period(text: str | None) -> Period | None:
    try:
        return periods.parse(text) if text else None
    except periods.BadPeriod:
        raise Problem(404, "unknown_period", "Masa tidak dikenal · No such period") from None


def _period_names(external: Sequence[ExternalAnswer], language: Language) -> dict[str, str]:
    return {
        each.period: wording.period_name(periods.parse(each.period), language) for each in external
    }


def _unknown_scope() -> Problem:
    return Problem(404, "unknown_scope", "Halaman tidak ditemukan · No such page")
