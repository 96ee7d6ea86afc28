"""Read a small JSON body strictly: counted bytes, no encoding, one msgspec type."""

import asyncio
from typing import Any, TypeVar

import msgspec
from fastapi import Request

from shared.http.openapi import schema_of
from shared.http.problem import Problem, not_parseable, validation_problem

Body = TypeVar("Body")
MAX_BODY = 64 * 1024
BODY_S = 30


async def read_body(request: Request, kind: type[Body]) -> Body:
    """The body as `kind`. Raises 400, 413, 415 or 422 problems that echo nothing."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    encoded = request.headers.get("content-encoding", "identity") != "identity"
    if media_type != "application/json" or encoded:
        raise Problem(
            415, "unsupported_media_type", "Kirim JSON tanpa kompresi · Send plain application/json"
        )
    try:
        async with asyncio.timeout(BODY_S):
            return msgspec.json.decode(await _read(request), type=kind)
    except TimeoutError:
        raise Problem(408, "too_slow", "Isi terlalu lambat · The body came too slowly") from None
    except msgspec.DecodeError as fault:
        raise validation_problem(fault) from None
    except (UnicodeDecodeError, RecursionError):
        raise not_parseable() from None


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Problem(413, "too_large", "Isi terlalu besar · The body is too large")
    return bytes(body)


def json_body(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """The OpenAPI request body of a type that `read_body` reads."""
    content = {"application/json": {"schema": schema_of(kind)}}
    return {"requestBody": {"required": True, "content": content}}
