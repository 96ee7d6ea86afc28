"""A private installation: embedded servers in a temporary folder, the real service processes."""

import asyncio
import os
import secrets
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec
from pydantic import SecretStr
from redis.asyncio import Redis

from bench import processes
from bench.load import Order
from bench.machine import Machine, machine
from bench.processes import Child, Meter, family_cpu, own_cpu
from bench.seed import seed
from deploy.servers import Servers, free_port, temporary_servers
from services.intake import migrations as intake
from services.notify import migrations as notify
from services.scoring import migrations as scoring
from shared import database

PARTITIONS = 4
READY_S = 60.0
PUBLISHED_S = 600.0
# The installed console script of this environment: what an operator runs.
RANCAK = str(Path(sys.executable).with_name("rancak"))
SERVICES = ("intake", "scoring", "notify")

_HEAD = "SELECT coalesce(sum(head), 0) FROM intake.stream WHERE name LIKE 'feedback.%'"
_APPLIED = """
    SELECT coalesce(sum(upper(span) - lower(span)), 0)
    FROM scoring.checkpoint, unnest(ranges) AS span WHERE stream LIKE 'feedback.%'
"""
_REGISTRY_WAITS = """
    SELECT (SELECT head FROM intake.stream WHERE name = 'registry') - coalesce(
        (SELECT upper(ranges) - 1 FROM scoring.checkpoint WHERE stream = 'registry'), 0)
"""
_PUBLICATION_WAITS = """
    SELECT (SELECT count(*) FROM scoring.figure_due) + (SELECT count(*) FROM scoring.closing)
        + (SELECT count(*) FROM scoring.publication
           WHERE closed_through < date_trunc('month', now() - interval '1 day')::date - 1)
"""
_COUNTED = "SELECT coalesce(sum(n), 0) FROM scoring.rollup WHERE grain = 'd'"

Say = Callable[[str], None]


class TooSlow(RuntimeError):
    """Something that had to happen did not, within its time."""


@dataclass
class World:
    """One installation. Everything in it ends with the block that opened it."""

    folder: Path
    servers: Servers
    admin: "asyncpg.Connection"
    keys: dict[str, str]
    say: Say
    service_key: SecretStr
    ports: dict[str, int]
    env: dict[str, str]
    running: dict[str, Child] = field(default_factory=dict)
    runs: int = 0

    async def start(self, *services: str) -> None:
        """Start services as processes of their own; wait until they say that they are ready."""
        for name in services:
            command = (RANCAK, name, "serve", "--port", str(self.ports[name]))
            self.running[name] = await processes.start(
                name, command, self.folder / f"{name}.log", env=self.env
            )
        for name in services:
            await self._until_ready(name)

    async def stop(self, *services: str) -> None:
        """Stop services."""
        for name in services:
            await self.running.pop(name).stop()

    async def number(self, query: str) -> int:
        """One number from the database, as its superuser."""
        return int(await self.admin.fetchval(query))

    async def head(self) -> int:
        """How many events of feedback the log has."""
        return await self.number(_HEAD)

    async def applied(self) -> int:
        """How many of them scoring has applied."""
        return await self.number(_APPLIED)

    async def counted(self) -> int:
        """How many answers the rollups hold."""
        return await self.number(_COUNTED)

    async def until_applied(self, upto: int, seconds: float) -> None:
        """Wait until scoring has applied that many events."""
        await self.until(lambda: self._has_applied(upto), seconds, f"{upto} events applied")

    async def until_registered(self) -> None:
        """Wait until scoring knows agencies, services and keys."""

        async def known() -> bool:
            return await self.number(_REGISTRY_WAITS) == 0

        await self.until(known, READY_S, "the registry in scoring")

    async def until_published(self) -> None:
        """Wait until the periods that are over have all their figures."""

        async def published() -> bool:
            return await self.number(_PUBLICATION_WAITS) == 0

        await self.until(published, PUBLISHED_S, "the figures of the closed periods")

    async def until(
        self, happened: Callable[[], Awaitable[bool]], seconds: float, what: str
    ) -> None:
        """Wait for a condition, looking every 20 ms. Raises TooSlow, or Died."""
        deadline = time.monotonic() + seconds
        while not await happened():
            for child in self.running.values():
                child.check()
            if time.monotonic() > deadline:
                raise TooSlow(f"not within {seconds:.0f} s: {what}")
            await asyncio.sleep(0.02)

    def meter(self, **others: int) -> Meter:
        """A meter of the running services, both servers, and other processes by their pid."""
        postmaster, valkey = self._server_pids()
        return Meter(
            {name: own_cpu(child.pid) for name, child in self.running.items()}
            | {"postgresql": family_cpu(postmaster), "valkey": own_cpu(valkey)}
            | {"bench": own_cpu(os.getpid())}
            | {name.replace("_", " "): own_cpu(pid) for name, pid in others.items()}
        )

    async def generator(self, seconds: float, **details: Any) -> Child:
        """A load generator that has made its bodies and waits for `generate`."""
        self.runs += 1
        order = Order(
            **{"port": self.ports["intake"], **details},
            keys=self.keys,
            seconds=seconds,
            run=self.runs,
        )
        return await self.helper("bench.load", order)

    async def helper(self, module: str, order: Any) -> Child:
        """A process of the benchmark itself that has read its order and is ready."""
        child = await processes.start(
            module,
            (sys.executable, "-m", module),
            self.folder / f"{module}.log",
            env=self.env,
            pipes=True,
        )
        await child.ask(msgspec.json.encode(order))
        return child

    async def machine(self) -> Machine:
        """The machine with the versions of the running servers."""
        postgres = str(await self.admin.fetchval("SHOW server_version")).split()[0]
        client = Redis.from_url(self.servers.valkey.url)
        info = await client.info("server")
        await client.aclose()
        valkey = str(info.get("valkey_version", info["redis_version"]))
        return machine([("PostgreSQL", postgres), ("Valkey", valkey)])

    def _server_pids(self) -> tuple[int, int]:
        found = []
        for server in (self.servers.postgres, self.servers.valkey):
            if server.child is None or server.child.process is None:
                raise TooSlow("a server is not running")
            found.append(server.child.process.pid)
        return found[0], found[1]

    async def _has_applied(self, upto: int) -> bool:
        return await self.applied() >= upto

    async def _until_ready(self, name: str) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:

            async def ready() -> bool:
                try:
                    answer = await client.get(f"http://127.0.0.1:{self.ports[name]}/readyz")
                except httpx.TransportError:
                    return False
                return answer.status_code == 200

            await self.until(ready, READY_S, f"{name} ready")


@asynccontextmanager
async def world(say: Say) -> AsyncIterator[World]:
    """Servers, schemas and the city's registry; no service is running yet."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rancak-bench-")))
        say("starting PostgreSQL and Valkey")
        servers = stack.enter_context(temporary_servers(folder))
        await servers.postgres.prepare()
        await _migrate(servers)
        keys = await _registered(servers)
        admin = await asyncpg.connect(servers.postgres.url())
        stack.push_async_callback(admin.close)
        key = SecretStr(secrets.token_hex(32))
        ports = {name: free_port() for name in SERVICES}
        env = _environment(servers, key, ports)
        made = World(folder, servers, admin, keys, say, key, ports, env)
        stack.push_async_callback(_stop_all, made)
        yield made


async def _stop_all(made: World) -> None:
    await made.stop(*reversed(made.running))


async def _migrate(servers: Servers) -> None:
    for name, migrations in (("intake", intake), ("scoring", scoring), ("notify", notify)):
        # Alembic runs its own event loop.
        await asyncio.to_thread(migrations.upgrade, servers.postgres.url(name))


async def _registered(servers: Servers) -> dict[str, str]:
    engine = database.engine(servers.postgres.url("intake"), pool=1, statement_s=30)
    async with engine.begin() as connection:
        keys = await seed(connection, PARTITIONS)
    await engine.dispose()
    return keys


def _environment(servers: Servers, key: SecretStr, ports: dict[str, int]) -> dict[str, str]:
    return {
        **{f"RANCAK_{n.upper()}_DATABASE_URL": servers.postgres.url(n) for n in SERVICES},
        **{f"RANCAK_{n.upper()}_URL": f"http://127.0.0.1:{ports[n]}" for n in SERVICES},
        "RANCAK_REDIS_URL": servers.valkey.url,
        "RANCAK_SERVICE_KEY": key.get_secret_value(),
        "RANCAK_SECRET_KEY": secrets.token_hex(32),
        "RANCAK_PARTITIONS": str(PARTITIONS),
        "RANCAK_LOG_LEVEL": "warning",
    }
