"""Scoring's object graph: built from settings, started and stopped by the app's lifespan."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from services.scoring import migrations
from services.scoring.api import (
    adjustments,
    complaints,
    deadlines,
    external,
    index,
    integrity,
    performance,
    profile,
    ranking,
    reports,
    rules,
    trend,
)
from services.scoring.api import applications as applications_api
from services.scoring.api import figures as figures_api
from services.scoring.api import heads as heads_api
from services.scoring.api import live as live_api
from services.scoring.consumers import consumer, follower
from services.scoring.pages import figures as figure_pages
from services.scoring.settings import Settings
from services.scoring.usecases.adjust import adjuster
from services.scoring.usecases.alert_watch import AlertWatch
from services.scoring.usecases.announce import Announcer
from services.scoring.usecases.heads import PURPOSE, HeadSigner
from services.scoring.usecases.live import LiveFigures
from services.scoring.usecases.overdue import overdue_watch
from services.scoring.usecases.promising import WorkTimes
from services.scoring.usecases.publish import Publisher
from services.scoring.usecases.restate import restater
from services.scoring.usecases.work_calendar import national_calendar
from shared import asyncapi, database, feed, operate
from shared.auth import ADMIN, Keyring
from shared.consume.consumer import Consumer
from shared.consume.feed_client import Feed
from shared.consume.follower import Follower
from shared.contracts import alerts, applications, feedback, figures, registry
from shared.http import NO_TELEMETRY, add_health, prepare
from shared.http.health import Check, database_check
from shared.log.entry import EntryFormat
from shared.log.streams import ensure_streams
from shared.metrics import Metrics
from shared.relay import Relay
from shared.signing import Signer
from shared.streams import check_redis
from shared.web import Pages
from shared.web.reference import add_reference

STREAMS = (figures.TOPIC, alerts.TOPIC)
TEMPLATES = Path(__file__).parent / "templates"
ASYNCAPI = asyncapi.document(
    "scoring",
    sends=[figures.TOPIC, alerts.TOPIC],
    receives=[registry.TOPIC, feedback.TOPIC, applications.TOPIC],
)


def build(settings: Settings) -> FastAPI:
    """The whole service; nothing is opened before the lifespan starts."""
    engine = database.engine(settings.scoring_database_url, pool=12, statement_s=10, lock_s=5)
    metrics = Metrics("scoring")
    relay = Relay(engine, settings.redis_url, EntryFormat(settings.service_key), metrics)
    zone = ZoneInfo(settings.timezone)
    live = LiveFigures(engine)

    def now() -> datetime:
        return settings.now().astimezone(zone)

    def announced() -> None:
        relay.wake()
        live.wake()

    calendar = national_calendar()
    times = WorkTimes(zone, calendar)
    announcer = Announcer(engine, now, announced)
    consuming = consumer(settings, engine, metrics, times, announcer.wake)
    keyring = Keyring(engine)
    signer = Signer(settings.secret_key, PURPOSE)
    intake = Feed(settings.intake_url, settings.service_key)
    following = follower(engine, intake, metrics, consuming)
    heads = HeadSigner(engine, intake, signer, now)
    made = reports.Reports(reports.Reporting(engine, keyring, now, settings.public_url))
    working: Mapping[str, _Working] = {
        "live": live,
        "announcer": announcer,
        "publisher": Publisher(engine, now, announced),
        "overdue": overdue_watch(engine, now, announced),
        "alerts": AlertWatch(engine, now, announced, calendar),
        "restater": restater(engine, times),
        "adjuster": adjuster(engine, intake, announcer.wake),
        "consumer": consuming,
        "integrity": following,
    }

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await check(settings)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(engine.dispose)
            await stack.enter_async_context(intake)
            await stack.enter_async_context(relay.running())
            await stack.enter_async_context(heads.running())
            await stack.enter_async_context(made.running())
            for part in working.values():
                await stack.enter_async_context(part.running())
            yield

    app = FastAPI(
        title="Rancak scoring",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        telemetry=NO_TELEMETRY,
    )
    for api in (index, trend, ranking, profile, deadlines, integrity, performance):
        app.include_router(api.router(engine, keyring, now))
    for routes in (
        applications_api.router(engine, keyring, times, now),
        complaints.router(engine, keyring, times, now),
        figures_api.router(engine),
        adjustments.router(engine, keyring),
        external.router(engine),
        rules.router(engine, keyring, calendar, now),
        made.router,
        heads_api.router(engine, signer),
        live_api.router(live),
    ):
        app.include_router(routes)
    app.include_router(feed.router(engine, keyring.service_or("log:read", settings.service_key)))
    admin = keyring.service_or(ADMIN, settings.service_key)
    app.include_router(operate.publisher_router(engine, relay, admin))
    app.include_router(operate.consumer_router(engine, [consuming, following], admin))
    pages = Pages(TEMPLATES)
    app.include_router(figure_pages.router(figure_pages.Figures(engine, live, pages, now)))
    add_reference(app, pages, ASYNCAPI, settings.public_url)
    add_health(
        app,
        service="scoring",
        metrics=metrics,
        checks={
            "database": database_check(engine),
            **{name: _progress(part) for name, part in working.items()},
        },
        switches=settings.test_switches(),
        before_metrics=_measuring(consuming, following),
    )
    prepare(app, metrics, error_page=pages.error)
    return app


async def check(settings: Settings) -> None:
    """Refuse unsafe servers and foreign schemas. Raises UnsafeDatabase or UnsafeRedis."""
    await check_redis(settings.redis_url)
    engine = database.engine(settings.scoring_database_url, pool=1)
    try:
        async with engine.begin() as connection:
            await database.check_server(connection)
            await database.check_schema(connection, migrations.newest())
            await ensure_streams(connection, STREAMS)
    finally:
        await engine.dispose()


class _Working(Protocol):
    def running(self) -> AbstractAsyncContextManager[object]:
        """Work until the block ends."""

    def stalled(self) -> str | None:
        """Why it does not get on, or None."""


def _measuring(counting: Consumer, following: Follower) -> Callable[[], None]:
    def measure() -> None:
        counting.measure()
        following.measure()

    return measure


def _progress(part: _Working) -> Check:
    async def check() -> str | None:
        return part.stalled()

    return check
