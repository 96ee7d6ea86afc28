"""Make, change and end subscriptions."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notify.domain import scope, signature
from services.notify.domain.endpoint import EndpointRefused, endpoint_of
from services.notify.store import items, subscriptions
from services.notify.store.items import Item
from services.notify.store.subscriptions import Subscription
from shared.contracts import alerts, figures
from shared.contracts.catalogue import EVENTS
from shared.contracts.cloudevent import extended, new_event
from shared.sealing import Sealer

SUBSCRIBABLE = (*EVENTS[figures.TOPIC], *EVENTS[alerts.TOPIC])
TESTED = "id.rancak.subscription.tested.v1"
MOST_SUBSCRIPTIONS = 1_000  # of one tenant: each makes a delivery of every event it watches


class Refused(ValueError):
    """A wish that is not acceptable: where in it, and why."""

    def __init__(self, pointer: str, code: str) -> None:
        super().__init__(f"{pointer}: {code}")
        self.pointer = pointer
        self.code = code


class TooManySubscriptions(Exception):
    """The tenant has as many subscriptions as one may have."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to subscribe to."""

    channel: str
    url: str
    types: Sequence[str]
    scope: str | None


@dataclass(frozen=True, slots=True)
class Seals:
    """Seals what a subscription keeps secret, each bound to its subscription."""

    sealer: Sealer

    def seal_url(self, subscription_id: str, url: str) -> bytes:
        """A URL may carry a token, so it is sealed as well."""
        return self.sealer.seal(url.encode(), f"{subscription_id} url".encode())

    def seal_secret(self, subscription_id: str, secret: bytes) -> bytes:
        """The signing secret."""
        return self.sealer.seal(secret, f"{subscription_id} secret".encode())

    def url(self, subscription_id: str, sealed: bytes) -> str:
        """Raises CannotUnseal."""
        return self.sealer.unseal(sealed, f"{subscription_id} url".encode()).decode()

    def secret(self, subscription_id: str, sealed: bytes) -> bytes:
        """Raises CannotUnseal."""
        return self.sealer.unseal(sealed, f"{subscription_id} secret".encode())


async def subscribe(
    connection: AsyncConnection,
    seals: Seals,
    tenant: str,
    wish: Wish,
    *,
    now: datetime,
    testing: bool,
) -> tuple[Subscription, str]:
    """A new subscription and its secret, shown this once. Raises Refused, TooManySubscriptions."""
    watches = _checked(wish, tenant)
    host = _host_of(wish.url, testing=testing)
    if await subscriptions.count(connection, tenant) >= MOST_SUBSCRIPTIONS:
        raise TooManySubscriptions
    new_id = f"sub_{secrets.token_hex(12)}"
    secret = secrets.token_bytes(signature.SECRET_BYTES)
    new = Subscription(
        tenant=tenant,
        id=new_id,
        channel=wish.channel,
        types=list(dict.fromkeys(wish.types)),
        scope=wish.scope,
        watches=watches,
        endpoint=hashlib.sha256(f"{tenant}\n{wish.url}".encode()).digest(),
        host=host,
        sealed_url=seals.seal_url(new_id, wish.url),
        sealed_secret=seals.seal_secret(new_id, secret),
        state="active",
        reason=None,
        created_at=now,
        failing_since=None,
    )
    await subscriptions.add(connection, new)
    return new, signature.shown(secret)


async def send_test(
    connection: AsyncConnection, tenant: str, subscription_id: str, *, now: datetime
) -> str:
    """A test event for one subscription; answers the delivery's id.

    It gets a place in a stream of its own, so that it is delivered, retried and replayed like any
    other, and nobody else ever sees it.
    """
    stream = f"test.{subscription_id}"
    sequence = await items.last_sequence(connection, stream) + 1
    event = new_event(
        event_type=TESTED,
        event_id=f"{subscription_id}-{sequence}",
        source="/notify",
        time=now,
        data={"subscription": subscription_id},
    )
    body = extended(event, stream=stream, sequence=sequence)
    item = Item(stream, sequence, TESTED, now, None, [], None, body)
    await items.add(connection, [item])
    return await items.deliver_to(connection, tenant, subscription_id, item, now)


def _checked(wish: Wish, tenant: str) -> str:
    for number, event_type in enumerate(wish.types):
        if event_type not in SUBSCRIBABLE:
            raise Refused(f"/types/{number}", "not_allowed")
    try:
        return scope.checked(wish.scope, tenant)
    except scope.ScopeRefused as refused:
        raise Refused("/scope", refused.code) from refused


def _host_of(url: str, *, testing: bool) -> str:
    try:
        return endpoint_of(url, testing=testing).host
    except EndpointRefused as refused:
        raise Refused("/url", refused.code) from refused
