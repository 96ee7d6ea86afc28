"""`GET /v1/index/ranking`: an order, and how much of it is more than chance."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from services.scoring.domain.statistics.moments import Moments
from services.scoring.usecases.ranking import MOST_UNITS, Rankings, TooManyUnits
from tests.handlers.counting import LIVE_KEY, PERFECT, Counting, Scores, answer

AFTER_Q3 = datetime(2026, 10, 2, 12, tzinfo=UTC)
MIDDLE, LOW = (3,) * 9, (2,) * 9
# Two that do not really differ, one that is clearly worse, one that few judged.
UNITS = {"a": (60, 50), "b": (58, 52), "c": (5, 105), "d": (5, 4)}


async def get(http: httpx.AsyncClient, key: str | None = None, **asked: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    found = await http.get("/v1/index/ranking", params=asked, headers=headers)
    assert found.status_code == 200, found.text
    return dict(found.json())


async def refused(
    http: httpx.AsyncClient, key: str | None = None, **asked: str
) -> tuple[int, list[tuple[str, str]] | str]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    found = await http.get("/v1/index/ranking", params=asked, headers=headers)
    assert found.headers["content-type"] == "application/problem+json"
    body = found.json()
    faults = [(each["pointer"], each["code"]) for each in body.get("errors", [])]
    return found.status_code, faults or body["code"]


def answers_of(service: str, perfect: int, middle: int, place: str | None = None) -> list[bytes]:
    def some(scores: Scores) -> bytes:
        return answer(service, scores, day="2026-08-05", place=place)

    return [some(PERFECT)] * perfect + [some(MIDDLE)] * middle


async def four_agencies(scoring: Counting) -> None:
    """Agencies with a service each; nothing is closed yet."""
    await scoring.register(agencies=list(UNITS), services=[f"{code}.x" for code in UNITS])
    for code, (perfect, middle) in UNITS.items():
        await scoring.count(*answers_of(f"{code}.x", perfect, middle))
    await scoring.publish()


async def test_units_stand_in_order_with_groups_and_the_ranks_that_they_could_have(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await four_agencies(scoring)
    await scoring.publish(AFTER_Q3)

    body = await get(http, unit="agency", period="2026-Q3")

    items = {item["code"]: item for item in body["items"]}
    assert list(items) == ["a", "b", "c", "d"]
    ranks = ("rank", "rank_best", "rank_worst", "group", "differs_from_next")
    assert [[items[code][name] for name in ranks] for code in items] == [
        [1, 1, 2, 1, False],
        [2, 1, 2, 1, True],
        [3, 3, 3, 2, None],
        [None, None, None, None, None],
    ]
    assert (items["a"]["name"], items["a"]["index"], items["a"]["class"]) == ("A", "88.64", "A")
    assert (items["b"]["p_to_next"], items["c"]["p_to_next"]) == ("0.0000", None)
    assert (items["d"]["n"], items["d"]["index"]) == (None, None)
    assert body["closed"]


async def test_every_ranked_unit_names_its_receipt(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await four_agencies(scoring)
    await scoring.publish(AFTER_Q3)

    for item in (await get(http, unit="agency", period="2026-Q3"))["items"][:3]:
        asked = {"scope": f"agency:{item['code']}", "period": "2026-Q3"}
        alone = (await http.get("/v1/index", params=asked)).json()
        for name in ("figure", "n", "index", "class", "interval"):
            assert item[name] == alone[name], name


async def test_the_index_of_all_respondents_stands_beside_the_mean_of_the_units(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await scoring.register(agencies=["a", "b"], services=["a.x", "b.x"])
    await scoring.count(*answers_of("a.x", 90, 0), *answers_of("b.x", 0, 10))
    await scoring.publish()
    await scoring.publish(AFTER_Q3)

    body = await get(http, unit="agency", period="2026-Q3")
    city = (await http.get("/v1/index", params={"scope": "city", "period": "2026-Q3"})).json()

    assert body["pooled"] == {"figure": city["figure"], "n": 100, "index": "97.50"}
    assert body["mean_of_units"] == {"units": 2, "index": "87.50"}


async def test_while_a_period_is_open_units_have_no_ranks_in_public(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await four_agencies(scoring)

    public = await get(http, unit="agency", period="2026-Q3")
    live = await get(http, LIVE_KEY.key, unit="agency", period="2026-Q3", view="live")

    assert [item["code"] for item in public["items"]] == ["a", "b", "c", "d"]
    assert {item["rank"] for item in public["items"]} == {None}
    assert public["mean_of_units"] == {"units": 0, "index": None}
    assert "masih berjalan" in public["words"]["id"]
    assert [item["rank"] for item in live["items"]] == [1, 2, 3, None]
    assert (live["items"][3]["n"], live["items"][3]["index"]) == (9, "88.89")


async def test_what_was_not_given_out_moves_no_public_ranking(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await four_agencies(scoring)
    await scoring.publish(AFTER_Q3)
    before = await get(http, unit="agency", period="2026-Q3")

    await scoring.count(*[answer("a.x", LOW, day="2026-08-05")] * 500)

    assert await get(http, unit="agency", period="2026-Q3") == before


async def test_services_are_ranked_within_an_agency_or_at_a_place(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await scoring.register(
        agencies=["a", "b"], services=["a.x", "a.y", "b.x", "b.silent"], places=["mpp"]
    )
    await scoring.count(
        *answers_of("a.x", 50, 0, "mpp"),
        *answers_of("a.y", 0, 50),
        *answers_of("b.x", 0, 50, "mpp"),
    )
    await scoring.publish()
    await scoring.publish(AFTER_Q3)
    asked = {"unit": "service", "period": "2026-Q3"}

    found = {}
    for within in ("agency:a", "place:mpp", "city"):
        items = (await get(http, within=within, **asked))["items"]
        found[within] = [(item["code"], item["rank"]) for item in items]

    assert found == {
        "agency:a": [("a.x", 1), ("a.y", 2)],
        "place:mpp": [("a.x", 1), ("b.x", 2)],
        "city": [("a.x", 1), ("a.y", 2), ("b.x", 2), ("b.silent", None)],
    }


async def test_the_live_ranking_is_for_the_agencys_own_key(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await four_agencies(scoring)
    mine = await scoring.issue_key("a", "index:live")
    asked = {"unit": "service", "period": "2026", "view": "live"}

    own = await get(http, mine, within="agency:a", **asked)

    assert [item["code"] for item in own["items"]] == ["a.x"]
    assert (await refused(http, within="agency:a", **asked))[0] == 401
    unknown = (404, [("/query/within", "unknown_scope")])
    assert await refused(http, mine, within="agency:b", **asked) == unknown
    assert await refused(http, mine, within="agency:none", **asked) == unknown
    assert await refused(http, mine, within="city", **asked) == unknown


@pytest.mark.parametrize(
    ("asked", "faults"),
    [
        ({"unit": "city", "period": "2026"}, [("/query/unit", "not_allowed")]),
        ({"unit": "agency"}, [("/query/period", "missing_field")]),
        (
            {"unit": "agency", "period": "2026-13", "within": "x", "in": "y"},
            [
                ("/query", "unknown_parameter"),
                ("/query/within", "invalid_scope"),
                ("/query/period", "invalid_period"),
            ],
        ),
        (
            {"unit": "agency", "period": "2026", "within": "place:mpp"},
            [("/query/within", "not_allowed")],
        ),
        (
            {"unit": "service", "period": "2026", "within": "service:a.x"},
            [("/query/within", "not_allowed")],
        ),
    ],
)
async def test_a_faulty_question_is_refused_with_its_place(
    http: httpx.AsyncClient, asked: dict[str, str], faults: list[tuple[str, str]]
) -> None:
    assert await refused(http, **asked) == (422, faults)


async def test_a_ranking_within_an_unknown_agency_is_not_found(http: httpx.AsyncClient) -> None:
    assert await refused(http, unit="service", within="agency:none", period="2026") == (
        404,
        [("/query/within", "unknown_scope")],
    )


async def test_more_units_than_can_be_compared_in_a_second_are_refused_clearly(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    services = [f"a.s{number}" for number in range(MOST_UNITS + 1)]
    await scoring.register(agencies=["a"], services=services)
    await scoring.count(*[answer(code) for code in services for _ in range(10)])

    status, faults = await refused(
        http, LIVE_KEY.key, unit="service", period="2026", view="live", within="agency:a"
    )

    assert (status, faults) == (422, [("/query/within", "too_many_units")])


def many(units: int) -> dict[str, Moments]:
    """Units of 40 answers, each a little better than the one before."""
    groups = {
        f"s{place}": [20 + (place + each) % 16 for each in range(40)] for place in range(units)
    }
    return {
        code: Moments(len(totals), sum(totals), sum(each * each for each in totals))
        for code, totals in groups.items()
    }  # fmt: skip


async def test_the_service_goes_on_while_units_are_ranked() -> None:
    ranked = asyncio.create_task(Rankings().of(many(MOST_UNITS)))
    beats = 0
    while not ranked.done():
        await asyncio.sleep(0.005)
        beats += 1

    assert len(await ranked) == MOST_UNITS
    assert beats > 3


async def test_the_same_units_are_ranked_once() -> None:
    rankings = Rankings()
    units = many(100)
    first = await rankings.of(units)
    started = time.process_time()

    again = [await rankings.of(units) for _ in range(20)]

    assert all(each is first for each in again)
    assert time.process_time() - started < 0.1


async def test_only_so_many_units_are_compared() -> None:
    with pytest.raises(TooManyUnits):
        await Rankings().of(many(MOST_UNITS + 1))
