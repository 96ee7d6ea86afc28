"""Fixtures for use cases of scoring on a real database, without its consumers and Redis."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.api import index, integrity, profile, ranking, trend
from services.scoring.store.tables import api_key
from shared.auth import Keyring
from shared.contracts import alerts, figures
from shared.database import engine as new_engine
from shared.http import prepare
from shared.log.streams import ensure_streams
from shared.metrics import Metrics
from tests.handlers.counting import LIVE_KEY_ROW, NOON, Counting
from tests.servers import TestServers


@pytest.fixture
async def engine(servers: TestServers, database: str) -> AsyncIterator[AsyncEngine]:
    """Scoring's schema in a fresh database, its own streams made."""
    engine = new_engine(servers.url("scoring", database), statement_s=60)
    async with engine.begin() as connection:
        await ensure_streams(connection, [figures.TOPIC, alerts.TOPIC])
    yield engine
    await engine.dispose()


@pytest.fixture
def scoring(engine: AsyncEngine) -> Counting:
    """A scoring that has counted nothing yet."""
    return Counting(engine)


@pytest.fixture
async def http(engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    """The API of the index, its trends, rankings and marks; it is noon, and LIVE_KEY is known."""
    async with engine.begin() as connection:
        await connection.execute(insert(api_key).values(**LIVE_KEY_ROW))
    app = FastAPI()
    for api in (index, trend, ranking, profile, integrity):
        app.include_router(api.router(engine, Keyring(engine), lambda: NOON))
    prepare(app, Metrics("scoring"))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://rancak") as client:
        yield client
