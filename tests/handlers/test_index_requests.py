"""Who may ask `GET /v1/index` for what, and what a faulty question is answered."""

import httpx
import pytest

from tests.handlers.counting import Counting, answer, ask


async def refused(
    http: httpx.AsyncClient, key: str | None = None, **asked: str
) -> tuple[int, object]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    found = await http.get("/v1/index", params=asked, headers=headers)
    assert found.headers["content-type"] == "application/problem+json"
    body = found.json()
    return found.status_code, body.get("errors") or body["code"]


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
        "population",
    }
    assert "$ref" not in str(schema)
