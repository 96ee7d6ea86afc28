"""A survey taken elsewhere, from the agency's post to the box on the public page."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
from typer.testing import CliRunner

from services.cli import app as commands
from services.scoring.domain.elements import CODES
from shared.contracts.feedback import AGGREGATED
from tests.pages.visiting import Visitor
from tests.running import Rancak, bearer
from tests.waiting import wait_until

YEAR = str(datetime.now(UTC).year)
CE = "application/cloudevents"


def report(**changed: Any) -> dict[str, Any]:
    return {
        "scope": "service:dpmptsp.nib",
        "period": YEAR,
        "method": "Survei tatap muka, kuesioner cetak",
        "weight_method": "exact",
        "n": 30,
        "elements": {code: {"n": 30, "sum": 100} for code in CODES},
        **changed,
    }


def event(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"external-{number}",
        "source": "/agencies/dpmptsp",
        "type": AGGREGATED,
        "time": datetime.now(UTC).isoformat(),
        "datacontenttype": "application/json",
        "data": report(**changed),
    }


async def send(rancak: Rancak, body: Any, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return await rancak.http.post(
        f"{rancak.urls['intake']}/v1/events",
        content=content,
        headers={**bearer(rancak.keys["dpmptsp"]), **headers},
    )


async def in_binary_mode(rancak: Rancak, told: dict[str, Any]) -> httpx.Response:
    attributes = {f"ce-{name}": told[name] for name in ("specversion", "id", "source", "type")}
    return await send(
        rancak,
        told["data"],
        **{**attributes, "ce-time": told["time"], "Content-Type": "application/json"},
    )


async def holding(rancak: Rancak, count: int, *, earlier: int = 0) -> list[dict[str, Any]]:
    """What stands beside the index of the service, once so many reports do, which took the place
    of so many `earlier` ones together."""
    found: list[dict[str, Any]] = []

    async def as_many() -> bool:
        asked = await rancak.public("service:dpmptsp.nib")
        found[:] = asked["external"]
        return (len(found), sum(each["earlier"] for each in found)) == (count, earlier)

    await wait_until(as_many, f"{count} external reports to be shown")
    return found


async def test_a_report_in_every_mode_is_shown_apart_and_moves_no_figure(
    rancak: Rancak,
) -> None:
    await rancak.register("dpmptsp", "nib")
    await rancak.answered(10)
    await rancak.published(10)
    before = await rancak.index("service:dpmptsp.nib")

    first = event(1, method="A")
    sent = [
        await send(rancak, first, **{"Content-Type": f"{CE}+json"}),
        await send(rancak, [event(2, method="B"), first], **{"Content-Type": f"{CE}-batch+json"}),
        await send(
            rancak,
            json.dumps(event(3, method="C")).encode() + b"\n",
            **{"Content-Type": "application/x-ndjson"},
        ),
        await in_binary_mode(rancak, event(4, method="D", published="83.34")),
    ]

    assert [answer.status_code for answer in sent] == [202] * 4
    assert [each["status"] for each in sent[1].json()["results"]] == ["accepted", "duplicate"]
    shown = await holding(rancak, 4)
    assert [(each["method"], each["index"], each["differs"]) for each in shown] == [
        ("A", "83.33", None),
        ("B", "83.33", None),
        ("C", "83.33", None),
        ("D", "83.33", True),
    ]
    after = await rancak.index("service:dpmptsp.nib")
    same = {"n", "index", "exact", "elements", "by_series"}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    page = await Visitor(rancak).open("/layanan/dpmptsp.nib")
    assert "dilaporkan instansi; tidak digabung" in page.source
    assert "83,34" in page.source
    english = await Visitor(rancak).open("/layanan/dpmptsp.nib?bahasa=en")
    assert "reported by the agency; not combined" in english.source
    assert "dilaporkan instansi" not in (await Visitor(rancak).open("/")).source


async def test_what_cannot_be_is_refused_with_the_place_of_the_fault(rancak: Rancak) -> None:
    await rancak.register("dinkes", "puskesmas")
    await rancak.register("dpmptsp", "nib")
    sums = {"n": 30, "sum": 121}
    for changed, pointer, code in (
        ({"elements": {"time": sums}}, "/data/elements/time/sum", "impossible_sum"),
        ({"n": 9}, "/data/n", "out_of_range"),
        ({"period": str(int(YEAR) + 1)}, "/data/period", "period_out_of_range"),
        ({"scope": "agency:dinkes"}, "/data/scope", "unknown_scope"),
        ({"scope": "service:dpmptsp.siup"}, "/data/scope", "unknown_scope"),
    ):
        refused = await send(rancak, event(1, **changed), **{"Content-Type": f"{CE}+json"})
        assert refused.status_code == 422, changed
        assert [each["pointer"] for each in refused.json()["errors"]] == [pointer]
        assert [each["code"] for each in refused.json()["errors"]] == [code]


async def test_the_command_posts_replaces_withdraws_and_lists(
    rancak: Rancak, tmp_path: Path
) -> None:
    key = await rancak.register("dpmptsp", "nib")
    file = tmp_path / "skm.json"

    async def run(service: str, *arguments: str) -> str:
        runner = CliRunner(env={"RANCAK_URL": rancak.urls[service], "RANCAK_KEY": key})
        done = await asyncio.to_thread(runner.invoke, commands, ["external", *arguments])
        assert done.exit_code == 0, done.output
        return done.stdout

    for count in (30, 40):
        file.write_text(json.dumps(report(n=count)))
        assert "accepted" in await run("intake", "post", str(file))
    (shown,) = await holding(rancak, 1, earlier=1)
    assert shown["n"] == 40
    await run("intake", "post", str(file), "--withdraw")
    await holding(rancak, 0)

    listed = json.loads(await run("scoring", "list", "agency:dpmptsp", "--json"))["items"]
    assert [each["state"] for each in listed] == ["superseded", "superseded", "withdrawn"]
    assert "tidak digabung" in await run("scoring", "list")
