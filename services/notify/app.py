"""Notify's object graph: built from settings, started and stopped by the app's lifespan."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import structlog
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from services.notify import migrations
from services.notify.api import deliveries, live, subscriptions
from services.notify.consumers import apply_with, sources
from services.notify.delivery.courier import Courier, Pace
from services.notify.delivery.housekeeper import Housekeeper
from services.notify.delivery.network import Resolver
from services.notify.delivery.sender import DEADLINE_S, Manners, Sender, trust_in
from services.notify.settings import Settings
from services.notify.usecases.deliver import AT_ONCE
from services.notify.usecases.live import Live
from services.notify.usecases.subscribe import Seals
from shared import asyncapi, database, operate
from shared.auth import ADMIN, Keyring
from shared.consume.consumer import Consumer
from shared.contracts import alerts, figures, registry
from shared.http import NO_TELEMETRY, Check, add_health, prepare
from shared.http.health import database_check
from shared.metrics import Metrics
from shared.sealing import Sealer
from shared.streams import check_redis
from shared.web import Pages
from shared.web.reference import add_reference

log = structlog.get_logger()

ASYNCAPI = asyncapi.document(
    "notify", sends=[], receives=[registry.TOPIC, figures.TOPIC, alerts.TOPIC]
)
HOLD = timedelta(seconds=DEADLINE_S + 15)
STANDS_STILL_S = 10.0


def build(settings: Settings) -> FastAPI:
    """The whole service; nothing is opened before the lifespan starts."""
    engine = database.engine(settings.notify_database_url, pool=5)
    work = database.engine(settings.notify_database_url, pool=8, statement_s=10, lock_s=5)
    metrics = Metrics("notify")
    seals = Seals(Sealer(settings.secret_key, "webhooks"))
    resolver = Resolver(AT_ONCE)
    live_stream = Live(work)
    pace = Pace(hold=HOLD, scale=settings.retry_scale)
    courier = Courier(work, _sender(settings, resolver).send, seals, metrics, settings.now, pace)
    housekeeper = Housekeeper(
        work, metrics, settings.now, timedelta(days=settings.notify_keep_days)
    )

    def wake() -> None:
        courier.wake()
        live_stream.wake()

    keep = timedelta(days=settings.notify_keep_days)
    consumer = Consumer(
        "notify",
        work,
        sources(scoring_url=settings.scoring_url, intake_url=settings.intake_url),
        apply_with(settings.now, keep),
        redis_url=settings.redis_url,
        service_key=settings.service_key,
        metrics=metrics,
        after_commit=wake,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await check(settings)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(engine.dispose)
            stack.push_async_callback(work.dispose)
            stack.callback(resolver.close)
            await stack.enter_async_context(courier.running())
            await stack.enter_async_context(_background(live_stream.run, housekeeper.run))
            await stack.enter_async_context(consumer.running())
            yield

    app = FastAPI(
        title="Rancak notify",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        telemetry=NO_TELEMETRY,
    )
    keyring = Keyring(engine)
    testing = bool(settings.webhook_allow_nets)
    app.include_router(
        subscriptions.router(
            subscriptions.Subscribing(engine, keyring, seals, settings.now, testing)
        )
    )
    app.include_router(
        deliveries.router(deliveries.Delivering(engine, keyring, settings.now, courier.wake))
    )
    app.include_router(live.router(live_stream, keyring))
    admin = keyring.service_or(ADMIN, settings.service_key)
    app.include_router(operate.consumer_router(engine, [consumer], admin))
    pages = Pages()
    add_reference(app, pages, ASYNCAPI, settings.public_url)
    add_health(
        app,
        service="notify",
        metrics=metrics,
        checks=_checks(engine, consumer, courier, live_stream, housekeeper),
        switches=settings.test_switches(),
        before_metrics=consumer.measure,
    )
    prepare(app, metrics, error_page=pages.error)
    return app


def _sender(settings: Settings, resolver: Resolver) -> Sender:
    manners = Manners(
        testing=bool(settings.webhook_allow_nets), allowed=settings.webhook_allow_nets
    )
    return Sender(resolver, manners, trust_in(settings.webhook_ca_file), settings.now)


def _checks(
    engine: AsyncEngine,
    consumer: Consumer,
    courier: Courier,
    live_stream: Live,
    housekeeper: Housekeeper,
) -> dict[str, Check]:
    """Red when something stands still, though every ping answers."""

    async def consuming() -> str | None:
        return consumer.stalled()

    def moving(last: Callable[[], float]) -> Check:
        async def check() -> str | None:
            return "stands_still" if time.monotonic() - last() > STANDS_STILL_S else None

        return check

    return {
        "database": database_check(engine),
        "consumer": consuming,
        "courier": moving(lambda: courier.last_round),
        "live": moving(lambda: live_stream.last_look),
        "housekeeper": moving(lambda: housekeeper.last_round),
    }


async def check(settings: Settings) -> None:
    """Refuse unsafe servers and foreign schemas. Raises UnsafeDatabase or UnsafeRedis."""
    await check_redis(settings.redis_url)
    engine = database.engine(settings.notify_database_url, pool=1)
    try:
        async with engine.begin() as connection:
            await database.check_server(connection)
            await database.check_schema(connection, migrations.newest())
    finally:
        await engine.dispose()


@asynccontextmanager
async def _background(*jobs: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(job()) for job in jobs]
    for task in tasks:
        task.add_done_callback(_report_bug)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _report_bug(task: asyncio.Future[None]) -> None:
    """/readyz turns red soon; this says why."""
    if not task.cancelled() and (bug := task.exception()) is not None:
        log.error("background_broke", exc_info=bug)
