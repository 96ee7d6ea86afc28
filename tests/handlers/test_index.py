"""`GET /v1/index` on a real database: its shape, every scope and period, who may look."""

from datetime import UTC, datetime
from fractions import Fraction

import httpx
import pytest

from services.scoring.domain.elements import CODES
from tests.handlers.counting import LIVE_KEY, PERFECT, WORST, Counting, answer, ask
from tests.running import bearer

MIDDLE = (3,) * len(PERFECT)
NEW_YEAR = datetime(2027, 1, 1, 7, tzinfo=UTC)
# The published example of a service office: ΣS by element of 29 answers.
OFFICE = {
    "requirements": 105,
    "procedure": 101,
    "time": 100,
    "cost": 116,
    "product": 102,
    "competence": 105,
    "behaviour": 106,
    "complaints": 115,
    "facilities": 105,
}


def office_answers() -> list[bytes]:
    """29 answers whose scores come to the sums of the service office."""
    columns = [[4 - (each < 4 * 29 - total) for each in range(29)] for total in OFFICE.values()]
    return [answer(scores=scores) for scores in zip(*columns, strict=True)]


async def test_the_answer_has_the_shape_of_the_contract(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await scoring.register(agencies=["dpmptsp"], services=["dpmptsp.nib"])
    await scoring.count(*office_answers())

    body = await ask(http, "service:dpmptsp.nib", "2026")

    elements = body.pop("elements")
    importance = body.pop("importance")
    assert body == {
        "scope": "service:dpmptsp.nib",
        "name": "DPMPTSP.NIB",
        "period": "2026",
        "series": "all",
        "view": "live",
        "closed": False,
        "figure": None,
        "n": 29,
        "index": "91.48",
        "exact": "23875/261",
        "class": "A",
        "perhaps": ["B"],
        "interval": {"low": "87.36", "high": "94.37"},
        "provisional": True,
        "population": None,
        "minimum": None,
        "without_cost": "90.41",
        "weakest": ["time", "procedure", "product"],
        "strongest": ["cost", "complaints", "behaviour"],
        "rule_set": "permenpanrb-14-2017",
        "weight_method": "exact",
        "questionnaire": "nasional.1",
        "weights": dict.fromkeys(CODES, "1/9"),
        "interval_method": "t-logit",
        "extra": {},
        "by_series": {"agency": 29},
        "verified": {"n": 0, "index": None, "class": None},
        "as_of": "2026-09-14T12:00:00+00:00",
        "watermark": {"feedback.0": 29},
        "external": [],
        "example": False,
    }
    assert isinstance(importance, dict)
    assert importance["time"]["quadrant"] == "low-priority"
    assert isinstance(elements, dict)
    assert {code: part["sum"] for code, part in elements.items()} == OFFICE
    assert elements["time"] == {
        "n": 29,
        "sum": 100,
        "counts": [0, 0, 16, 13],
        "nrr": "3.4483",
        "index": "86.21",
        "class": "B",
    }


async def test_the_weight_method_is_chosen_and_said(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await scoring.count(*office_answers())

    body = await ask(http, "city", "2026", weight_method="0.11")

    assert (body["index"], body["weight_method"]) == ("90.56", "0.11")


async def test_no_answers_have_no_index(scoring: Counting, http: httpx.AsyncClient) -> None:
    await scoring.register(agencies=["dpmptsp"])

    body = await ask(http, "agency:dpmptsp", "2026")

    assert (body["n"], body["index"], body["exact"], body["class"]) == (0, None, None, None)
    assert body["by_series"] == {}
    assert isinstance(body["elements"], dict)
    assert body["elements"]["cost"] == {
        "n": 0,
        "sum": 0,
        "counts": [0, 0, 0, 0],
        "nrr": None,
        "index": None,
        "class": None,
    }


async def test_an_empty_system_answers_for_the_city(http: httpx.AsyncClient) -> None:
    body = await ask(http, "city", "2026-09-14")

    assert (body["n"], body["index"], body["watermark"]) == (0, None, {})


@pytest.mark.parametrize(
    ("asked", "n"),
    [
        ("city", 6),
        ("agency:a", 3),
        ("agency:a-b", 1),
        ("service:a.x", 2),
        ("service:a.y", 1),
        ("place:mpp", 3),
    ],
)
async def test_a_scope_pools_the_answers_that_lie_in_it(
    scoring: Counting, http: httpx.AsyncClient, asked: str, n: int
) -> None:
    await scoring.count(
        answer("a.x", place="mpp"),
        answer("a.x"),
        answer("a.y", place="mpp"),
        answer("a-b.x", place="mpp"),
        answer("b.x", place="kantor"),
        answer("aa.x"),
    )

    assert (await ask(http, asked, "2026"))["n"] == n


@pytest.mark.parametrize(
    ("asked", "n"),
    [
        ("2026", 6),
        ("2026-S1", 3),
        ("2026-S2", 3),
        ("2026-Q1", 2),
        ("2026-Q2", 1),
        ("2026-Q3", 2),
        ("2026-09", 2),
        ("2026-10", 0),
        ("2026-09-14", 1),
        ("2026-09-15", 0),
        ("2025", 1),
        ("2027", 0),
    ],
)
async def test_a_period_holds_the_answers_of_its_days(
    scoring: Counting, http: httpx.AsyncClient, asked: str, n: int
) -> None:
    days = ["2026-01-01", "2026-03-31", "2026-06-30", "2026-09-14", "2026-09-30", "2026-12-31"]
    await scoring.count(*(answer(day=day) for day in [*days, "2025-12-31"]))

    assert (await ask(http, "city", asked))["n"] == n


async def test_a_series_can_be_asked_for_alone_and_the_verified_ones_stand_beside(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await scoring.count(
        answer(scores=PERFECT, series="agency"),
        answer(scores=WORST, series="invited"),
        answer(scores=WORST, series="open"),
    )

    all_of_them = await ask(http, "city", "2026")
    some = await ask(http, "city", "2026", series="agency,invited")

    assert (all_of_them["index"], some["index"]) == ("50.00", "62.50")
    assert all_of_them["by_series"] == {"invited": 1, "open": 1, "agency": 1}
    assert (some["series"], some["by_series"]) == ("invited,agency", {"invited": 1, "agency": 1})
    assert some["verified"] == {"n": 1, "index": "25.00", "class": "D"}


async def test_a_missing_answer_leaves_its_elements_count_alone(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await scoring.count(answer(scores=(*PERFECT[:8], None)), answer(scores=PERFECT))

    body = await ask(http, "city", "2026")

    assert isinstance(body["elements"], dict)
    assert (body["n"], body["index"]) == (2, "100.00")
    assert (body["elements"]["time"]["n"], body["elements"]["facilities"]["n"]) == (2, 1)


async def test_the_watermark_stops_before_a_hole(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await scoring.count(answer(), answer())
    scoring.log.append("feedback.0", [answer()])
    await scoring.count(answer())

    body = await ask(http, "city", "2026")

    assert (body["n"], body["watermark"]) == (3, {"feedback.0": 2})


async def test_a_known_number_of_users_narrows_the_interval_and_says_how_many_must_answer(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await scoring.count(*office_answers(), *office_answers(), *office_answers())

    unknown = await ask(http, "service:dpmptsp.nib", "2026")
    many = await ask(http, "service:dpmptsp.nib", "2026", population="2800")
    few = await ask(http, "service:dpmptsp.nib", "2026", population="100")

    assert (unknown["minimum"], many["minimum"], few["minimum"]) == (None, 338, 80)
    assert (unknown["provisional"], many["provisional"], few["provisional"]) == (True, True, False)
    assert width(few) < width(many) < width(unknown)
    assert few["index"] == unknown["index"]


async def test_the_public_index_says_the_same_of_its_users_and_keeps_its_receipt(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await scoring.count(*[answer(scores=scores) for scores in (PERFECT, MIDDLE) for _ in range(42)])
    await scoring.publish()
    while_open = await ask(http, "service:dpmptsp.nib", "2026", view="public", population="108")
    await scoring.publish(NEW_YEAR)

    plain = await ask(http, "service:dpmptsp.nib", "2026", view="public")
    told = await ask(http, "service:dpmptsp.nib", "2026", view="public", population="108")

    # 108 users ask for 84 answers: of an open figure 80 are shown, so that tries tell no more.
    assert (while_open["n"], while_open["minimum"], while_open["provisional"]) == (80, 84, True)
    assert (told["n"], told["population"], told["provisional"]) == (84, 108, False)
    assert width(told) < width(plain)
    assert plain["figure"]
    assert told["figure"] == plain["figure"]

    await scoring.disturb("UPDATE published SET n = n + 10, time_4 = time_4 + 10")
    ahead = await ask(http, "service:dpmptsp.nib", "2026", view="public", population="108")
    assert (ahead["index"], ahead["interval"]) == (told["index"], None)


async def test_a_number_of_users_must_be_one(http: httpx.AsyncClient) -> None:
    refused = await http.get("/v1/index?scope=city&period=2026&population=0")

    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")


async def test_an_agency_sees_no_cell_of_fewer_than_five(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await scoring.count(*[answer(scores=PERFECT)] * 6, *[answer(scores=MIDDLE)] * 5)
    await scoring.count(answer(scores=(*MIDDLE[:8], None)))

    elements = (await ask(http, "service:dpmptsp.nib", "2026"))["elements"]

    assert isinstance(elements, dict)
    assert elements["time"]["counts"] == [0, 0, 6, 6]
    # One skipped the last element: with n, its counts would tell of him.
    assert (elements["facilities"]["n"], elements["facilities"]["counts"]) == (11, None)


async def test_an_agency_sees_who_answered_but_no_few(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await scoring.count(
        *[answer(respondent={"sex": "female", "age": 34, "education": "s3"})] * 6,
        *[answer(respondent={"sex": "male", "age": 34, "education": "sma"})] * 20,
        *[answer(respondent={"sex": "male", "age": 70})] * 3,
        *[answer(respondent={"sex": "male"})] * 6,
    )
    path = "/v1/index/profile?scope=agency:dpmptsp&period=2026&view=live"

    body = (await http.get(path, headers=bearer(LIVE_KEY.key))).json()

    assert (body["n"], body["withheld_below"]) == (35, 5)
    assert body["attributes"]["sex"] == {"cells": {"female": 6, "male": 29}, "rest": 0}
    age, education = body["attributes"]["age"], body["attributes"]["education"]
    # Three over 65 hide, and with them the six who did not tell, or subtraction would find them.
    assert (age["cells"]["26_35"], age["cells"]["over_65"], age["rest"]) == (26, None, 9)
    assert (education["cells"]["s3"], education["rest"]) == (6, 9)
    assert body["attributes"]["disability"] is None


@pytest.mark.parametrize(
    ("query", "has_key", "status", "code"),
    [
        ("scope=city&period=2026&view=live", False, 401, "unauthorised"),
        ("scope=city&period=2026&view=public", True, 422, "invalid"),
        ("scope=city&period=2026-09-14&view=live", True, 422, "invalid"),
        ("scope=agency:nobody&period=2026&view=live", True, 404, "unknown_scope"),
    ],
)
async def test_who_answered_is_not_for_everybody_and_not_by_day(
    http: httpx.AsyncClient, query: str, has_key: bool, status: int, code: str
) -> None:
    headers = bearer(LIVE_KEY.key) if has_key else {}
    refused = await http.get(f"/v1/index/profile?{query}", headers=headers)

    assert (refused.status_code, refused.json()["code"]) == (status, code)


def width(body: dict[str, object]) -> Fraction:
    interval = body["interval"]
    assert isinstance(interval, dict)
    return Fraction(interval["high"]) - Fraction(interval["low"])
