"""`GET /v1/index/trend` and `/comparison`: only what is more than chance is called a change."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.handlers.counting import LIVE_KEY, PERFECT, WORST, Counting, answer

AFTER_Q3 = datetime(2026, 10, 2, 12, tzinfo=UTC)
MIDDLE = (3,) * 9
QUARTERS = ("2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3")
DAYS = ("2025-11-05", "2026-02-05", "2026-05-05", "2026-08-05")


async def get(
    http: httpx.AsyncClient, path: str, key: str | None = None, **asked: str
) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    found = await http.get(f"/v1/index/{path}", params=asked, headers=headers)
    assert found.status_code == 200, found.text
    return dict(found.json())


async def refused(
    http: httpx.AsyncClient, path: str, key: str | None = None, **asked: str
) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    found = await http.get(f"/v1/index/{path}", params=asked, headers=headers)
    assert found.headers["content-type"] == "application/problem+json"
    body = found.json()
    return found.status_code, body.get("errors") or body["code"]


def mixed(perfect: int, middle: int, day: str, service: str = "a.x") -> list[bytes]:
    """Answers of two kinds on a day."""
    return [answer(service, PERFECT, day=day)] * perfect + [
        answer(service, MIDDLE, day=day)
    ] * middle


async def rising(scoring: Counting) -> None:
    """Four quarters, each clearly better than the one before; the last ends before AFTER_Q3."""
    await scoring.register(agencies=["a"], services=["a.x"])
    for perfect, day in zip((10, 40, 70, 100), DAYS, strict=True):
        await scoring.count(*mixed(perfect, 110 - perfect, day))
    await scoring.publish()
    await scoring.publish(AFTER_Q3)


def pointers(errors: Sequence[dict[str, str]]) -> list[tuple[str, str]]:
    return [(each["pointer"], each["code"]) for each in errors]


async def test_a_rising_index_is_called_rising_with_its_slope_and_its_last_step(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await rising(scoring)

    body = await get(
        http, "trend", scope="service:a.x", grain="quarter", **{"from": "2025-Q4", "to": "2026-Q3"}
    )

    assert [point["period"] for point in body["periods"]] == list(QUARTERS)
    assert [point["index"] for point in body["periods"]] == ["77.27", "84.09", "90.91", "97.73"]
    assert {point["closed"] for point in body["periods"]} == {True}
    trend = body["trend"]
    assert (trend["verdict"], trend["periods"], trend["slope"]) == ("rise", 4, "6.8182")
    assert trend["words"] == {"id": "naik", "en": "risen"}
    assert float(trend["interval"]["low"]) < 6.8182 < float(trend["interval"]["high"])
    assert (trend["p"], trend["against"]) == ("0.0000", "sampling")
    step = body["last_step"]
    assert (step["from"], step["to"], step["difference"]) == ("2026-Q2", "2026-Q3", "6.82")
    assert step["verdict"] == "rise"


async def test_each_public_period_names_its_receipt_and_says_what_the_receipt_says(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await rising(scoring)

    body = await get(http, "trend", scope="agency:a", grain="quarter", to="2026-Q3")

    for point in body["periods"][-4:]:
        alone = await get(http, "../index", scope="agency:a", period=point["period"])
        for name in ("closed", "figure", "n", "index", "class", "interval"):
            assert point[name] == alone[name], name
        assert point["figure"]


async def test_an_open_period_is_shown_coarsely_and_judged_by_nobody(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await scoring.register(agencies=["a"], services=["a.x"])
    for day in ("2026-05-05", "2026-06-05", "2026-07-05", "2026-08-05"):
        await scoring.count(*mixed(10, 10, day))
    await scoring.count(*mixed(1, 16, "2026-09-05"))
    await scoring.publish()

    body = await get(http, "trend", scope="service:a.x", **{"from": "2026-05", "to": "2026-09"})

    assert [point["closed"] for point in body["periods"]] == [True] * 4 + [False]
    last = body["periods"][-1]
    assert (last["n"], last["index"], last["interval"]) == (15, "76", None)
    assert (body["trend"]["periods"], body["trend"]["verdict"]) == (4, "no-real-change")
    assert (body["last_step"]["from"], body["last_step"]["to"]) == ("2026-07", "2026-08")


async def test_what_was_counted_but_not_given_out_is_in_no_public_trend(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await rising(scoring)
    before = await get(http, "trend", scope="city", grain="quarter", to="2026-Q3")
    await scoring.count(*mixed(0, 9, "2026-08-05", "b.y"), *mixed(0, 500, "2026-08-06"))

    after = await get(http, "trend", scope="city", grain="quarter", to="2026-Q3")
    live = await get(
        http, "trend", LIVE_KEY.key, scope="city", grain="quarter", to="2026-Q3", view="live"
    )

    assert after == before
    assert live["periods"][-1]["n"] == 110 + 509


async def test_few_answers_that_lack_an_element_keep_a_period_from_being_judged(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await scoring.register(agencies=["a"], services=["a.x"])
    partial = [answer("a.x", (*PERFECT[:8], None), day="2026-08-05")] * 3
    await scoring.count(*mixed(20, 20, "2026-05-05"), *mixed(20, 20, "2026-08-05"), *partial)
    await scoring.publish()
    await scoring.publish(AFTER_Q3)

    body = await get(http, "trend", scope="service:a.x", grain="quarter", to="2026-Q3")

    assert [point["n"] for point in body["periods"][-2:]] == [40, 43]
    assert [point["interval"] is None for point in body["periods"][-2:]] == [False, True]
    assert (body["trend"]["periods"], body["last_step"]) == (1, None)


async def test_few_whole_answers_are_not_told_by_an_interval(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await scoring.register(agencies=["a"], services=["a.x"])
    without = [(*PERFECT[:place], None, *PERFECT[place + 1 :]) for place in (0, 8)]
    partial = [answer("a.x", scores, day="2026-08-05") for scores in without for _ in range(12)]
    await scoring.count(*partial, *mixed(1, 2, "2026-08-05"))
    await scoring.publish()
    await scoring.publish(AFTER_Q3)

    body = await get(http, "trend", scope="service:a.x", grain="quarter", to="2026-Q3")

    assert (body["periods"][-1]["n"], body["periods"][-1]["interval"]) == (27, None)


@pytest.mark.parametrize(
    ("asked", "first", "last", "count"),
    [
        ({}, "2025-10", "2026-09", 12),
        ({"grain": "quarter"}, "2024-Q4", "2026-Q3", 8),
        ({"grain": "semester"}, "2024-S1", "2026-S2", 6),
        ({"grain": "year"}, "2025", "2026", 2),
        ({"grain": "year", "from": "2020"}, "2020", "2026", 7),
        ({"grain": "quarter", "from": "2025", "to": "2026-S1"}, "2025-Q1", "2026-Q2", 6),
        ({"grain": "month", "from": "2026-08-15"}, "2026-08", "2026-09", 2),
    ],
)
async def test_the_stretch_is_the_last_year_or_all_years_unless_it_is_named(
    scoring: Counting,
    http: httpx.AsyncClient,
    asked: dict[str, str],
    first: str,
    last: str,
    count: int,
) -> None:
    await rising(scoring)

    body = await get(http, "trend", scope="city", **asked)

    found = [point["period"] for point in body["periods"]]
    assert (found[0], found[-1], len(found)) == (first, last, count)


async def test_a_year_of_the_live_view_is_the_year_of_the_index(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await rising(scoring)
    await scoring.register(places=["mpp"])
    await scoring.count(answer("a.x", place="mpp"))

    for scope in ("city", "agency:a", "service:a.x", "place:mpp"):
        for grain, period in (("year", "2026"), ("month", "2026-08")):
            asked = {"scope": scope, "view": "live"}
            alone = await get(http, "../index", LIVE_KEY.key, period=period, **asked)
            body = await get(
                http,
                "trend",
                LIVE_KEY.key,
                **asked,
                **{"grain": grain, "from": period, "to": period},
            )
            (point,) = body["periods"]
            for name in ("n", "index", "class", "interval", "closed"):
                assert point[name] == alone[name], (scope, grain, name)


async def test_the_live_trend_is_for_the_agencys_own_key(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await rising(scoring)
    await scoring.register(agencies=["b"])
    mine = await scoring.issue_key("a", "index:live")
    others = await scoring.issue_key("b", "index:live")

    assert (await get(http, "trend", mine, scope="service:a.x", view="live"))["view"] == "live"
    assert (await refused(http, "trend", scope="agency:a", view="live"))[0] == 401
    assert (await refused(http, "trend", others, scope="agency:a", view="live"))[0] == 404
    assert (await refused(http, "comparison", others, scope="agency:b", scope2="agency:a",
                          period="2026", view="live")) == (
        404, [{"pointer": "/query/scope2", "code": "unknown_scope"}])  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "faults"),
    [
        ({"scope": "kota", "von": "2026"}, [
            ("/query", "unknown_parameter"), ("/query/scope", "invalid_scope")]),
        ({"scope": "city", "from": "2026-13", "to": "x"}, [
            ("/query/from", "invalid_period"), ("/query/to", "invalid_period")]),
        ({"scope": "city", "grain": "day"}, [("/query/grain", "not_allowed")]),
        ({"scope": "city", "from": "2026", "to": "2025"}, [("/query/to", "before_from")]),
        ({"scope": "city", "from": "0001", "to": "9999"}, [("/query/from", "too_many_periods")]),
        ({"scope": "city", "from": "2021-08", "to": "2026-08"}, [
            ("/query/from", "too_many_periods")]),
    ],
)  # fmt: skip
async def test_a_faulty_stretch_is_refused_with_its_place(
    http: httpx.AsyncClient, asked: dict[str, str], faults: list[tuple[str, str]]
) -> None:
    status, errors = await refused(http, "trend", **asked)

    assert status == 422
    assert pointers(errors) == faults


async def test_the_ends_of_the_calendar_are_periods_like_others(http: httpx.AsyncClient) -> None:
    for asked in ({"to": "0001-01"}, {"from": "9999-12", "to": "9999-12"}):
        assert (await get(http, "trend", scope="city", **asked))["periods"]


async def test_the_trend_of_an_unknown_scope_is_not_found(http: httpx.AsyncClient) -> None:
    for path, asked in (("trend", {}), ("comparison", {"period": "2026", "period2": "2025"})):
        assert await refused(http, path, scope="agency:none", **asked) == (
            404,
            [{"pointer": "/query/scope", "code": "unknown_scope"}],
        )


async def test_two_periods_are_compared_with_interval_and_words(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await rising(scoring)

    body = await get(http, "comparison", scope="service:a.x", period="2026-Q3", period2="2026-Q1")

    assert (body["verdict"], body["difference"], body["p"]) == ("fall", "-13.64", "0.0000")
    assert body["words"] == {"id": "turun", "en": "fallen"}
    assert float(body["interval"]["low"]) < -13.64 < float(body["interval"]["high"]) < 0
    assert (body["first"]["index"], body["second"]["index"]) == ("97.73", "84.09")
    assert (body["first"]["period"], body["second"]["period"]) == ("2026-Q3", "2026-Q1")


async def test_of_two_units_one_is_higher_and_nothing_rises(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await rising(scoring)
    await scoring.count(*mixed(100, 10, "2026-05-05", "b.y"))
    await scoring.publish(AFTER_Q3)

    body = await get(http, "comparison", scope="agency:a", period="2026-Q2", scope2="agency:b")

    assert body["words"] == {"id": "lebih tinggi", "en": "higher"}


async def test_an_open_period_is_compared_for_the_agency_only(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await scoring.register(agencies=["a"], services=["a.x"])
    await scoring.count(*mixed(20, 20, "2026-08-05"), *[answer("a.x", WORST)] * 20)
    await scoring.publish()
    asked = {"scope": "agency:a", "period": "2026-08", "period2": "2026-09"}

    public = await get(http, "comparison", **asked)
    live = await get(http, "comparison", LIVE_KEY.key, view="live", **asked)

    assert (public["verdict"], public["difference"], public["p"]) == ("open", None, None)
    assert "masih berjalan" in public["words"]["id"]
    assert (live["verdict"], live["difference"]) == ("fall", "-62.50")


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ({"scope": "city", "period": "2026"}, ("/query/period2", "missing_field")),
        ({"scope": "city", "period": "2026", "period2": "2026-Q1"},
         ("/query/period2", "shares_answers")),
        ({"scope": "agency:a", "period": "2026", "scope2": "service:a.x"},
         ("/query/scope2", "shares_answers")),
        ({"scope": "agency:a", "period": "2026", "scope2": "place:mpp"},
         ("/query/scope2", "shares_answers")),
        ({"scope": "city", "period": "2026", "scope2": "kota"}, ("/query/scope2", "invalid_scope")),
        ({"scope": "city", "period": "2026", "period2": "x"}, ("/query/period2", "invalid_period")),
        ({"scope": "city", "period": "2026", "period2": "2025", "period3": "x"},
         ("/query", "unknown_parameter")),
    ],
)  # fmt: skip
async def test_what_cannot_be_compared_is_refused(
    http: httpx.AsyncClient, asked: dict[str, str], fault: tuple[str, str]
) -> None:
    status, errors = await refused(http, "comparison", **asked)

    assert (status, pointers(errors)) == (422, [fault])


async def test_a_whole_and_its_part_may_be_compared_in_different_periods(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await rising(scoring)

    body = await get(
        http, "comparison", scope="city", period="2026-Q1", scope2="service:a.x", period2="2026-Q2"
    )

    assert body["verdict"] == "rise"


@pytest.mark.parametrize("path", ["trend", "comparison", "ranking"])
async def test_the_answer_is_described_without_references(
    http: httpx.AsyncClient, path: str
) -> None:
    operation = (await http.get("/openapi.json")).json()["paths"][f"/v1/index/{path}"]["get"]

    assert "$ref" not in str(operation)
    assert set(operation["responses"]) >= {"200", "401", "403", "404", "422", "503"}
