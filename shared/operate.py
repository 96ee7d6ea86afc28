"""Operators' routes: where streams stand, and dead letters. From PostgreSQL, never Redis."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import msgspec
from fastapi import APIRouter, Depends, Path, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.consume import CANNOT_APPLY, Applier, dead_letters
from shared.consume.dead_letters import DeadLetter
from shared.consume.healer import StreamState
from shared.http import Problem
from shared.log import read
from shared.relay import Relay

Authorise = Callable[[Request], Awaitable[object]]


class Consumes(Protocol):
    """What operators ask of a consumer, be it a `Consumer` or a `Follower`."""

    name: str
    applier: Applier

    async def look(self) -> dict[str, StreamState]:
        """Where every stream stands now."""


def publisher_router(engine: AsyncEngine, relay: Relay, authorise: Authorise) -> APIRouter:
    """`GET /v1/streams/published`: the heads of this service's streams, and what Redis has."""
    routes = APIRouter(prefix="/v1/streams", tags=["operate"], dependencies=[Depends(authorise)])

    @routes.get("/published", summary="Aliran yang diterbitkan · Streams published here")
    async def published() -> Response:
        async with engine.connect() as connection:
            heads = await read.heads(connection)
        given = relay.positions
        return _json(
            {
                "items": [
                    {"stream": s.name, "head": s.head, "published": given.get(s.name)}
                    for s in heads
                ]
            }
        )

    return routes


def consumer_router(
    engine: AsyncEngine, consumers: Sequence[Consumes], authorise: Authorise
) -> APIRouter:
    """`GET /v1/streams/consumed` and the dead letters of this service's consumers."""
    routes = APIRouter(tags=["operate"], dependencies=[Depends(authorise)])

    @routes.get("/v1/streams/consumed", summary="Aliran yang dihitung · Streams consumed here")
    async def consumed() -> Response:
        now = time.monotonic()
        items = [
            {
                "stream": stream,
                "name": consumer.name,
                **state.counts,
                "oldest_s": None
                if state.behind_since is None
                else round(now - state.behind_since, 1),
            }
            for consumer in consumers
            for stream, state in sorted((await consumer.look()).items())
        ]
        return _json({"items": items})

    @routes.get("/v1/dead-letters", summary="Peristiwa yang disisihkan · Events set aside")
    async def dead() -> Response:
        async with engine.connect() as connection:
            letters = await dead_letters.listed(connection)
        return _json({"items": [_letter(letter) for letter in letters], "next": None})

    @routes.get("/v1/dead-letters/{stream}/{sequence}", summary="Satu peristiwa · One of them")
    async def show(stream: str = Path(max_length=80), sequence: int = Path(ge=1)) -> Response:
        letter = await _find(engine, stream, sequence)
        return _json({**_letter(letter), "event": msgspec.Raw(letter.event)})

    @routes.post("/v1/dead-letters/{stream}/{sequence}/retry", summary="Coba lagi · Try again")
    async def retry(stream: str = Path(max_length=80), sequence: int = Path(ge=1)) -> Response:
        letter = await _find(engine, stream, sequence)
        try:
            await _owner(consumers, letter).applier.retry(letter)
        except CANNOT_APPLY as reason:
            raise Problem(
                409,
                "still_cannot_be_applied",
                f"Masih gagal · It still fails: {type(reason).__name__}",
            ) from reason
        return _json({"stream": stream, "sequence": sequence, "state": "applied"})

    return routes


def _owner(consumers: Sequence[Consumes], letter: DeadLetter) -> Consumes:
    return next(each for each in consumers if each.applier.owns(letter.stream))


async def _find(engine: AsyncEngine, stream: str, sequence: int) -> DeadLetter:
    async with engine.connect() as connection:
        letter = await dead_letters.find(connection, stream, sequence)
    if letter is None:
        raise Problem(404, "not_dead", "Tidak ada di sini · No such dead letter")
    return letter


def _letter(letter: DeadLetter) -> dict[str, object]:
    return {
        "stream": letter.stream,
        "sequence": letter.sequence,
        "attempts": letter.attempts,
        "reason": letter.reason,
        "at": letter.at.isoformat(),
    }


def _json(body: object) -> Response:
    return Response(msgspec.json.encode(body), media_type="application/json")
