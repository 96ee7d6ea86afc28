"""Fixtures of the messaging tests."""

from collections.abc import AsyncIterator

import pytest

from tests.notifying import Notifying, notifying
from tests.servers import TestServers


@pytest.fixture
async def notify(servers: TestServers, database: str) -> AsyncIterator[Notifying]:
    """Notify's parts on a fresh database; nothing runs yet."""
    made = notifying(servers.url("notify", database))
    yield made
    await made.close()
