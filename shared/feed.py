"""The feed: a service's log by HTTP, for repair, bootstrap and readers outside."""

from collections.abc import Awaitable, Callable

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.http import Problem
from shared.log import read
from shared.log.lines import lines_of

NDJSON = "application/x-ndjson"
MOST_EVENTS = 5_000


def router(engine: AsyncEngine, authorise: Callable[[Request], Awaitable[object]]) -> APIRouter:
    """The heads of all streams and the events of one, for those whom `authorise` lets."""
    routes = APIRouter(prefix="/v1/log", tags=["log"], dependencies=[Depends(authorise)])

    @routes.get("", summary="Kepala setiap aliran · The head of every stream")
    async def heads() -> Response:
        async with engine.connect() as connection:
            found = await read.heads(connection)
        body = {"streams": [{"name": s.name, "head": s.head, "tip": s.tip.hex()} for s in found]}
        return Response(msgspec.json.encode(body), media_type="application/json")

    @routes.get("/{stream}", summary="Peristiwa satu aliran · The events of one stream")
    async def events(
        stream: str = Path(max_length=80),
        after: int = Query(default=0, ge=0, le=2**62),
        limit: int = Query(default=1_000, ge=1, le=MOST_EVENTS),
    ) -> Response:
        """NDJSON of CloudEvents in order of sequence; `Link: rel="next"` continues."""
        async with engine.connect() as connection:
            if stream not in {found.name for found in await read.heads(connection)}:
                raise Problem(404, "unknown_stream", "Aliran tidak dikenal · Unknown stream")
            runs = await read.runs_between(connection, stream, after, after + limit)
        lines = list(lines_of(runs, after, after + limit))
        following = f'</v1/log/{stream}?after={after + len(lines)}&limit={limit}>; rel="next"'
        return Response(
            b"".join(line + b"\n" for line in lines), media_type=NDJSON, headers={"Link": following}
        )

    return routes
