"""`GET /v1/live`: moved figures as they are announced, for anybody, without a gap after a cut."""

from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse

from services.scoring.usecases.live import LiveFigures
from shared import sse
from shared.database import UNAVAILABLE


def router(live: LiveFigures) -> APIRouter:
    """The stream of Server-Sent Events."""
    routes = APIRouter(prefix="/v1/live", tags=["index"])

    @routes.get(
        "",
        summary="Aliran langsung angka · Live stream of figures",
        response_class=StreamingResponse,
        responses={200: {"content": {sse.MEDIA_TYPE: {"schema": {"type": "string"}}}}},
    )
    async def follow(
        last_event_id: Annotated[str | None, Header(max_length=100)] = None,
        after: Annotated[str | None, Query(max_length=100, examples=["figures:1042"])] = None,
    ) -> StreamingResponse:
        """`id: figures:<sequence>`, `event: <type>`, `data:` the CloudEvent.

        With `Last-Event-ID` (or `after`, for a first connection) the stream goes on behind that
        event; when it is too far back or unknown, the stream begins with `event: reset`.
        """
        stream = sse.event_stream(
            live.page, await live.start(last_event_id or after), live.bell, ends_on=UNAVAILABLE
        )
        return StreamingResponse(stream, media_type=sse.MEDIA_TYPE, headers=sse.HEADERS)

    return routes
