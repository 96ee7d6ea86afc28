"""/healthz (the process lives), /readyz (it makes progress), /metrics (Prometheus)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import msgspec
from fastapi import FastAPI, Response
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database import UNAVAILABLE
from shared.metrics import Metrics

Check = Callable[[], Awaitable[str | None]]
NO_STORE = {"Cache-Control": "no-store"}
ANSWER_S = 2.0


def add_health(
    app: FastAPI,
    *,
    service: str,
    metrics: Metrics,
    checks: Mapping[str, Check],
    switches: Mapping[str, object],
    before_metrics: Callable[[], None] = lambda: None,
) -> None:
    """Add the operators' routes. A check answers why it is red, or None."""

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> Response:
        body = {"service": service, "status": "ok", "test_switches": switches}
        return _json(200, body)

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> Response:
        found = {name: await check() for name, check in checks.items()}
        red = {name: reason for name, reason in found.items() if reason is not None}
        body = {
            "service": service,
            "status": "not_ready" if red else "ready",
            "checks": {name: reason or "ok" for name, reason in found.items()},
        }
        return _json(503 if red else 200, body)

    @app.get("/metrics", include_in_schema=False)
    async def read_metrics() -> Response:
        before_metrics()
        return Response(
            generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST, headers=NO_STORE
        )


def database_check(engine: AsyncEngine) -> Check:
    """Red while PostgreSQL does not answer."""

    async def check() -> str | None:
        try:
            async with asyncio.timeout(ANSWER_S), engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except UNAVAILABLE as trouble:
            return f"database_{type(trouble).__name__.lower()}"
        return None

    return check


def _json(status: int, body: object) -> Response:
    return Response(
        msgspec.json.encode(body), status, media_type="application/json", headers=NO_STORE
    )
