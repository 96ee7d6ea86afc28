"""The attempt log of a subscription, sending one delivery again, and a test event."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, model_serializer
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.notify.api.subscriptions import SubscriptionId, unknown_subscription
from services.notify.api.tenants import tenant_of
from services.notify.store import deliveries, subscriptions, tenancy
from services.notify.store.deliveries import Attempt, Delivery
from services.notify.store.subscriptions import Subscription
from services.notify.usecases.deliver import webhook_id
from services.notify.usecases.subscribe import send_test
from shared.auth import Keyring, Principal
from shared.http import Problem

_ID = r"^[0-9a-f]{32}$"
Cursor = Annotated[str | None, Query(pattern=_ID)]


class AttemptOut(BaseModel):
    """One attempt: with the receiver's status, or with an error (`unknown`: we stopped midway)."""

    at: datetime
    state: Literal["sending", "delivered", "failed", "unknown"]
    status: int | None = None
    error: str | None = None

    @model_serializer
    def _one_of_both(self) -> dict[str, object]:
        shown: dict[str, object] = {"at": self.at, "state": self.state}
        if self.status is not None:
            shown["status"] = self.status
        elif self.error is not None:
            shown["error"] = self.error
        return shown


class DeliveryOut(BaseModel):
    """One event for this subscription. `due`: when it is tried next; `reason`: why it failed."""

    id: str
    webhook_id: str
    state: Literal["waiting", "sending", "delivered", "failed"]
    reason: str | None
    type: str
    stream: str
    sequence: int
    due: datetime | None
    attempts: list[AttemptOut]


class DeliveryList(BaseModel):
    """A page, newest first; `next` is the cursor of the following one."""

    items: list[DeliveryOut]
    next: str | None


@dataclass(frozen=True, slots=True)
class Delivering:
    """What the routes need, beside the request. `wake`: something is due."""

    engine: AsyncEngine
    keyring: Keyring
    now: Callable[[], datetime]
    wake: Callable[[], None]


def delivery_id(delivery: Annotated[str, Path(max_length=100)]) -> str:
    """The id in the path; what cannot be one is unknown."""
    if not re.match(_ID, delivery) or delivery.endswith("\n"):
        raise unknown_delivery()
    return delivery


def unknown_delivery() -> Problem:
    """404, also for another subscription's."""
    return Problem(404, "not_found", "Pengiriman tidak ditemukan · No such delivery")


DeliveryId = Annotated[str, Depends(delivery_id)]
Work = Callable[[AsyncConnection, str, Subscription], Awaitable[str]]


def router(given: Delivering) -> APIRouter:
    """Read the attempt log, replay, test."""
    routes = APIRouter(prefix="/v1/subscriptions/{subscription}", tags=["deliveries"])
    keyed = Depends(given.keyring.needs("subscriptions:write"))

    @routes.get("/deliveries", summary="Catatan pengiriman · The attempt log")
    async def read_all(
        subscription: SubscriptionId,
        principal: Annotated[Principal, keyed],
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
        cursor: Cursor = None,
    ) -> DeliveryList:
        tenant = tenant_of(principal)
        async with given.engine.begin() as connection:
            await _subscription(connection, tenant, subscription)
            found = await deliveries.listed(
                connection, tenant, subscription, after=cursor, limit=limit + 1
            )
            items = await _with_attempts(connection, tenant, found[:limit])
        return DeliveryList(items=items, next=items[-1].id if len(found) > limit else None)

    @routes.post(
        "/deliveries/{delivery}/replay", status_code=202, summary="Kirim ulang · Send again"
    )
    async def replay(
        subscription: SubscriptionId, delivery: DeliveryId, principal: Annotated[Principal, keyed]
    ) -> DeliveryOut:
        """A new attempt, with the same `webhook-id` and body."""

        async def again(connection: AsyncConnection, tenant: str, found: Subscription) -> str:
            if not await deliveries.replay(connection, tenant, found.id, delivery, given.now()):
                await _refuse_replay(connection, tenant, found.id, delivery)
            return delivery

        return await _work(given, tenant_of(principal), subscription, again)

    @routes.post("/test", status_code=202, summary="Kirim percobaan · Send a test event")
    async def test(
        subscription: SubscriptionId, principal: Annotated[Principal, keyed]
    ) -> DeliveryOut:
        async def send(connection: AsyncConnection, tenant: str, found: Subscription) -> str:
            return await send_test(connection, tenant, found.id, now=given.now())

        return await _work(given, tenant_of(principal), subscription, send)

    return routes


async def _work(given: Delivering, tenant: str, subscription: str, work: Work) -> DeliveryOut:
    """Do what makes a delivery due, and answer that delivery."""
    async with given.engine.begin() as connection:
        found = await _subscription(connection, tenant, subscription)
        if found.state != "active":
            title = "Langganan tidak aktif · The subscription is not active"
            raise Problem(409, "not_active", title)
        delivery = await work(connection, tenant, found)
        made = await deliveries.find(connection, tenant, subscription, delivery)
        items = await _with_attempts(connection, tenant, [made] if made else [])
    given.wake()
    return items[0]


async def _subscription(connection: AsyncConnection, tenant: str, name: str) -> Subscription:
    await tenancy.enter(connection, tenant)
    found = await subscriptions.find(connection, tenant, name)
    if found is None:
        raise unknown_subscription()
    return found


async def _refuse_replay(
    connection: AsyncConnection, tenant: str, subscription: str, delivery: str
) -> None:
    if await deliveries.find(connection, tenant, subscription, delivery) is None:
        raise unknown_delivery()
    title = "Sedang dikirim · It is being sent at this moment"
    raise Problem(409, "being_sent", title)


async def _with_attempts(
    connection: AsyncConnection, tenant: str, found: Sequence[Delivery]
) -> list[DeliveryOut]:
    attempts = await deliveries.attempts_of(connection, tenant, [one.id for one in found])
    return [_out(one, attempts[one.id]) for one in found]


def _out(found: Delivery, attempts: Sequence[Attempt]) -> DeliveryOut:
    return DeliveryOut.model_validate(
        {
            **asdict(found),
            "webhook_id": webhook_id(found.id),
            "attempts": [_attempt(one) for one in attempts],
        }
    )


def _attempt(made: Attempt) -> AttemptOut:
    error = "unknown" if made.state == "unknown" else made.error
    return AttemptOut.model_validate({**asdict(made), "error": error})
