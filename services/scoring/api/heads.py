"""`/.well-known/rancak-heads.json`: where every hash chain stood each day, signed."""

from datetime import date
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.usecases.heads import Signed, days
from shared.http.openapi import answers
from shared.signing import Signer, public_jwk

_A_MONTH, _A_YEAR = 31, 366


class Heads(msgspec.Struct, frozen=True):
    """A page of days, newest first; `next` is the `to` of the following page.

    `keys`: each key (JWK) that signed a day of this page, and the one that signs now.
    """

    items: list[Signed]
    next: str | None
    keys: list[dict[str, str]]


def router(engine: AsyncEngine, signer: Signer) -> APIRouter:
    """The one route."""
    routes = APIRouter(tags=["figures"])

    @routes.get(
        "/.well-known/rancak-heads.json",
        summary="Kepala rantai harian yang ditandatangani · Daily signed heads of all hash chains",
        responses=answers(Heads, {422: "A parameter is not valid"}),
    )
    async def heads(
        since: Annotated[date, Query(alias="from")] = date.min,
        upto: Annotated[date, Query(alias="to")] = date.max,
        limit: Annotated[int, Query(ge=1, le=_A_YEAR)] = _A_MONTH,
    ) -> Response:
        """Keep a copy. `python3 deploy/check_log.py URL --key … COPY` finds whatever changed since.

        A signature (ed25519, base64) is over the canonical JSON of its entry without `signature`:
        sorted keys, no blanks, UTF-8. An entry's `key` is the public key, base64url.
        """
        async with engine.connect() as connection:
            found = await days(connection, since, upto, limit + 1)
        following = found[limit].day if len(found) > limit else None
        page = list(found[:limit])
        keys = sorted({signer.key_id, *(each.key for each in page)})
        body = Heads(page, following, [public_jwk(key) for key in keys])
        return Response(
            msgspec.json.encode(body),
            media_type="application/json",
            headers={"Cache-Control": "public, max-age=60"},
        )

    return routes
