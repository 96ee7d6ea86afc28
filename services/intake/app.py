"""Intake's object graph: built from settings, started and stopped by the app's lifespan."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from services.intake import migrations
from services.intake.api import (
    comments,
    corrections,
    events,
    imports,
    invitations,
    keys,
    questionnaires,
    standards,
)
from services.intake.api import registry as registry_api
from services.intake.api.openapi import describe_events
from services.intake.api.registry import Registering
from services.intake.pages import invited, standard, survey, ticket
from services.intake.settings import Settings
from services.intake.store.streams import streams_of
from services.intake.usecases.follow_up import FollowUpCodes
from services.intake.usecases.forget import forgetting
from services.intake.usecases.form_ticket import FormTickets
from services.intake.usecases.group_commit import GroupCommit
from services.intake.usecases.imports.submit import UNPACKED_RATIO
from services.intake.usecases.imports.work import Workshop
from services.intake.usecases.imports.worker import Worker
from services.intake.usecases.invitations import Inviter
from services.intake.usecases.registry_cache import RegistryCache
from services.intake.usecases.survey import FormAnswers
from shared import asyncapi, database, feed, operate
from shared.auth import ADMIN, Keyring
from shared.contracts import applications, feedback
from shared.contracts import registry as registry_contract
from shared.http import NO_TELEMETRY, add_health, prepare
from shared.http.health import database_check
from shared.log.entry import EntryFormat
from shared.log.streams import ensure_streams
from shared.metrics import Metrics
from shared.relay import Relay
from shared.sealing import Sealer
from shared.streams import check_redis
from shared.web import Pages
from shared.web.reference import add_reference

TEMPLATES = Path(__file__).parent / "templates"
ASYNCAPI = asyncapi.document(
    "intake",
    sends=[registry_contract.TOPIC, feedback.TOPIC, applications.TOPIC],
    receives=[],
)


def build(settings: Settings) -> FastAPI:
    """The whole service; nothing is opened before the lifespan starts."""
    engine = database.engine(settings.intake_database_url, pool=8)
    metrics = Metrics("intake")
    relay = Relay(engine, settings.redis_url, EntryFormat(settings.service_key), metrics)
    registry = RegistryCache(engine, settings.timezone)
    inviter = Inviter(Sealer(settings.secret_key, "invitations"))
    sealer = Sealer(settings.secret_key, "notes")
    commit = GroupCommit(engine, registry, sealer, inviter, relay.wake)
    keyring = Keyring(engine)
    limit = settings.import_limit_mb * 1024 * 1024
    workshop = Workshop(
        engine,
        registry,
        commit,
        settings.now,
        relay.wake,
        settings.partitions,
        limit * UNPACKED_RATIO,
    )
    importer = Worker(workshop)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await check(settings)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(engine.dispose)
            for part in (relay, commit, importer, forgetting(engine, settings.now)):
                await stack.enter_async_context(part.running())
            yield

    app = FastAPI(
        title="Rancak intake",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        telemetry=NO_TELEMETRY,
    )
    acceptance = events.Acceptance(registry, commit, settings.now, settings.partitions)
    registering = Registering(engine, keyring, settings.now, relay.wake, settings.timezone)
    inviting = invitations.Inviting(
        engine,
        keyring,
        inviter,
        settings.now,
        relay.wake,
        settings.public_url,
        settings.partitions,
    )
    importing = imports.Importing(engine, keyring, registry, limit, importer.wake)
    admin = keyring.service_or(ADMIN, settings.service_key)
    pages = Pages(TEMPLATES)
    form = _survey(settings, acceptance, engine, pages, metrics)
    for routes in (
        events.router(engine, keyring),
        registry_api.router(registering),
        comments.router(comments.Commenting(engine, keyring, sealer, settings.partitions)),
        standards.router(registering),
        questionnaires.router(registering, settings.timezone),
        keys.router(registering),
        corrections.router(registering, settings.partitions),
        invitations.router(inviting),
        imports.router(importing),
        feed.router(engine, keyring.service_or("log:read", settings.service_key)),
        operate.publisher_router(engine, relay, admin),
        survey.router(form),
        invited.router(form),
        standard.router(standard.Standards(engine, pages, settings.now, settings.timezone)),
        ticket.router(_follow_up(settings, engine, sealer, pages, relay.wake)),
    ):
        app.include_router(routes)
    add_reference(app, pages, ASYNCAPI, settings.public_url)
    add_health(
        app,
        service="intake",
        metrics=metrics,
        checks={"database": database_check(engine), "commit": commit.check},
        switches=settings.test_switches(),
    )
    prepare(app, metrics, error_page=pages.error)
    app.add_middleware(events.AcceptEvents, acceptance=acceptance, metrics=metrics)
    _describe(app)
    return app


async def check(settings: Settings) -> None:
    """Refuse unsafe servers and foreign schemas. Raises UnsafeDatabase or UnsafeRedis."""
    await check_redis(settings.redis_url)
    engine = database.engine(settings.intake_database_url, pool=1)
    try:
        async with engine.begin() as connection:
            await database.check_server(connection)
            await database.check_schema(connection, migrations.newest())
            await ensure_streams(connection, streams_of(settings.partitions))
    finally:
        await engine.dispose()


def _survey(
    settings: Settings,
    acceptance: events.Acceptance,
    engine: AsyncEngine,
    pages: Pages,
    metrics: Metrics,
) -> survey.Survey:
    return survey.Survey(
        engine=engine,
        answers=FormAnswers(
            acceptance.registry,
            acceptance.commit,
            FollowUpCodes(settings.secret_key),
            acceptance.now,
            acceptance.partitions,
        ),
        tickets=FormTickets(settings.secret_key),
        pages=pages,
        replies=metrics.counter("replies", "Forms by what became of them", "status"),
        now=acceptance.now,
        public_url=settings.public_url,
        zone=settings.timezone,
    )


def _follow_up(
    settings: Settings,
    engine: AsyncEngine,
    sealer: Sealer,
    pages: Pages,
    after_commit: Callable[[], None],
) -> ticket.FollowUps:
    return ticket.FollowUps(
        engine=engine,
        sealer=sealer,
        pages=pages,
        now=settings.now,
        after_commit=after_commit,
        public_url=settings.public_url,
        zone=settings.timezone,
    )


def _describe(app: FastAPI) -> None:
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        schema = generate()
        describe_events(schema)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way
