"""Scoring's object graph: built from settings, started and stopped by the app's lifespan."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring import migrations
from services.scoring.consumers import consumer
from services.scoring.settings import Settings
from shared import database, feed
from shared.auth import Keyring
from shared.contracts import figures
from shared.http import add_health, prepare
from shared.http.health import database_check
from shared.log.entry import EntryFormat
from shared.log.streams import ensure_streams
from shared.metrics import Metrics
from shared.relay import Relay

STREAMS = (figures.TOPIC,)


def build(settings: Settings) -> FastAPI:
    """The whole service; nothing is opened before the lifespan starts."""
    engine = database.engine(settings.scoring_database_url, pool=12, statement_s=10, lock_s=5)
    metrics = Metrics("scoring")
    relay = Relay(engine, settings.redis_url, EntryFormat(settings.service_key), metrics)
    consuming = consumer(settings, engine, metrics, lambda: None)
    keyring = Keyring(engine)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await _start(engine)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(engine.dispose)
            await stack.enter_async_context(relay.running())
            await stack.enter_async_context(consuming.running())
            yield

    async def progress() -> str | None:
        return consuming.stalled()

    app = FastAPI(title="Rancak scoring", version="1", lifespan=lifespan, docs_url=None)
    app.include_router(feed.router(engine, keyring.service_or("log:read", settings.service_key)))
    add_health(
        app,
        service="scoring",
        metrics=metrics,
        checks={"database": database_check(engine), "consumer": progress},
        switches=settings.test_switches(),
        before_metrics=consuming.measure,
    )
    prepare(app, metrics)
    return app


async def _start(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await database.check_server(connection)
        await database.check_schema(connection, migrations.newest())
        await ensure_streams(connection, STREAMS)
