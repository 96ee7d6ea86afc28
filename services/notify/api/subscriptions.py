"""`/v1/subscriptions`: who gets which events. Another tenant's look like none at all."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from msgspec import Meta
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncEngine

from services.notify.api.tenants import tenant_of
from services.notify.domain.endpoint import LONGEST_URL
from services.notify.store import subscriptions, tenancy
from services.notify.store.subscriptions import Subscription
from services.notify.usecases import subscribe as usecase
from services.notify.usecases.subscribe import Refused, Seals, TooManySubscriptions, Wish
from shared.auth import Keyring, Principal
from shared.http import FieldError, Problem
from shared.http.body import json_body, read_body
from shared.http.problem import invalid
from shared.sealing import CannotUnseal

_ID = r"^sub_[0-9a-f]{24}$"
Cursor = Annotated[str | None, Query(pattern=_ID)]
State = Literal["active", "paused", "disabled"]


class SubscriptionIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wish. `scope`: `city`, `agency:<code>`, `service:<code>`, `place:<code>`, or null."""

    channel: Literal["webhook"]
    url: Annotated[str, Meta(min_length=1, max_length=LONGEST_URL)]
    types: Annotated[list[Annotated[str, Meta(max_length=100)]], Meta(min_length=1, max_length=50)]
    scope: Annotated[str, Meta(max_length=100)] | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pause or resume."""

    state: Literal["active", "paused"]


class SubscriptionOut(BaseModel):
    """A subscription. `reason`: why it was disabled; `url` null: sealed with another secret key."""

    id: str
    channel: Literal["webhook"]
    url: str | None
    types: list[str]
    scope: str | None
    state: State
    reason: str | None
    created_at: datetime
    failing_since: datetime | None


class NewSubscription(SubscriptionOut):
    """A subscription and its signing secret, which is shown this once."""

    secret: str


class SubscriptionList(BaseModel):
    """A page; `next` is the cursor of the following one."""

    items: list[SubscriptionOut]
    next: str | None


@dataclass(frozen=True, slots=True)
class Subscribing:
    """What the routes need, beside the request."""

    engine: AsyncEngine
    keyring: Keyring
    seals: Seals
    now: Callable[[], datetime]
    testing: bool


def unknown_subscription() -> Problem:
    """404, also for another tenant's."""
    return Problem(404, "not_found", "Langganan tidak ditemukan · No such subscription")


def subscription_id(subscription: Annotated[str, Path(max_length=100)]) -> str:
    """The id in the path; what cannot be one is as unknown as another tenant's."""
    if not re.match(_ID, subscription) or subscription.endswith("\n"):
        raise unknown_subscription()
    return subscription


SubscriptionId = Annotated[str, Depends(subscription_id)]


def router(given: Subscribing) -> APIRouter:
    """Make, read, pause, resume and end subscriptions."""
    routes = APIRouter(prefix="/v1/subscriptions", tags=["subscriptions"])
    keyed = Depends(given.keyring.needs("subscriptions:write"))

    @routes.post(
        "",
        status_code=201,
        summary="Berlangganan · Subscribe",
        openapi_extra=json_body(SubscriptionIn),
    )
    async def create(
        request: Request, response: Response, principal: Annotated[Principal, keyed]
    ) -> NewSubscription:
        wish = await read_body(request, SubscriptionIn)
        new, secret = await _create(given, tenant_of(principal), wish)
        response.headers["Location"] = f"/v1/subscriptions/{new.id}"
        return NewSubscription.model_validate({**_fields(new, given.seals), "secret": secret})

    @routes.get("", summary="Langganan saya · My subscriptions")
    async def read_all(
        principal: Annotated[Principal, keyed],
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
        cursor: Cursor = None,
    ) -> SubscriptionList:
        tenant = tenant_of(principal)
        async with given.engine.begin() as connection:
            await tenancy.enter(connection, tenant)
            found = await subscriptions.listed(connection, tenant, after=cursor, limit=limit + 1)
        more = found[limit - 1].id if len(found) > limit else None
        return SubscriptionList(items=[_out(one, given.seals) for one in found[:limit]], next=more)

    @routes.get("/{subscription}", summary="Satu langganan · One subscription")
    async def read_one(
        subscription: SubscriptionId, principal: Annotated[Principal, keyed]
    ) -> SubscriptionOut:
        return await _read(given, tenant_of(principal), subscription)

    @routes.patch(
        "/{subscription}",
        summary="Jeda atau lanjutkan · Pause or resume",
        openapi_extra=json_body(Change),
    )
    async def change(
        subscription: SubscriptionId, request: Request, principal: Annotated[Principal, keyed]
    ) -> SubscriptionOut:
        tenant = tenant_of(principal)
        wanted = await read_body(request, Change)
        async with given.engine.begin() as connection:
            await tenancy.enter(connection, tenant)
            await subscriptions.change_state(connection, tenant, subscription, wanted.state)
        return await _read(given, tenant, subscription)

    @routes.delete("/{subscription}", status_code=204, summary="Berhenti · Unsubscribe")
    async def end(subscription: SubscriptionId, principal: Annotated[Principal, keyed]) -> None:
        tenant = tenant_of(principal)
        async with given.engine.begin() as connection:
            await tenancy.enter(connection, tenant)
            if not await subscriptions.delete(connection, tenant, subscription):
                raise unknown_subscription()

    return routes


async def _create(
    given: Subscribing, tenant: str, wanted: SubscriptionIn
) -> tuple[Subscription, str]:
    wish = Wish(wanted.channel, wanted.url, wanted.types, wanted.scope)
    try:
        async with given.engine.begin() as connection:
            await tenancy.enter(connection, tenant)
            return await usecase.subscribe(
                connection, given.seals, tenant, wish, now=given.now(), testing=given.testing
            )
    except Refused as refused:
        raise invalid(FieldError(refused.pointer, refused.code)) from refused
    except TooManySubscriptions as full:
        title = "Terlalu banyak langganan · Too many subscriptions"
        raise Problem(409, "too_many_subscriptions", title) from full


async def _read(given: Subscribing, tenant: str, subscription: str) -> SubscriptionOut:
    async with given.engine.begin() as connection:
        await tenancy.enter(connection, tenant)
        found = await subscriptions.find(connection, tenant, subscription)
    if found is None:
        raise unknown_subscription()
    return _out(found, given.seals)


def _out(found: Subscription, seals: Seals) -> SubscriptionOut:
    return SubscriptionOut.model_validate(_fields(found, seals))


def _url(found: Subscription, seals: Seals) -> str | None:
    try:
        return seals.url(found.id, found.sealed_url)
    except CannotUnseal:
        return None


def _fields(found: Subscription, seals: Seals) -> dict[str, object]:
    return {
        "id": found.id,
        "channel": found.channel,
        "url": _url(found, seals),
        "types": list(found.types),
        "scope": found.scope,
        "state": found.state,
        "reason": found.reason,
        "created_at": found.created_at,
        "failing_since": found.failing_since,
    }
