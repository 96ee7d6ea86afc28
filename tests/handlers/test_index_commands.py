"""`rancak trend` and `rancak ranking`: what a terminal shows of the answers."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from fastapi import FastAPI
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner

from deploy.servers import free_port
from services.cli import app as commands
from services.commands.trend import sparkline
from services.scoring.api import ranking, trend
from services.scoring.store.tables import api_key
from shared.auth import Keyring
from shared.http import prepare
from shared.metrics import Metrics
from tests.handlers.counting import LIVE_KEY, LIVE_KEY_ROW, NOON, PERFECT, Counting, answer
from tests.running import serving

MIDDLE = (3,) * 9


@pytest.fixture
async def url(engine: AsyncEngine, scoring: Counting) -> AsyncIterator[str]:
    """A server of scoring's figures: three closed months, two agencies, the second one worse."""
    async with engine.begin() as connection:
        await connection.execute(insert(api_key).values(**LIVE_KEY_ROW))
    await scoring.register(agencies=["a", "b"], services=["a.x", "b.x"])
    for perfect, day in ((20, "2026-05-05"), (40, "2026-06-05"), (60, "2026-07-05")):
        await scoring.count(*[answer("a.x", PERFECT, day=day)] * perfect)
        await scoring.count(*[answer("a.x", MIDDLE, day=day)] * (80 - perfect))
        await scoring.count(*[answer("b.x", MIDDLE, day=day)] * 20)
    await scoring.publish()
    await scoring.publish(datetime(2026, 9, 2, tzinfo=UTC))
    app = FastAPI()
    for api in (trend, ranking):
        app.include_router(api.router(engine, Keyring(engine), lambda: NOON))
    prepare(app, Metrics("scoring"))
    async with serving(app, free_port()) as address:
        yield address


async def run(url: str, *arguments: str) -> Any:
    environment = {"RANCAK_URL": url, "RANCAK_KEY": LIVE_KEY.key, "COLUMNS": "140"}
    runner = CliRunner(env=environment)
    return await asyncio.to_thread(runner.invoke, commands, list(arguments))


async def data(url: str, *arguments: str) -> Any:
    return msgspec.json.decode((await run(url, *arguments, "--json")).stdout)


async def test_the_trend_shows_every_period_a_picture_and_the_verdict(url: str) -> None:
    shown = await run(url, "trend", "service:a.x", "--from", "2026-05", "--to", "2026-08")

    assert shown.exit_code == 0, shown.output
    assert "A.X (service:a.x)  ▁▅█" in shown.output
    assert "81.25" in shown.output
    assert "naik · risen: 6.2500 poin per masa · points per month" in shown.output
    assert "2026-06 → 2026-07: naik · risen (6.25)" in shown.output


async def test_the_ranking_shows_possible_ranks_and_both_means(url: str) -> None:
    shown = await run(url, "ranking", "agency", "2026-07")

    assert shown.exit_code == 0, shown.output
    lines = [line for line in shown.output.splitlines() if line.startswith("│")]
    assert [line.split("│")[1].strip() for line in lines] == ["1", "2"]
    assert "All respondents: 90.00 (n = 100)" in shown.output
    assert "Mean of 2 units: 84.38" in shown.output


async def test_both_print_the_answer_itself_on_request(url: str) -> None:
    trend = await data(url, "trend", "city", "--grain", "quarter", "--live")
    ranked = await data(url, "ranking", "service", "2026", "--within", "agency:a")

    assert (trend["grain"], trend["view"], len(trend["periods"])) == ("quarter", "live", 8)
    assert [item["code"] for item in ranked["items"]] == ["a.x"]


async def test_a_refusal_names_the_parameter(url: str) -> None:
    shown = await run(url, "ranking", "agency", "2026-13")

    assert shown.exit_code == 1
    assert "/query/period: invalid_period" in shown.output


def test_a_picture_does_not_make_a_mountain_of_half_a_point() -> None:
    assert sparkline([90.0, 90.5, None, 90.0]) in {"▄▅ ▄", "▅▅ ▅", "▄▄ ▄"}
    assert sparkline([60.0, 100.0]) == "▁█"
    assert sparkline([None]) == " "
