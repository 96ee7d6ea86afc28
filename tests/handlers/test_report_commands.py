"""`rancak report`: a file, made in the background, with what the agency adds."""

import asyncio
import json
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner

from deploy.servers import free_port
from services.cli import app as commands
from services.commands.client import Client, Endpoint
from services.commands.report import made
from services.scoring.api import index
from services.scoring.api.reports import Reporting, Reports
from services.scoring.store.tables import api_key
from shared.auth import Keyring
from shared.http import prepare
from shared.metrics import Metrics
from tests.handlers.counting import LIVE_KEY, LIVE_KEY_ROW, NOON, Counting, answer
from tests.running import serving

SCORES = (2, 4, 1, 4, 4, 4, 4, 4, 3)


@pytest.fixture
async def url(engine: AsyncEngine, scoring: Counting) -> AsyncIterator[str]:
    """A server of reports: twelve answers of the running year."""
    async with engine.begin() as connection:
        await connection.execute(insert(api_key).values(**LIVE_KEY_ROW))
    await scoring.register(agencies=["a"], services=["a.x"])
    await scoring.count(*[answer("a.x", SCORES)] * 12)
    keyring = Keyring(engine)
    reports = Reports(Reporting(engine, keyring, lambda: NOON, "http://rancak"))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with reports.running():
            yield

    app = FastAPI(lifespan=lifespan)
    app.include_router(index.router(engine, keyring, lambda: NOON))
    app.include_router(reports.router)
    prepare(app, Metrics("scoring"))
    async with serving(app, free_port()) as address:
        yield address


async def run(url: str, *arguments: str) -> Any:
    environment = {"RANCAK_URL": url, "RANCAK_KEY": LIVE_KEY.key, "COLUMNS": "140"}
    runner = CliRunner(env=environment)
    return await asyncio.to_thread(runner.invoke, commands, ["report", *arguments])


async def test_the_template_names_the_weakest_elements_and_what_is_filled_in_stands_in_the_report(
    url: str, tmp_path: Path
) -> None:
    live = ("service:a.x", "2026", "--live")
    template = (await run(url, *live, "--inputs-template")).stdout
    assert [line["element"] for line in tomllib.loads(template)["plan"]] == [
        "time",
        "requirements",
        "facilities",
    ]
    filled, file = tmp_path / "plan.toml", tmp_path / "report.json"
    text = template.replace('programme = ""', 'programme = "Loket cepat"', 1)
    filled.write_text(text.replace("# forum_on = ", "forum_on = "))

    shown = await run(
        url, *live, "--inputs", str(filled), "--format", "json", "--output", str(file)
    )

    assert shown.exit_code == 0, shown.output
    assert "Menyusun tabel" in shown.stderr
    report = json.loads(file.read_bytes())
    assert [line["programme"] for line in report["follow_up"]] == ["Loket cepat", "", ""]
    assert report["forum_on"] == "2026-02-08"


async def test_a_report_that_there_is_not_says_why(url: str, tmp_path: Path) -> None:
    wrong = tmp_path / "plan.toml"
    wrong.write_text("plan = [")

    closed = await run(url, "service:a.x", "2026")
    unreadable = await run(url, "service:a.x", "2026", "--inputs", str(wrong))

    assert (closed.exit_code, "not_closed" in closed.stderr) == (1, True)
    assert (unreadable.exit_code, "plan.toml" in unreadable.stderr) == (1, True)


def test_what_a_restart_lost_is_asked_for_again() -> None:
    seen: list[str] = []

    def server(request: httpx.Request) -> httpx.Response:
        """A server that forgets its first job."""
        seen.append(request.method)
        if request.method == "POST":
            return httpx.Response(202, json=_job(f"job-{len(seen)}", "waiting"))
        if request.url.path.endswith("/job-1"):
            return httpx.Response(404, json={"code": "unknown_job"})
        if request.url.path.endswith("/file"):
            return httpx.Response(200, content=b"report")
        return httpx.Response(200, json=_job("job-3", "done"))

    http = httpx.Client(transport=httpx.MockTransport(server), base_url="http://rancak")
    answer = made(Client(Endpoint("http://rancak"), http), {"scope": "city"}, show=False)

    assert (answer.content, seen) == (b"report", ["POST", "GET", "POST", "GET", "GET"])


def test_of_several_servers_that_do_not_know_each_others_jobs_one_is_waited_for() -> None:
    def server(request: httpx.Request) -> httpx.Response:
        """Another one than was asked before."""
        if request.method == "GET":
            return httpx.Response(404, json={"code": "unknown_job"})
        if "wait=" in request.headers.get("Prefer", ""):
            return httpx.Response(200, content=b"report")
        return httpx.Response(202, json=_job("job-1", "waiting"))

    http = httpx.Client(transport=httpx.MockTransport(server), base_url="http://rancak")

    assert made(Client(Endpoint("http://rancak"), http), {}, show=False).content == b"report"


def _job(job: str, state: str) -> dict[str, Any]:
    file = f"/v1/reports/jobs/{job}/file" if state == "done" else None
    return {"id": job, "state": state, "progress": None, "file": file, "problem": None}
