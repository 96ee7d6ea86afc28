"""`/v1/invitations`: an agency's system fetches the one-use links of its finished applications.

By polling only: a webhook's body would lie in our log, and no log holds a token.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.contextvars import get_contextvars

from services.intake.usecases.invitations import (
    AlreadyHandedOver,
    Fetching,
    Inviter,
    Link,
    LinkGone,
    UnknownLink,
    hand_over,
)
from shared.auth import Keyring, Principal, forbidden
from shared.contracts.applications import Reference
from shared.contracts.cloudevent import ServiceCode
from shared.http import Problem
from shared.http.body import json_body, read_body
from shared.http.openapi import answers

MOST = 200
_BETWEEN = "~"  # in no service's code and in no reference
_CURSOR = r"^([a-z0-9-]{1,40}\.[a-z0-9-]{1,40}~[A-Za-z0-9._/-]{1,64})?$"
_NO_STORE = {"Cache-Control": "no-store"}


class ApplicationIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An application of the agency."""

    service: ServiceCode
    reference: Reference


class FetchedIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The applications whose links the agency has."""

    items: Annotated[list[ApplicationIn], Meta(min_length=1, max_length=MOST)]


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """The one-use link for whoever made an application; the last day (UTC) on which it holds."""

    service: str
    reference: str
    url: str
    expires_on: date


class Invitations(msgspec.Struct, frozen=True):
    """A page of links that wait; `next` is the cursor of the following one."""

    items: list[Invitation]
    next: str | None


class Fetched(msgspec.Struct, frozen=True):
    """How many links are handed over by this; the same again hands over none."""

    handed_over: int


@dataclass(frozen=True, slots=True)
class Inviting:
    """What the routes need."""

    engine: AsyncEngine
    keyring: Keyring
    inviter: Inviter
    now: Callable[[], datetime]
    after_commit: Callable[[], None]
    public_url: str
    partitions: int

    def shown(self, link: Link) -> Invitation:
        """A link as its agency sends it on."""
        return Invitation(
            service=link.service,
            reference=link.reference,
            url=f"{self.public_url.rstrip('/')}/isi/t/{link.token}",
            expires_on=link.expires_on,
        )


def router(inviting: Inviting) -> APIRouter:
    """List what waits, ask for one, say what has arrived."""
    routes = APIRouter(prefix="/v1/invitations", tags=["invitations"])
    _add_list(routes, inviting)
    _add_one(routes, inviting)
    _add_fetched(routes, inviting)
    return routes


def _add_list(routes: APIRouter, inviting: Inviting) -> None:
    @routes.get(
        "",
        summary="Tautan yang belum diambil · Links that wait to be fetched",
        operation_id="list_invitations",
        responses=answers(Invitations, _PROBLEMS),
    )
    async def listed(
        limit: int = Query(default=100, ge=1, le=MOST),
        cursor: str = Query(default="", pattern=_CURSOR),
        principal: Principal = Depends(inviting.keyring.needs("events:write")),
    ) -> Response:
        """Each stays until `POST /v1/invitations/fetched` names it: what failed comes again."""
        service, _, reference = cursor.partition(_BETWEEN)
        async with inviting.engine.begin() as connection:
            links = await inviting.inviter.waiting(
                connection,
                _agency(principal),
                (service, reference),
                today=inviting.now().date(),
                most=limit + 1,
            )
        page = links[:limit]
        last = page[-1] if len(links) > limit else None
        following = f"{last.service}{_BETWEEN}{last.reference}" if last else None
        return _json(Invitations([inviting.shown(link) for link in page], following))


def _add_one(routes: APIRouter, inviting: Inviting) -> None:
    @routes.post(
        "",
        summary="Minta tautan satu permohonan · The link of one finished application",
        operation_id="post_invitation",
        responses=answers(Invitation, _PROBLEMS_OF_ONE),
        openapi_extra=json_body(ApplicationIn),
    )
    async def one(
        request: Request,
        principal: Principal = Depends(inviting.keyring.needs("events:write")),
    ) -> Response:
        """The same link each time, until the agency says that it has it."""
        agency = _agency(principal)
        asked = await read_body(request, ApplicationIn)
        case, today = (asked.service, asked.reference), inviting.now().date()
        try:
            async with inviting.engine.begin() as connection:
                link = await inviting.inviter.one(connection, agency, case, today=today)
        except UnknownLink:
            raise Problem(
                404,
                "unknown_application",
                "Tidak ada permohonan selesai dengan nomor ini · No such finished application",
            ) from None
        except AlreadyHandedOver:
            raise Problem(
                409, "handed_over", "Tautan sudah diserahkan · The link was handed over"
            ) from None
        except LinkGone:
            raise Problem(
                410, "link_expired", "Tautan sudah kedaluwarsa · The link has expired"
            ) from None
        return _json(inviting.shown(link))


def _add_fetched(routes: APIRouter, inviting: Inviting) -> None:
    @routes.post(
        "/fetched",
        summary="Tautan ini sudah diterima · The agency has these links",
        operation_id="post_fetched_invitations",
        responses=answers(Fetched, _PROBLEMS),
        openapi_extra=json_body(FetchedIn),
    )
    async def fetched(
        request: Request,
        principal: Principal = Depends(inviting.keyring.needs("events:write")),
    ) -> Response:
        """From now on nothing tells which application a link came from. Unknown ones are passed
        over.
        """
        fetching = Fetching(
            _agency(principal), inviting.now(), get_contextvars().get("correlation_id")
        )
        given = await read_body(request, FetchedIn)
        cases = {(each.service, each.reference) for each in given.items}
        async with inviting.engine.begin() as connection:
            count = await hand_over(connection, cases, fetching, inviting.partitions)
        inviting.after_commit()
        return _json(Fetched(count))


def _agency(principal: Principal) -> str:
    """Links are an agency's: the platform's own key sees none, a test key none that counts."""
    if principal.agency is None:
        raise forbidden()
    if principal.mode == "test":
        raise Problem(403, "test_key", "Kunci uji tidak melihat tautan · A test key sees no links")
    return principal.agency


def _json(body: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(body), media_type="application/json", headers=_NO_STORE)


_PROBLEMS = {
    400: "The body is not readable JSON",
    401: "No key, or one that is not valid",
    403: "The key lacks events:write, is of no agency, or is a test key",
    413: "The body is too large",
    415: "Not plain application/json",
    422: "The question is not valid",
    503: "Try again (Retry-After)",
}
_PROBLEMS_OF_ONE = {
    **_PROBLEMS,
    404: "No such application of this agency has finished",
    409: "The agency has said before that it has this link",
    410: "The link was not fetched within 60 days",
}
