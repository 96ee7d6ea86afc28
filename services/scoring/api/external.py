"""`GET /v1/external`: what agencies measured elsewhere, also what no longer holds."""

import re
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.api.index import LONGEST, parsed
from services.scoring.domain import scope as scopes
from services.scoring.store.external import Place
from services.scoring.usecases.external import ExternalAnswer, history
from shared.http import FieldError
from shared.http.openapi import answers
from shared.http.problem import invalid

_CURSOR = re.compile(r"(feedback\.[0-9]{1,3}):([0-9]{1,18})")
_START: Place = ("", 0)


class Externals(msgspec.Struct, frozen=True):
    """A page of reports by their place in the log."""

    items: list[ExternalAnswer]
    next: str | None


def router(engine: AsyncEngine) -> APIRouter:
    """The route; agencies published these themselves, so anybody may read them."""
    routes = APIRouter(prefix="/v1/external", tags=["index"])

    @routes.get(
        "",
        summary="Hasil survei di luar Rancak · Surveys outside Rancak, as agencies report them",
        responses=answers(Externals, {422: "A parameter is not valid", 503: "Try again"}),
    )
    async def read(
        scope: Annotated[str, Query(max_length=LONGEST)] = "city",
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        cursor: Annotated[str, Query(max_length=40)] = "",
    ) -> Response:
        """Of an agency also those of its services; `state`: holds, superseded or withdrawn."""
        asked, after = parsed(scopes.parse, scope), _place(cursor)
        if asked is None:
            raise invalid(FieldError("/query/scope", "invalid_scope"))
        if after is None:
            raise invalid(FieldError("/query/cursor", "invalid_cursor"))
        async with engine.connect() as connection:
            found = await history(connection, asked, after, limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        page = Externals(found[:limit], f"{last.stream}:{last.sequence}" if last else None)
        return Response(msgspec.json.encode(page), media_type="application/json")

    return routes


def _place(cursor: str) -> Place | None:
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        return None if cursor else _START
    return match[1], int(match[2])
