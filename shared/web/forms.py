"""Forms that browsers post: read strictly, and only from our own pages."""

import asyncio
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request

from shared.http import Problem

MEDIA_TYPE = "application/x-www-form-urlencoded"
MAX_FORM = 32 * 1024
MAX_FIELDS = 100
BODY_S = 30
_OURS = frozenset({"same-origin", "none"})


def check_origin(request: Request, public_url: str) -> None:
    """Refuse a form that another site's page posts. Raises the 403 problem.

    Browsers say where a post comes from; a program that says nothing acts for nobody but itself.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        ours = site in _OURS
    else:
        origin = request.headers.get("origin")
        hosts = {request.headers.get("host"), urlsplit(public_url).netloc}
        ours = origin is None or urlsplit(origin).netloc in hosts
    if not ours:
        raise Problem(
            403,
            "foreign_form",
            "Formulir dari situs lain ditolak · Forms of other sites are refused",
        )


async def read_form(request: Request) -> Mapping[str, str]:
    """The fields of a posted form; of a repeated one the last. Raises 400, 413 or 415 problems."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    encoded = request.headers.get("content-encoding", "identity") != "identity"
    if media_type != MEDIA_TYPE or encoded:
        raise Problem(415, "unsupported_media_type", "Bukan isian formulir · Not a posted form")
    try:
        async with asyncio.timeout(BODY_S):
            body = await _read_body(request)
    except TimeoutError:
        raise Problem(408, "too_slow", "Isi terlalu lambat · The body came too slowly") from None
    try:
        text = body.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError:  # not ASCII, not UTF-8 inside, or too many fields
        raise Problem(
            400, "not_parseable", "Isian tidak terbaca · The form cannot be read"
        ) from None
    return dict(pairs)


async def _read_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM:
            # The rest is not read: the connection cannot be used again.
            raise Problem(
                413,
                "too_large",
                "Isi terlalu besar · The body is too large",
                headers={"Connection": "close"},
            )
    return bytes(body)
