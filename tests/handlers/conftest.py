"""Fixtures for use cases of scoring on a real database, without its consumers and Redis."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.contracts import figures
from shared.database import engine as new_engine
from shared.log.streams import ensure_streams
from tests.handlers.counting import Counting
from tests.servers import TestServers


@pytest.fixture
async def engine(servers: TestServers, database: str) -> AsyncIterator[AsyncEngine]:
    """Scoring's schema in a fresh database, its own streams made."""
    engine = new_engine(servers.url("scoring", database), statement_s=60)
    async with engine.begin() as connection:
        await ensure_streams(connection, [figures.TOPIC])
    yield engine
    await engine.dispose()


@pytest.fixture
def scoring(engine: AsyncEngine) -> Counting:
    """A scoring that has counted nothing yet."""
    return Counting(engine)
