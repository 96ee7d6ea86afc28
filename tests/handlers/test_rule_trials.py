"""`/v1/rules` and `rancak rules`: a rule tried on the past fires when it would have fired."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
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
from services.scoring.api import rules
from services.scoring.domain.alert_rules import RULES
from services.scoring.domain.clock.worktime import WIB
from services.scoring.store.tables import api_key
from services.scoring.store.trace import FOLLOWER
from services.scoring.usecases.leave_traces import Tracer
from services.scoring.usecases.work_calendar import national_calendar
from shared.auth import Keyring
from shared.consume import Applier
from shared.http import prepare
from shared.metrics import Metrics
from tests.handlers.counting import LIVE_KEY, LIVE_KEY_ROW, NOON, PERFECT, Counting, answer
from tests.running import serving

LOCAL = NOON.astimezone(WIB)
POOR = (2, 3, 3, 3, 3, 3, 3, 3, 3)
SWAYS = [PERFECT, (4, 4, 4, 4, 4, 4, 4, 4, 3), (4, 4, 4, 4, 4, 4, 4, 3, 3)]


@pytest.fixture
async def served(engine: AsyncEngine, scoring: Counting) -> FastAPI:
    """The routes of the rules; it is noon, and LIVE_KEY may read alerts."""
    async with engine.begin() as connection:
        await connection.execute(
            insert(api_key).values({**LIVE_KEY_ROW, "scopes": ["alerts:read"]})
        )
    await scoring.register(agencies=["a", "b"], services=["a.x", "b.y"])
    app = FastAPI()
    app.include_router(rules.router(engine, Keyring(engine), national_calendar(), lambda: LOCAL))
    prepare(app, Metrics("scoring"))
    return app


@pytest.fixture
async def client(served: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=served)
    async with httpx.AsyncClient(transport=transport, base_url="http://rancak") as client:
        yield client


async def ask(client: httpx.AsyncClient, rule: Any, key: str = LIVE_KEY.key, **more: Any) -> Any:
    return await client.post(
        "/v1/rules/test",
        json={"rule": rule, **more},
        headers={"Authorization": f"Bearer {key}"},
    )


async def trial(client: httpx.AsyncClient, rule: Any, **more: Any) -> Any:
    answered = await ask(client, rule, **more)
    assert answered.status_code == 200, answered.text
    return answered.json()


def day(back: int) -> datetime:
    return (LOCAL - timedelta(days=back)).replace(hour=9)


async def fallen(scoring: Counting, days: int = 12) -> None:
    """Fifty good days, then poor ones up to yesterday."""
    for back in range(50 + days, 0, -1):
        scores = SWAYS[back % 3] if back > days else POOR
        asked = [answer("a.x", scores, day=day(back).date().isoformat())] * 20
        await scoring.count(*asked)


async def test_everybody_reads_the_rules(client: httpx.AsyncClient) -> None:
    items = (await client.get("/v1/rules")).json()["items"]

    assert [each["name"] for each in items] == [rule.name for rule in RULES]
    low = next(each for each in items if each["name"] == "element-low")
    assert [level["value"] for level in low["levels"]] == ["76.61", "65"]
    assert low["clear_at"] == "77.11"


async def test_every_rule_can_be_tried_by_its_name_and_as_it_is_shown(
    client: httpx.AsyncClient,
) -> None:
    for shown in (await client.get("/v1/rules")).json()["items"]:
        by_name = await trial(client, shown["name"], days=7)
        assert by_name == await trial(client, shown, days=7)
        assert (by_name["rule"], by_name["fired"]) == (shown, 0)


async def test_a_fall_is_dated_and_chance_is_told(
    scoring: Counting, client: httpx.AsyncClient
) -> None:
    await fallen(scoring)

    found = await trial(client, "fall")
    lately = await trial(client, "fall", days=3)

    (fell,) = found["items"]
    assert (fell["alert"], fell["cleared_at"]) == ("fall/service:a.x", None)
    assert day(11).isoformat() < fell["raised_at"] < day(4).isoformat()
    assert fell["words"]["id"].startswith("A.X: sekitar ")
    assert (found["units"], found["since"]) == (2, "2026-06-16")
    # 32 steps were looked at, each of which alarms by chance once in 5,000.
    assert float(found["false_alarms_per_month"]) == pytest.approx(32 * 30 / 90 / 5000, rel=0.01)
    assert lately["fired"] == 0


async def test_published_quarters_fire_when_their_figures_did(
    scoring: Counting, client: httpx.AsyncClient
) -> None:
    for date, scores, times in (
        ("2026-05-04", PERFECT, 40),
        ("2026-09-10", POOR, 40),
        ("2026-09-12", PERFECT, 160),
    ):
        await scoring.count(*[answer("a.x", scores, day=date)] * times)
        await scoring.publish(datetime.fromisoformat(date).replace(hour=12, tzinfo=WIB))

    found = await trial(client, "class-drop")

    assert [(each["alert"], each["severity"]) for each in found["items"]] == [
        ("class-drop/agency:a", "serious"),
        ("class-drop/service:a.x", "serious"),
    ]
    for each in found["items"]:
        assert (each["raised_at"][:10], each["cleared_at"][:10]) == ("2026-09-10", "2026-09-12")
    assert found["false_alarms_per_month"] == "0"
    stricter = await trial(client, "class-drop", scope="service:b.y")
    assert (stricter["fired"], stricter["units"]) == (0, 1)


async def test_shares_dates_and_applications_of_the_past(
    scoring: Counting, client: httpx.AsyncClient
) -> None:
    late, on_time = day(40).date(), day(15).date()
    names = "service, place, grain, start, on_time, late"
    zero = "received, issued, rejected, withdrawn, unpromised, paused, elapsed_minutes,"
    hours = (4, 8, 16, 24, 40, 56, 80, 112, 160, 240, 480, "more")
    zero += "paused_minutes," + ",".join(f"elapsed_{each}" for each in hours)
    zeros = ",".join("0" * (zero.count(",") + 1))
    for at, kept, missed in ((late, 20, 30), (on_time, 80, 0)):
        await scoring.disturb(
            f"INSERT INTO deadline ({names}, {zero})"
            f" VALUES ('a.x', '', 'd', '{at}', {kept}, {missed}, {zeros})"
        )
    await scoring.disturb(
        "INSERT INTO standard_deadline (service, version, valid_from)"
        f" VALUES ('a.x', 1, '{day(375).date()}'), ('b.y', 1, '{day(300).date()}')"
    )
    columns = "service, reference, place, state, facts, due_at, outcome, is_late"
    await scoring.disturb(
        f"INSERT INTO application ({columns}) VALUES"
        f" ('a.x', 'open', '', 'registered', '', '{day(5)}', NULL, NULL),"
        f" ('a.x', 'late', '', 'issued', '', '{day(9)}', 'issued', true),"
        f" ('a.x', 'kept', '', 'issued', '', '{day(9)}', 'issued', false),"
        f" ('a.x', 'coming', '', 'registered', '', '{day(-9)}', NULL, NULL)"
    )

    (share,) = (await trial(client, "late-share"))["items"]
    (review,) = (await trial(client, "standard-unreviewed"))["items"]
    overdue = (await trial(client, "application.overdue"))["items"]

    assert (share["raised_at"][:10], share["severity"]) == (day(39).date().isoformat(), "serious")
    # 30 of 130 are too many, too, until the late ones are thirty days ago.
    assert share["cleared_at"][:10] == day(9).date().isoformat()
    assert (review["scope"], review["raised_at"][:10]) == ("service:a.x", "2026-09-05")
    assert [each["alert"].rpartition("/")[2] for each in overdue] == ["late", "open"]


async def test_silences_and_marks_of_the_past(
    scoring: Counting, engine: AsyncEngine, client: httpx.AsyncClient
) -> None:
    follower, calendar = Applier(engine, Tracer().apply, name=FOLLOWER), national_calendar()
    for back in range(60, 0, -1):
        at = day(back)
        if not calendar.is_working(at.date()) or 6 <= back <= 10:
            continue
        asked = [
            answer("a.x", day=at.date().isoformat(), at=at.replace(hour=hour))
            for hour in range(8, 16)
            for _ in range(4)
        ]
        if back == 4:
            burst = answer("a.x", day=at.date().isoformat(), at=at, key="clerk")
            asked += [burst] * 90
        run = await scoring.count(*asked)
        await follower.apply(run.stream, [run])

    silent = await trial(client, "silent", days=20, scope="agency:a")
    marks = await trial(client, "integrity", days=30)

    (gap,) = silent["items"]
    quiet = [back for back in range(6, 11) if calendar.is_working(day(back).date())]
    assert gap["raised_at"][:10] == day(max(quiet)).date().isoformat()
    assert gap["cleared_at"][:10] < day(3).date().isoformat()
    assert silent["false_alarms_per_month"] == "0.01"
    assert [each["alert"] for each in marks["items"]] == ["integrity/service:a.x/burst"]


async def test_a_rule_of_ones_own_is_tried_and_a_rule_that_could_not_work_is_refused(
    scoring: Counting, client: httpx.AsyncClient
) -> None:
    await fallen(scoring)
    shown = {each["name"]: each for each in (await client.get("/v1/rules")).json()["items"]}
    fall = shown["fall"]

    sooner = await trial(client, {**fall, "version": 2, "false_alarms": "1/200"})
    usual = await trial(client, fall)
    assert sooner["items"][0]["raised_at"] <= usual["items"][0]["raised_at"]

    faults: list[tuple[dict[str, Any], str]] = [
        ({"least_n": 5}, "/rule/least_n"),
        ({"false_alarms": None}, "/rule/false_alarms"),
        ({"clear_at": "2"}, "/rule/clear_at"),
        ({"clear_at": 0.5}, "/rule/clear_at"),
        ({"clear_at": "1/0"}, "/rule/clear_at"),
        ({"levels": []}, "/rule/levels"),
        ({"kind": "mood"}, "/rule/kind"),
        ({"shade": "blue"}, "/rule"),
    ]
    for change, pointer in faults:
        refused = await ask(client, {**fall, **change})
        assert refused.status_code == 422, refused.text
        assert [each["pointer"] for each in refused.json()["errors"]] == [pointer]
    for more in ({"days": 0}, {"days": 367}, {"scope": "place:mpp"}, {"scope": "x"}):
        assert (await ask(client, "fall", **more)).status_code == 422
    assert (await ask(client, "nothing")).status_code == 422
    assert (await ask(client, "fall", scope="agency:nobody")).status_code == 404


async def test_an_agency_tries_rules_on_its_own_units_only(
    scoring: Counting, client: httpx.AsyncClient
) -> None:
    await fallen(scoring)
    own = await scoring.issue_key("a", "alerts:read")
    other = await scoring.issue_key("b", "alerts:read")
    blind = await scoring.issue_key("a", "events:write")

    assert (await trial(client, "fall", key=own))["fired"] == 1
    assert (await trial(client, "fall", key=other))["scope"] == "agency:b"
    assert (await trial(client, "fall", key=other))["fired"] == 0
    for scope in ("agency:a", "service:a.x", "city"):
        assert (await ask(client, "fall", other, scope=scope)).status_code == 404
    assert (await ask(client, "fall", blind)).status_code == 403
    assert (await ask(client, "fall", "rk_live_none")).status_code == 401


async def test_the_commands_list_rules_and_try_them(
    served: FastAPI, scoring: Counting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fallen(scoring)
    port = free_port()
    monkeypatch.setenv("RANCAK_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("RANCAK_KEY", LIVE_KEY.key)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str) -> str:
        done = CliRunner().invoke(commands, ["rules", *words])
        assert done.exit_code == 0, done.output
        return done.output

    async with serving(served, port):
        listed = await asyncio.to_thread(run, "list")
        shown = json.loads(await asyncio.to_thread(run, "list", "--json"))
        file = tmp_path / "fall.json"
        file.write_text(json.dumps(next(x for x in shown["items"] if x["name"] == "fall")))
        tried = await asyncio.to_thread(run, "test", "fall")
        by_file = json.loads(await asyncio.to_thread(run, "test", str(file), "--json"))

    assert "fall/1" in listed
    assert "1/5000 / day of 20 answers or more" in listed
    assert "Dalam 90 hari terakhir aturan ini menyala 1 kali di 2 unit" in tried
    assert "fall/service:a.x (warning)" in tried
    assert by_file["fired"] == 1
