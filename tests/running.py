"""Rancak in the test's own process: three apps on ports of their own, over real servers."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

import httpx
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from deploy.gateway import Gateway
from deploy.servers import free_port
from services.intake import app as intake
from services.intake.settings import Settings as IntakeSettings
from services.intake.usecases.keys import issue_first_admin_key
from services.notify import app as notify
from services.notify.settings import Settings as NotifySettings
from services.scoring import app as scoring
from services.scoring.settings import Settings as ScoringSettings
from shared import database
from tests.events import answer, batch
from tests.servers import TestServers
from tests.waiting import wait_until

SERVICE_KEY = "service-key-for-tests-0123456789abcdef"
SECRET_KEY = "secret-key-for-tests-0123456789abcdef"


@dataclass
class Rancak:
    """A running system, and the short words in which tests talk to it."""

    urls: dict[str, str]
    database_urls: dict[str, str]
    redis_url: str
    admin_key: str
    http: httpx.AsyncClient
    keys: dict[str, str] = field(default_factory=dict)

    async def register(self, agency: str = "dpmptsp", *services: str, place: str = "mpp") -> str:
        """An agency with services (default `nib`) and a place; answers its key for everything."""
        await self._put(f"/v1/agencies/{agency}", {"name": agency.upper(), "kind": "dinas"})
        await self._put(f"/v1/places/{place}", {"name": "Mal Pelayanan Publik", "kind": "mpp"})
        for service in services or ("nib",):
            await self._put(f"/v1/services/{agency}.{service}", {"name": f"Layanan {service}"})
        scopes = ["events:write", "import:write", "registry:write", "keys:write", "index:live"]
        scopes += ["subscriptions:write", "alerts:read"]
        made = await self.http.post(
            f"{self.urls['intake']}/v1/keys",
            json={"agency": agency, "scopes": scopes},
            headers=bearer(self.admin_key),
        )
        assert made.status_code == 201, made.text
        self.keys[agency] = made.json()["key"]
        return self.keys[agency]

    async def post(
        self, events: dict[str, Any] | Sequence[dict[str, Any]], key: str | None = None
    ) -> httpx.Response:
        """Post one event or a batch with the agency's key."""
        first = events if isinstance(events, dict) else events[0]
        agency = first["source"].removeprefix("/agencies/")
        mode = "cloudevents" if isinstance(events, dict) else "cloudevents-batch"
        return await self.http.post(
            f"{self.urls['intake']}/v1/events",
            content=batch(events),
            headers={
                **bearer(key or self.keys[agency]),
                "Content-Type": f"application/{mode}+json",
            },
        )

    async def answered(self, count: int, *, service: str = "dpmptsp.nib", **other: Any) -> None:
        """Post `count` good answers for a service."""
        for start in range(0, count, 500):
            size = min(500, count - start)
            posted = await self.post([answer(service=service, **other) for _ in range(size)])
            assert posted.status_code == 202, posted.text

    async def index(self, scope: str = "city", period: str | None = None) -> dict[str, Any]:
        """`GET /v1/index` of a scope as it stands now; the current year by default."""
        found = await self.http.get(
            f"{self.urls['scoring']}/v1/index",
            params={
                "scope": scope,
                "period": period or str(datetime.now(UTC).year),
                "view": "live",
            },
            headers=bearer(self.admin_key),
        )
        # 401: the key is still on its way to scoring; 503: a fault test is under way.
        assert found.status_code in {200, 401, 404, 503}, found.text
        return dict(found.json())

    async def counted(self, count: int, scope: str = "city", *, timeout: float = 15) -> None:
        """Wait until a scope shows exactly so many answers."""

        async def shows_it() -> bool:
            return bool((await self.index(scope)).get("n", 0) == count)

        await wait_until(shows_it, f"{count} answers to be counted in {scope}", timeout=timeout)

    async def public(self, scope: str = "city", period: str | None = None) -> dict[str, Any]:
        """What anybody may see of a scope; the current year by default."""
        found = await self.http.get(
            f"{self.urls['scoring']}/v1/index",
            params={"scope": scope, "period": period or str(datetime.now(UTC).year)},
        )
        return dict(found.json())

    async def published(self, count: int, scope: str = "city", period: str | None = None) -> None:
        """Wait until so many answers are public in a scope: in tens, of the same month."""

        async def are_public() -> bool:
            return bool((await self.public(scope, period)).get("n", 0) == count)

        await wait_until(are_public, f"{count} answers to be public in {scope}", timeout=30)

    async def streams(self, name: str = "scoring", *, at: str = "") -> dict[str, dict[str, Any]]:
        """Where each stream stands in a consumer, `at` a service; asserts P9 on the way."""
        found = await self.http.get(
            f"{self.urls[at or name]}/v1/streams/consumed", headers=bearer(SERVICE_KEY)
        )
        rows = found.json()["items"]
        for row in rows:
            assert row["head"] == row["applied"] + row["waiting"] + row["dead"], row
        return {row["stream"]: row for row in rows if row["name"] == name}

    async def _put(self, path: str, body: dict[str, Any]) -> None:
        answer = await self.http.put(
            self.urls["intake"] + path, json=body, headers=bearer(self.admin_key)
        )
        assert answer.status_code == 200, answer.text


def client(**options: Any) -> httpx.AsyncClient:
    """A client of servers on this machine: no proxies, no public authorities."""
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.AsyncClient(**{"timeout": 20, "trust_env": False, "verify": trust, **options})


def bearer(key: str) -> dict[str, str]:
    """The header that a key travels in."""
    return {"Authorization": f"Bearer {key}"}


@asynccontextmanager
async def rancak_on(
    servers: TestServers, database_name: str, **notify_options: Any
) -> AsyncIterator[Rancak]:
    """All three services over a database of their own."""
    names = ("intake", "scoring", "notify")
    ports = {name: free_port() for name in names}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    database_urls = {name: servers.url(name, database_name) for name in names}
    apps = _apps(servers.redis_url, urls, database_urls, notify_options)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(_all_serving({ports[name]: apps[name] for name in names}))
        http = await stack.enter_async_context(client())
        admin_key = await first_admin_key(database_urls["intake"])
        yield Rancak(urls, database_urls, servers.redis_url, admin_key, http)


@asynccontextmanager
async def one_origin_on(servers: TestServers, database_name: str) -> AsyncIterator[Rancak]:
    """The same behind the gateway of `rancak up`: one port for everything."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    names = ("intake", "scoring", "notify")
    database_urls = {name: servers.url(name, database_name) for name in names}
    inside = {name: f"{url}/{name}" for name in names}
    gateway = Gateway(_apps(servers.redis_url, inside, database_urls, {}))
    async with _all_serving({port: gateway}), client() as http:
        admin_key = await first_admin_key(database_urls["intake"])
        urls = dict.fromkeys(names, url)
        yield Rancak(urls, database_urls, servers.redis_url, admin_key, http)


def _apps(
    redis_url: str,
    urls: dict[str, str],
    database_urls: dict[str, str],
    notify_options: dict[str, Any],
) -> dict[str, FastAPI]:
    common: dict[str, Any] = {
        "env": "test",
        "redis_url": SecretStr(redis_url),
        "service_key": SecretStr(SERVICE_KEY),
        "secret_key": SecretStr(SECRET_KEY),
    }
    build: dict[str, Callable[[], FastAPI]] = {
        "intake": lambda: intake.build(
            IntakeSettings(**common, intake_database_url=SecretStr(database_urls["intake"]))
        ),
        "scoring": lambda: scoring.build(
            ScoringSettings(
                **common,
                scoring_database_url=SecretStr(database_urls["scoring"]),
                intake_url=urls["intake"],
            )
        ),
        "notify": lambda: notify.build(
            NotifySettings(
                **common,
                notify_database_url=SecretStr(database_urls["notify"]),
                intake_url=urls["intake"],
                scoring_url=urls["scoring"],
                **{"webhook_allow_nets": "127.0.0.0/8", "retry_scale": 0.001, **notify_options},
            )
        ),
    }
    return {name: make() for name, make in build.items()}


async def first_admin_key(database_url: str) -> str:
    """The admin key of a fresh installation. A busy machine may take more than one try: the suite
    kills and starts servers meanwhile, and the product waits two seconds for a connection."""
    engine = database.engine(database_url, pool=1)
    keys: list[str | None] = []

    async def is_issued() -> bool:
        try:
            async with engine.begin() as connection:
                keys.append(await issue_first_admin_key(connection))
        except TimeoutError:
            return False
        return True

    try:
        await wait_until(is_issued, "a connection for the first key", timeout=30)
    finally:
        await engine.dispose()
    assert keys[-1] is not None
    return keys[-1]


@asynccontextmanager
async def serving(app: FastAPI, port: int) -> AsyncIterator[str]:
    """An app behind a real uvicorn on a port, in this event loop."""
    async with _all_serving({port: app}):
        yield f"http://127.0.0.1:{port}"


@asynccontextmanager
async def _all_serving(apps: Mapping[int, FastAPI | Gateway]) -> AsyncIterator[None]:
    """Apps by port; they start and stop side by side."""
    servers = [_Server.of(app, port) for port, app in apps.items()]
    tasks = [asyncio.create_task(server.serve()) for server in servers]
    try:
        await wait_until(
            lambda: all(server.started for server in servers) or any(map(_has_ended, tasks)),
            f"the apps on ports {[*apps]} to start",
        )
        assert not any(map(_has_ended, tasks)), "an app did not start; see the log above"
        yield
    finally:
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*tasks)


def _has_ended(task: asyncio.Task[None]) -> bool:
    return task.done()


class _Server(uvicorn.Server):
    """A uvicorn that shares its process with pytest."""

    @classmethod
    def of(cls, app: FastAPI | Gateway, port: int) -> Self:
        """A server of an app on a port."""
        return cls(
            uvicorn.Config(
                app, host="127.0.0.1", port=port, log_config=None, access_log=False, lifespan="on"
            )
        )

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve; an app that does not start fails its test, not the process and all tests in it."""
        with suppress(SystemExit):
            await super().serve(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them to pytest."""
        yield
