"""The servers that the suite runs on: RANCAK_TEST_SERVERS = embedded, containers or external."""

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from deploy.servers import SERVICES, make_roles, temporary_servers, wait_for_postgres
from services.intake import migrations as intake
from services.notify import migrations as notify
from services.scoring import migrations as scoring

TEMPLATE = "rancak_template"
# Files in memory: no test cuts the power, so what a disk would keep is never asked for, and
# writing each database through to one took a sixth of the suite's time.
MEMORY = Path("/dev/shm")
ROOM = 4 * 1024**3
KIND = os.environ.get("RANCAK_TEST_SERVERS", "embedded")


@dataclass(frozen=True)
class TestServers:
    """PostgreSQL as its superuser, Redis, and the passwords of the services' roles."""

    __test__ = False

    admin_url: str
    redis_url: str
    passwords: dict[str, str]

    def url(self, role: str, database: str) -> str:
        """The URL of a service's role in a database."""
        return _replaced(self.admin_url, f"{role}:{self.passwords[role]}", database)

    def admin(self, database: str) -> str:
        """The superuser's URL in a database."""
        return _replaced(self.admin_url, None, database)


@contextmanager
def test_servers() -> Iterator[TestServers]:
    """Servers of the kind that the environment names."""
    starters = {"embedded": _embedded, "containers": _containers, "external": _external}
    with starters[KIND]() as servers:
        asyncio.run(_make_template(servers))
        for name, migrations in (("intake", intake), ("scoring", scoring), ("notify", notify)):
            migrations.upgrade(servers.url(name, TEMPLATE))
        yield servers


test_servers.__test__ = False  # type: ignore[attr-defined]  # not a test, whatever its name


@contextmanager
def folder_of_test() -> Iterator[Path]:
    """A folder for servers' data, removed at the end; in memory where there is room for it."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM
    with tempfile.TemporaryDirectory(prefix="rancak-test-", dir=MEMORY if roomy else None) as name:
        yield Path(name)


async def clone(servers: TestServers) -> str:
    """A fresh migrated database, in a few milliseconds; answers its name."""
    name = f"t_{secrets.token_hex(6)}"
    # Copied as files: through the log, as by default, each page would be written twice.
    statement = f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY"
    await _as_admin(servers, statement)
    return name


async def drop(servers: TestServers, name: str) -> None:
    """Remove a cloned database and whoever is still connected to it."""
    await _as_admin(servers, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


async def _as_admin(servers: TestServers, statement: str) -> None:
    connection = await asyncpg.connect(servers.admin("postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _make_template(servers: TestServers) -> None:
    await wait_for_postgres(servers.admin("postgres"))
    await _as_admin(servers, f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")
    await _as_admin(servers, f"CREATE DATABASE {TEMPLATE}")
    await make_roles(servers.admin(TEMPLATE), servers.passwords)


def _new_passwords() -> dict[str, str]:
    return {name: secrets.token_hex(16) for name in SERVICES}


@contextmanager
def _embedded() -> Iterator[TestServers]:
    with folder_of_test() as folder, temporary_servers(folder) as servers:
        yield TestServers(
            servers.postgres.url(database="postgres"),
            servers.valkey.url,
            servers.postgres.service_passwords,
        )


@contextmanager
def _containers() -> Iterator[TestServers]:
    from testcontainers.community.postgres import PostgresContainer
    from testcontainers.community.redis import RedisContainer

    with (
        PostgresContainer("postgres:17", driver=None) as postgres,
        RedisContainer("redis:8") as redis,
    ):
        host, port = redis.get_container_host_ip(), redis.get_exposed_port(6379)
        yield TestServers(
            postgres.get_connection_url(), f"redis://{host}:{port}/0", _new_passwords()
        )


@contextmanager
def _external() -> Iterator[TestServers]:
    yield TestServers(
        os.environ["RANCAK_TEST_DATABASE_URL"],
        os.environ["RANCAK_TEST_REDIS_URL"],
        _new_passwords(),
    )


def _replaced(url: str, credentials: str | None, database: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    before = credentials or parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{before}@{host}", path=f"/{database}"))
