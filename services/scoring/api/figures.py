"""`/v1/figures`, `/v1/open/batches`: receipts of published figures, and what they are made of."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.api.index import PeriodText, ScopeText, period_and_scope
from services.scoring.usecases.figure_body import FigureBody
from services.scoring.usecases.receipts import (
    ChainedFigure,
    OpenBatch,
    Receipt,
    UnknownFigure,
    batches_of,
    chain_of,
    history_of,
    receipt_of,
)
from shared.http import Problem
from shared.http.openapi import answers

_LARGEST = 2**53
_FOR_EVER = {"Cache-Control": "public, max-age=60"}


class Figures(msgspec.Struct, frozen=True):
    """The figures of a scope and period, newest first."""

    items: list[FigureBody]
    next: str | None = None


class Chain(msgspec.Struct, frozen=True):
    """A page of receipts; `next` is the `after` of the following page."""

    items: list[ChainedFigure]
    next: int | None


class Batches(msgspec.Struct, frozen=True):
    """A page of batches; `next` is the `after` of the following page."""

    items: list[OpenBatch]
    next: int | None


def router(engine: AsyncEngine) -> APIRouter:
    """The routes of receipts."""
    routes = APIRouter(prefix="/v1", tags=["figures"])

    @routes.get(
        "/figures/{figure_id}",
        summary="Kuitansi suatu angka · The receipt of a figure",
        responses=answers(Receipt, {404: "No such figure"}),
    )
    async def receipt(figure_id: str = Path(max_length=40)) -> Response:
        """`python3 deploy/check_figure.py URL ID` derives the figure again."""
        async with engine.connect() as connection:
            try:
                shown = await receipt_of(connection, figure_id)
            except UnknownFigure:
                raise unknown_figure() from None
        return _json(shown.receipt)

    @routes.get(
        "/figures",
        summary="Riwayat angka · All figures that a scope and period had",
        responses=answers(Figures, {422: "A parameter is not valid"}),
    )
    async def history(scope_text: ScopeText, period_text: PeriodText) -> Response:
        scope, period = period_and_scope(scope_text, period_text)
        async with engine.connect() as connection:
            found = await history_of(connection, scope, period)
        return _json(Figures(list(found)))

    @routes.get(
        "/open/figures",
        summary="Rantai kuitansi · The chain of all figures from the first",
        responses=answers(Chain, {422: "A parameter is not valid"}),
    )
    async def chain(
        after: Annotated[int, Query(ge=0, le=_LARGEST)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
    ) -> Response:
        """By number. Each hash is SHA-256 over the bytes of the one before and of the figure."""
        async with engine.connect() as connection:
            found = await chain_of(connection, after=after, most=limit)
        following = found[-1].number if len(found) == limit else None
        return _json(Chain(list(found), following))

    @routes.get(
        "/open/batches",
        summary="Data terbuka · The batches of answers that public figures are sums of",
        responses=answers(Batches, {422: "A parameter is not valid"}),
    )
    async def batches(
        scope_text: ScopeText,
        period_text: PeriodText,
        after: Annotated[int, Query(ge=0, le=_LARGEST)] = 0,
        upto: Annotated[int, Query(ge=0, le=_LARGEST)] = _LARGEST,
        limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
    ) -> Response:
        """A figure holds the batches up to its own `batches`."""
        scope, period = period_and_scope(scope_text, period_text)
        async with engine.connect() as connection:
            found = await batches_of(
                connection, scope, period, after=after, upto=upto, most=limit + 1
            )
        following = found[limit - 1].number if len(found) > limit else None
        return _json(Batches(list(found[:limit]), following))

    return routes


def unknown_figure() -> Problem:
    """No such figure."""
    return Problem(404, "unknown_figure", "Angka tidak ditemukan · No such figure")


def _json(body: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(body), media_type="application/json", headers=_FOR_EVER)
