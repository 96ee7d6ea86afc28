"""What the tests of notify share: events as scoring publishes them, and a notify that sends."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from services.notify.api import deliveries, live, subscriptions
from services.notify.consumers import apply_with
from services.notify.delivery.courier import Courier, Pace
from services.notify.delivery.housekeeper import Housekeeper
from services.notify.delivery.network import Resolver
from services.notify.delivery.sender import Manners, Sender, trust_in
from services.notify.usecases.live import Live
from services.notify.usecases.subscribe import Seals
from shared import database
from shared.auth import Keyring, new_key
from shared.consume import Applier
from shared.contracts.cloudevent import new_event
from shared.contracts.figures import INDEX_CHANGED, IndexChanged
from shared.contracts.registry import KEY_ISSUED, KEY_REVOKED
from shared.http import prepare
from shared.log import Run
from shared.log.run import pack
from shared.metrics import Metrics
from shared.sealing import Sealer

LOOPBACK = (ip_network("127.0.0.0/8"),)
SECRET_KEY = SecretStr("a key that only the tests of notify use")
CHAIN = "c0ffee" * 10 + "cafe"
# A thousandth of the schedule: 5 ms, 300 ms, 1.8 s …
SCALE = 0.001


def changed(
    service: str = "dpmptsp.nib", *, n: int = 1, time: datetime | None = None, correlation: str = ""
) -> bytes:
    """An `index.changed` as scoring's log has it."""
    at = time or datetime.now(UTC)
    data = IndexChanged(
        service=service,
        agency=service.partition(".")[0],
        period=f"{at.year}",
        n=n,
        index="97.12",
        exact="871450/8973",
        index_class="A",
        rule_set="permenpanrb-14-2017",
        elements={"time": "96.87"},
        as_of=at.isoformat(timespec="seconds"),
    )
    return new_event(
        event_type=INDEX_CHANGED,
        event_id=f"{service}-{n}",
        source="/scoring",
        time=at,
        data=data,
        correlation=correlation or None,
    )


@dataclass
class Clock:
    """The real time, set forward by as much as a test likes."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def forward(self, **by: float) -> None:
        self.ahead += timedelta(**by)


@dataclass
class Notifying:
    """Notify without its fast path: what tests give it is applied as any run would be."""

    engine: AsyncEngine
    now: Clock = field(default_factory=Clock)
    pace: Pace = field(default_factory=lambda: Pace(poll_s=0.05, scale=SCALE))
    deadline_s: float = 2.0
    secret_key: SecretStr = SECRET_KEY
    heads: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.metrics = Metrics("notify")
        self.seals = Seals(Sealer(self.secret_key, "webhooks"))
        self.resolver = Resolver(8)
        manners = Manners(self.deadline_s, testing=True, allowed=LOOPBACK)
        sender = Sender(self.resolver, manners, trust_in(None), self.now)
        self.courier = Courier(
            self.engine, sender.send, self.seals, self.metrics, self.now, self.pace
        )
        self.live = Live(self.engine)
        self.housekeeper = Housekeeper(self.engine, self.metrics, self.now, timedelta(days=7))
        self.applier = Applier(
            self.engine, apply_with(self.now, timedelta(days=7)), after_commit=self._wake
        )
        self.app = self._app()

    def _wake(self) -> None:
        self.courier.wake()
        self.live.wake()

    def _app(self) -> FastAPI:
        app, keyring = FastAPI(), Keyring(self.engine)
        given = subscriptions.Subscribing(self.engine, keyring, self.seals, self.now, testing=True)
        app.include_router(subscriptions.router(given))
        app.include_router(
            deliveries.router(
                deliveries.Delivering(self.engine, keyring, self.now, self.courier.wake)
            )
        )
        app.include_router(live.router(self.live, keyring))
        prepare(app, self.metrics)
        return app

    async def publish(self, *events: bytes, stream: str = "figures", skip: int = 0) -> Run:
        """Apply the next events of a stream; `skip` leaves a hole before them."""
        first = self.heads.get(stream, 0) + 1 + skip
        run = Run(stream, first, first + len(events) - 1, pack(events), CHAIN)
        self.heads[stream] = run.last
        await self.applier.apply(stream, [run])
        return run

    async def key(self, agency: str | None, *scopes: str) -> str:
        """A key, projected from the registry as in production."""
        made = new_key("live")
        data = {
            "id": made.id,
            "agency": agency,
            "scopes": list(scopes),
            "mode": "live",
            "secret_hash": made.secret_hash,
        }
        await self.publish(_registry(KEY_ISSUED, data), stream="registry")
        return made.key

    async def revoke(self, key: str) -> None:
        """Make a key unusable."""
        await self.publish(_registry(KEY_REVOKED, {"id": key.split("_")[2]}), stream="registry")

    @asynccontextmanager
    async def http(self, key: str | None) -> AsyncIterator[httpx.AsyncClient]:
        """A client that uses a key."""
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://rancak", headers=headers
        ) as client:
            yield client

    async def close(self) -> None:
        self.resolver.close()
        await self.engine.dispose()


def notifying(url: str) -> Notifying:
    """A notify on a migrated database."""
    return Notifying(database.engine(url, pool=5))


async def subscribe(
    http: httpx.AsyncClient,
    url: str,
    *,
    scope: str | None = None,
    types: Sequence[str] = (INDEX_CHANGED,),
) -> dict[str, str]:
    """Subscribe; answers the whole answer (with the secret)."""
    wish = {"channel": "webhook", "url": url, "types": list(types), "scope": scope}
    answer = await http.post("/v1/subscriptions", json=wish)
    assert answer.status_code == 201, answer.text
    made: dict[str, str] = answer.json()
    return made


async def attempt_log(http: httpx.AsyncClient, subscription: str) -> list[dict[str, object]]:
    """The deliveries of a subscription, newest first."""
    answer = await http.get(f"/v1/subscriptions/{subscription}/deliveries")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, object]] = answer.json()["items"]
    return items


def _registry(event_type: str, data: object) -> bytes:
    return new_event(
        event_type=event_type, event_id="any", source="/registry", time=datetime.now(UTC), data=data
    )
