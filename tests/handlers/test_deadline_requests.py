"""`/v1/deadlines` and `/v1/applications` over HTTP, from an agency's events on."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from typer.testing import CliRunner

from services.cli import app
from services.scoring.domain.clock.worktime import WIB
from tests.events import told
from tests.running import Rancak, bearer
from tests.standards import COMPLETE
from tests.waiting import wait_until

REGISTERED = datetime(2026, 3, 16, 9, tzinfo=WIB)


async def ask(rancak: Rancak, path: str, agency: str = "dpmptsp", **asked: Any) -> httpx.Response:
    return await rancak.http.get(
        rancak.urls["scoring"] + path, params=asked, headers=bearer(rancak.keys[agency])
    )


async def applied(rancak: Rancak, service: str, reference: str, kind: str) -> None:
    """An application of March 2026: handed in, registered, and what else is told of it."""
    about: dict[str, Any] = {"service": service, "reference": reference}
    story = [
        told("submitted", at=REGISTERED - timedelta(hours=1), **about),
        told("registered", at=REGISTERED, **about),
    ]
    if kind != "open":
        story.append(told(kind, at=REGISTERED + timedelta(days=1), **about))
    posted = await rancak.post(story)
    assert posted.status_code == 202, posted.text


async def test_an_agency_follows_its_application_and_sees_why_it_is_due_that_day(
    rancak: Rancak,
) -> None:
    await rancak.register("dpmptsp", "nib")
    await rancak.register("dukcapil", "ktp")
    put = await rancak.http.put(
        f"{rancak.urls['intake']}/v1/services/dpmptsp.nib/standard",
        json=COMPLETE,
        headers=bearer(rancak.keys["dpmptsp"]),
    )
    assert put.status_code == 200, put.text
    await applied(rancak, "dpmptsp.nib", "A/1", "open")
    for number in range(12):
        await applied(rancak, "dpmptsp.nib", f"B-{number}", "issued")

    async def is_due() -> bool:
        found = await ask(rancak, "/v1/applications/A/1")
        return found.status_code == 200 and found.json()["clock"] is not None

    await wait_until(is_due, "the application with its clock")
    clock = (await ask(rancak, "/v1/applications/A/1")).json()["clock"]
    # Five working days after 16 March: Nyepi and Idulfitri lie between, so through the 30th.
    assert clock["due_at"] == datetime(2026, 3, 31, tzinfo=WIB).astimezone(UTC).isoformat()
    counted = [day["day"] for day in clock["days"] if day["counted"]]
    assert counted == ["2026-03-17", "2026-03-25", "2026-03-26", "2026-03-27", "2026-03-30"]
    assert clock["is_late"]

    due = (await ask(rancak, "/v1/applications", due_in=1)).json()["items"]
    assert [(each["reference"], each["is_late"]) for each in due] == [("A/1", True)]
    for path in ("/v1/applications/A/1", "/v1/applications/nowhere"):
        assert (await ask(rancak, path, agency="dukcapil")).status_code == 404
    foreign = await ask(rancak, "/v1/applications", "dukcapil", service="dpmptsp.nib")
    assert foreign.status_code == 404

    async def all_there() -> bool:
        found = await ask(rancak, "/v1/deadlines", scope="agency:dpmptsp", period="2026-03")
        return bool(found.json().get("on_time") == 12)

    await wait_until(all_there, "twelve decisions in time")
    public = (await ask(rancak, "/v1/deadlines", scope="city", period="2026")).json()
    assert (public["received"], public["share_on_time"]) == (13, "100.00")
    assert (public["open"]["n"], public["median_hours"]) == (None, 8)


async def test_the_commands_show_the_same_and_say_what_is_missing(rancak: Rancak) -> None:
    await rancak.register("dpmptsp", "nib")
    await applied(rancak, "dpmptsp.nib", "A-1", "open")

    async def is_known() -> bool:
        return (await ask(rancak, "/v1/applications/A-1")).status_code == 200

    await wait_until(is_known, "the application")
    where = {"RANCAK_URL": rancak.urls["scoring"], "RANCAK_KEY": rancak.keys["dpmptsp"]}

    async def run(*arguments: str) -> str:
        found = await asyncio.to_thread(CliRunner().invoke, app, arguments, env=where)
        return found.output

    assert "No time was promised" in await run("application", "A-1")
    assert "No such application" in await run("application", "A-2")
    assert "cannot be told" in await run("deadlines", "city", "2026")
