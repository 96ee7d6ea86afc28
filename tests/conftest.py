"""Fixtures: real servers for the session, a fresh database and an empty Redis for each test."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import chain, zip_longest
from pathlib import Path

import pytest
import uvloop
from redis.asyncio import Redis

from shared import logs
from shared.serve import collect_garbage_seldom
from tests.running import Rancak, rancak_on
from tests.servers import TestServers, clone, drop, test_servers

SLOW = {"system", "browser"}
HAS_BROWSER = shutil.which("chromium") is not None
collect_ignore = [] if HAS_BROWSER else ["browser"]


def pytest_report_header() -> str:
    """What is left out is said at the top."""
    return "" if HAS_BROWSER else "tests/browser is left out: apt-get install chromium"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take long come early, each followed by another one: so both workers end at
    the same time, and seldom start and kill processes at the same time."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    slow = [tests for path, tests in files.items() if path.parent.name in SLOW]
    others = [tests for path, tests in files.items() if path.parent.name not in SLOW]
    others.sort(key=_databases_made, reverse=True)
    turns = chain.from_iterable(zip_longest(slow, others, fillvalue=()))
    items[:] = chain.from_iterable(turns)


def _databases_made(tests: list[pytest.Item]) -> int:
    return sum("database" in getattr(test, "fixturenames", ()) for test in tests)


def pytest_collection_finish() -> None:
    """As the services do: the garbage collector leaves alone what is loaded by now."""
    collect_garbage_seldom()


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The event loop that the services have."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session")
def servers() -> Iterator[TestServers]:
    """PostgreSQL and Redis, shared by the whole session."""
    logs.configure(service="test", level="warning")
    with test_servers() as started:
        yield started


@pytest.fixture
async def database(servers: TestServers) -> AsyncIterator[str]:
    """The name of a fresh database with all three migrated schemas; `servers.url(role, name)`."""
    name = await clone(servers)
    yield name
    await drop(servers, name)


@pytest.fixture
async def redis(servers: TestServers) -> AsyncIterator[Redis]:
    """A client of an emptied Redis."""
    client = Redis.from_url(servers.redis_url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture
async def rancak(servers: TestServers, database: str, redis: Redis) -> AsyncIterator[Rancak]:
    """All three services, in this process, each on a port of its own, with an admin key."""
    async with rancak_on(servers, database) as running:
        yield running
