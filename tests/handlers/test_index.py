"""`GET /v1/index` on a real database: its shape, every scope and period, who may look."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.api import index as api
from services.scoring.domain import period, scope
from services.scoring.domain.scope import Kind
from services.scoring.usecases.index import overview, profile_of
from shared.auth import Keyring
from shared.http import prepare
from shared.metrics import Metrics
from tests.handlers.counting import PERFECT, WORST, Counting, answer

NOW = datetime(2026, 9, 14, 5, 30, tzinfo=UTC)
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


@pytest.fixture
async def http(engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(api.router(engine, Keyring(engine), lambda: NOW))
    prepare(app, Metrics("scoring"))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://rancak") as client:
        yield client


async def ask(http: httpx.AsyncClient, scope: str, period: str, **more: str) -> dict[str, object]:
    found = await http.get("/v1/index", params={"scope": scope, "period": period, **more})
    assert found.status_code == 200, found.text
    body: dict[str, object] = found.json()
    return body


async def refused(
    http: httpx.AsyncClient, key: str | None = None, **asked: str
) -> tuple[int, object]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    found = await http.get("/v1/index", params=asked, headers=headers)
    assert found.headers["content-type"] == "application/problem+json"
    body = found.json()
    return found.status_code, body.get("errors") or body["code"]


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
    assert body == {
        "scope": "service:dpmptsp.nib",
        "name": "DPMPTSP.NIB",
        "period": "2026",
        "series": "all",
        "view": "public",
        "n": 29,
        "index": "91.48",
        "exact": "23875/261",
        "class": "A",
        "rule_set": "permenpanrb-14-2017",
        "weight_method": "exact",
        "by_series": {"agency": 29},
        "verified": {"n": 0, "index": None, "class": None},
        "as_of": "2026-09-14T05:30:00+00:00",
        "watermark": {"feedback.0": 29},
    }
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


@pytest.mark.parametrize("asked", ["agency:none", "service:dpmptsp.none", "place:none"])
async def test_an_unknown_scope_is_not_found(http: httpx.AsyncClient, asked: str) -> None:
    status, errors = await refused(http, scope=asked, period="2026")

    assert (status, errors) == (404, [{"pointer": "/query/scope", "code": "unknown_scope"}])


async def test_every_faulty_parameter_is_named(http: httpx.AsyncClient) -> None:
    status, errors = await refused(http, scope="kota", period="2026-13", series="fax", serie="x")

    assert status == 422
    assert errors == [
        {"pointer": "/query", "code": "unknown_parameter"},
        {"pointer": "/query/scope", "code": "invalid_scope"},
        {"pointer": "/query/period", "code": "invalid_period"},
        {"pointer": "/query/series", "code": "not_allowed"},
    ]


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"scope": "city"}, "/query/period"),
        ({"period": "2026"}, "/query/scope"),
        ({"scope": "city", "period": "2026", "weight_method": "0.12"}, "/query/weight_method"),
        ({"scope": "city", "period": "2026", "view": "secret"}, "/query/view"),
        ({"scope": "city", "period": "2026", "series": "open,open"}, "/query/series"),
        ({"scope": "city\x00", "period": "2026"}, "/query/scope"),
        ({"scope": "agency:" + "a" * 200, "period": "2026"}, "/query/scope"),
    ],
)
async def test_a_bad_parameter_is_refused_with_its_place(
    http: httpx.AsyncClient, asked: dict[str, str], pointer: str
) -> None:
    status, errors = await refused(http, **asked)

    assert status == 422
    assert isinstance(errors, list)
    assert [error["pointer"] for error in errors] == [pointer]


async def test_the_live_view_is_for_the_agencys_own_key(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    await scoring.register(agencies=["a", "b"], services=["a.x"])
    mine = await scoring.issue_key("a", "index:live")
    without_scope = await scoring.issue_key("a", "events:write")
    admin = await scoring.issue_key(None, "admin")
    await scoring.count(answer("a.x"), answer("b.x"))
    live = {"period": "2026", "view": "live"}

    for key, asked in ((mine, "agency:a"), (mine, "service:a.x"), (admin, "city")):
        found = await http.get(
            "/v1/index",
            params={"scope": asked, **live},
            headers={"Authorization": f"Bearer {key}"},
        )
        assert (found.status_code, found.json()["view"]) == (200, "live")
        assert found.headers["cache-control"] == "private, no-store"
    assert (await refused(http, scope="agency:a", **live))[0] == 401
    assert (await refused(http, without_scope, scope="agency:a", **live))[0] == 403
    others = await refused(http, mine, scope="agency:b", **live)
    assert others == await refused(http, mine, scope="agency:none", **live)
    assert others[0] == 404
    assert (await refused(http, mine, scope="city", **live))[0] == 404


async def test_the_answer_is_described_from_what_is_sent(
    scoring: Counting, http: httpx.AsyncClient
) -> None:
    document = (await http.get("/openapi.json")).json()
    operation = document["paths"]["/v1/index"]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]

    assert set(schema["required"]) == set(await ask(http, "city", "2026"))
    assert {parameter["name"] for parameter in operation["parameters"]} == {
        "scope",
        "period",
        "series",
        "view",
        "weight_method",
    }
    assert "$ref" not in str(schema)


async def test_an_overview_lists_every_registered_unit_with_its_pooled_index(
    scoring: Counting, engine: AsyncEngine
) -> None:
    await scoring.register(
        agencies=["a", "b", "silent"], services=["a.x", "a.y", "b.x"], places=["mpp"]
    )
    await scoring.count(
        answer("a.x", PERFECT, place="mpp"),
        answer("a.x", PERFECT),
        answer("a.y", WORST, place="mpp"),
        answer("b.x", WORST),
    )
    year = period.parse("2026")

    async with engine.connect() as connection:
        agencies = await overview(connection, Kind.AGENCY, year)
        services = await overview(connection, Kind.SERVICE, year, scope.parse("agency:a"))
        at_place = await overview(connection, Kind.SERVICE, year, scope.parse("place:mpp"))
        places = await overview(connection, Kind.PLACE, year, scope.parse("service:a.x"))

    assert [(unit.code, unit.n, unit.index, unit.letter) for unit in agencies] == [
        ("a", 3, "75.00", "C"),
        ("b", 1, "25.00", "D"),
        ("silent", 0, None, None),
    ]
    assert [(unit.name, unit.n) for unit in services] == [("A.X", 2), ("A.Y", 1)]
    assert [(unit.code, unit.index) for unit in at_place] == [("a.x", "100.00"), ("a.y", "25.00")]
    assert [(unit.code, unit.n) for unit in places] == [("mpp", 1)]


async def test_a_profile_counts_what_respondents_told(
    scoring: Counting, engine: AsyncEngine
) -> None:
    await scoring.count(
        answer(respondent={"sex": "female", "age": 34, "education": "s1"}),
        answer(respondent={"sex": "female", "age_band": "over_65"}, series="open"),
        answer(),
    )

    async with engine.connect() as connection:
        all_of_them = await profile_of(connection, scope.CITY, period.parse("2026"))
        opened = await profile_of(connection, scope.CITY, period.parse("2026-09"), ["open"])

    assert all_of_them["sex"] == {"female": 2, "male": 0}
    assert (all_of_them["age"]["26_35"], all_of_them["age"]["over_65"]) == (1, 1)
    assert sum(all_of_them["education"].values()) == 1
    assert (opened["sex"]["female"], opened["age"]["26_35"]) == (1, 0)
