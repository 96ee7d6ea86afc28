"""What agencies measured elsewhere: shown beside the index, exact, and never part of it."""

import random
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.scoring.api import external as external_api
from services.scoring.domain.elements import CODES
from services.scoring.usecases.rebuild import rebuild
from services.scoring.usecases.verify import verify_rollups
from shared.contracts.cloudevent import extended, new_event
from shared.contracts.feedback import AGGREGATED
from shared.http import prepare
from shared.metrics import Metrics
from tests.handlers.counting import NOON, PERFECT, Counting, answer, ask

# A service office's sums, n = 29; published with weight 0.11 (domain.md).
OFFICE = dict(zip(CODES, (105, 101, 100, 116, 102, 105, 106, 115, 105), strict=True))


def unseen(*_: object) -> None:
    """Nobody looks at the progress."""


def reported(
    sums: dict[str, int] = OFFICE, *, received: str = "2026-09-14T05:00:00+00:00", **changed: Any
) -> bytes:
    data = {
        "scope": "service:a.x",
        "period": "2026-Q3",
        "method": "Survei tatap muka",
        "weight_method": "exact",
        "n": 29,
        "elements": {code: {"n": 29, "sum": total} for code, total in sums.items()},
        **changed,
    }
    event = new_event(
        event_type=AGGREGATED, event_id="any", source="/agencies/a", time=NOON, data=data
    )
    return extended(event, day="2026-09-14", received=received)


async def shown(http: httpx.AsyncClient, period: str = "2026", **more: str) -> list[dict[str, Any]]:
    found: Any = (await ask(http, "service:a.x", period, **more))["external"]
    return list(found)


@pytest.fixture
async def city(scoring: Counting) -> Counting:
    await scoring.register(agencies=["a", "b"], services=["a.x", "a.y", "b.z"])
    return scoring


async def test_a_report_stands_beside_the_index_and_moves_no_number(
    city: Counting, http: httpx.AsyncClient
) -> None:
    await city.count(*[answer("a.x", PERFECT)] * 3)
    before = await ask(http, "service:a.x", "2026")
    rollups = "SELECT * FROM rollup WHERE service = 'a.x' ORDER BY 1, 2, 3, 4, 5, 6"
    counted = await city.rows(rollups)

    # Among answers of another service: they are counted as ever.
    await city.count(answer("a.y"), reported(published="90.56"), answer("a.y"))

    after = await ask(http, "service:a.x", "2026")
    assert after == {**before, "external": after["external"], "watermark": {"feedback.0": 6}}
    assert await city.rows(rollups) == counted
    assert (await ask(http, "service:a.y", "2026"))["n"] == 2
    (report,) = await shown(http)
    assert (report["n"], report["index"], report["class"]) == (29, "91.48", "A")
    assert (report["published"], report["differs"], report["state"]) == ("90.56", True, "holds")
    complaints = {"n": 29, "sum": 115, "nrr": "3.9655", "index": "99.14", "class": "A"}
    assert report["elements"]["complaints"] == complaints


async def test_the_weights_of_the_agency_give_the_index_that_it_published(
    city: Counting, http: httpx.AsyncClient
) -> None:
    await city.count(reported(weight_method="0.11", published="90.56"))

    (report,) = await shown(http, view="public")
    assert (report["index"], report["weight_method"]) == ("90.56", "0.11")
    assert report["differs"] is False
    assert [len(await shown(http, period)) for period in ("2026-Q3", "2026-S2")] == [1, 1]
    assert [len(await shown(http, period)) for period in ("2026-09", "2025")] == [0, 0]


@pytest.mark.parametrize("seed", range(3))
async def test_the_newest_report_holds_in_whatever_order_they_arrive(
    city: Counting, http: httpx.AsyncClient, seed: int
) -> None:
    told = [
        reported(n=40),
        reported(n=50),
        reported(n=60, method="Telepon"),
        reported(n=60, method="Telepon", withdrawn=True),
        reported(n=70, period="2026-07"),
    ]
    runs = [city.log.append("feedback.0", [each]) for each in told]
    # The agency's stream is another one since there are more partitions: the time tells.
    later = reported(n=80, period="2026-07", received="2026-09-14T05:00:01+00:00")
    runs.append(city.log.append("feedback.4", [later]))
    random.Random(seed).shuffle(runs)
    for run in runs * 2:
        await city.applier.apply(run.stream, [run])

    holding = [(each["period"], each["n"], each["earlier"]) for each in await shown(http)]
    assert holding == [("2026-07", 80, 1), ("2026-Q3", 50, 1)]
    assert (await verify_rollups(city.engine, city.log, unseen)).is_right


@pytest.mark.parametrize(
    ("change", "put_right", "removed"),
    [
        ("DELETE FROM external WHERE sequence = 2", 1, 0),
        ("UPDATE external SET withdrawn = true WHERE sequence = 1", 1, 0),
        ("UPDATE external SET sequence = 9 WHERE sequence = 2", 1, 1),
    ],
)
async def test_verify_finds_a_changed_report_and_rebuild_puts_it_right(
    city: Counting, change: str, put_right: int, removed: int
) -> None:
    await city.count(reported(), reported(n=50), answer("a.y"))
    kept = await city.rows("SELECT * FROM external ORDER BY stream, sequence")

    await city.disturb(change)
    wrong = await verify_rollups(city.engine, city.log, unseen)
    done = await rebuild(city.engine, city.log, unseen)

    assert not wrong.is_right
    assert len(wrong.external) == put_right + removed
    assert (done.put_right, done.removed) == (put_right, removed)
    assert await city.rows("SELECT * FROM external ORDER BY stream, sequence") == kept
    assert (await verify_rollups(city.engine, city.log, unseen)).is_right


async def test_a_report_that_cannot_be_computed_is_set_aside_and_breaks_no_reading(
    city: Counting, http: httpx.AsyncClient
) -> None:
    bad = (
        reported(elements={}),
        reported(elements={"time": {"n": 0, "sum": 0}}),
        reported(period="2026-13"),
    )
    run = city.log.append("feedback.0", bad)
    assert await city.applier.apply_one_by_one("feedback.0", [run]) == 3
    assert await shown(http) == []


async def test_the_history_of_an_agency_is_read_page_by_page(city: Counting) -> None:
    await city.count(
        reported(n=30),
        reported(n=40, scope="agency:a"),
        reported(n=50),
        reported(n=60, scope="service:b.z"),
    )
    app = FastAPI()
    app.include_router(external_api.router(city.engine))
    prepare(app, Metrics("scoring"))
    states: list[tuple[int, str]] = []
    asked = {"scope": "agency:a", "limit": "2"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://rancak") as http:
        while True:
            page = (await http.get("/v1/external", params=asked)).json()
            states += [(each["n"], each["state"]) for each in page["items"]]
            if page["next"] is None:
                break
            asked["cursor"] = page["next"]
        refused = await http.get("/v1/external", params={"scope": "kota", "cursor": "x"})

    assert states == [(30, "superseded"), (40, "holds"), (50, "holds")]
    assert refused.status_code == 422
