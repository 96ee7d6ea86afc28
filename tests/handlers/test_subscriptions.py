"""`/v1/subscriptions` on a real database: the contract's shape, refusals, and who sees whose."""

import base64
from collections.abc import AsyncIterator

import httpx
import pytest
from openapi_spec_validator import validate
from sqlalchemy import text

from services.notify.store import tenancy
from services.notify.usecases.subscribe import MOST_SUBSCRIPTIONS
from shared.contracts.figures import INDEX_CHANGED
from tests.notifying import Notifying, attempt_log, changed, notifying, subscribe
from tests.servers import TestServers

PATH = "/v1/subscriptions"
URL = "http://127.0.0.1:9/hook?token=very-secret-token"
WISH = {"channel": "webhook", "url": URL, "types": [INDEX_CHANGED], "scope": None}
NOBODY = "sub_" + "0" * 24
NO_DELIVERY = "0" * 32


@pytest.fixture
async def notify(servers: TestServers, database: str) -> AsyncIterator[Notifying]:
    made = notifying(servers.url("notify", database))
    yield made
    await made.close()


@pytest.fixture
async def http(notify: Notifying) -> AsyncIterator[httpx.AsyncClient]:
    key = await notify.key("dpmptsp", "subscriptions:write")
    async with notify.http(key) as client:
        yield client


async def test_a_subscription_has_the_shape_of_the_contract(http: httpx.AsyncClient) -> None:
    made = await http.post(PATH, json={**WISH, "scope": "agency:dpmptsp"})

    assert made.status_code == 201
    body = made.json()
    assert body["state"] == "active"
    assert made.headers["location"] == f"{PATH}/{body['id']}"
    prefix, _, secret = body["secret"].partition("_")
    assert prefix == "whsec"
    assert len(base64.b64decode(secret)) == 32

    read = (await http.get(f"{PATH}/{body['id']}")).json()
    del body["secret"]
    assert read == body
    assert read["scope"] == "agency:dpmptsp"
    assert read["url"] == URL


async def test_the_secret_is_shown_once_and_is_another_each_time(http: httpx.AsyncClient) -> None:
    first, second = await subscribe(http, URL), await subscribe(http, URL)

    assert first["secret"] != second["secret"]
    assert "secret" not in (await http.get(f"{PATH}/{first['id']}")).json()


async def test_neither_secret_nor_url_stands_in_the_database(
    http: httpx.AsyncClient, notify: Notifying
) -> None:
    made = await subscribe(http, URL)

    async with notify.engine.begin() as connection:
        await tenancy.enter_all(connection)
        [row] = (await connection.execute(text("SELECT * FROM subscription"))).mappings().all()
    stored = b"".join(
        value if isinstance(value, bytes) else str(value).encode() for value in row.values()
    )
    secret = made["secret"].removeprefix("whsec_")
    for canary in (b"very-secret-token", secret.encode(), base64.b64decode(secret)):
        assert canary not in stored


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"channel": "email"}, "/channel", "not_allowed"),
        ({"channel": None}, "/channel", "wrong_type"),
        ({"url": "https://user@example.com/"}, "/url", "userinfo_refused"),
        ({"url": "gopher://example.com/"}, "/url", "https_required"),
        ({"url": "https://example.com/#x"}, "/url", "invalid_format"),
        ({"url": "https://example.com/\u0000"}, "/url", "invalid_format"),
        ({"url": "https://example.com/" + "a" * 2_000}, "/url", "invalid_length"),
        ({"url": ""}, "/url", "invalid_length"),
        ({"url": 7}, "/url", "wrong_type"),
        ({"types": []}, "/types", "invalid_length"),
        ({"types": [INDEX_CHANGED, "id.rancak.no.such.v1"]}, "/types/1", "not_allowed"),
        ({"types": ["id.rancak.key.issued.v1"]}, "/types/0", "not_allowed"),
        ({"types": [INDEX_CHANGED] * 51}, "/types", "invalid_length"),
        ({"types": INDEX_CHANGED}, "/types", "wrong_type"),
        ({"types": [4]}, "/types/0", "wrong_type"),
        ({"scope": "province:jawa"}, "/scope", "invalid_format"),
        ({"scope": "agency:rsud"}, "/scope", "not_allowed"),
        ({"scope": "service:rsud.igd"}, "/scope", "not_allowed"),
        ({"scope": ["city"]}, "/scope", "wrong_type"),
        ({"tenant": "rsud"}, "", "unknown_field"),
        ({"secret": "whsec_AAAA"}, "", "unknown_field"),
    ],
)
async def test_a_wrong_wish_is_refused_with_its_place_and_nothing_is_stored(
    http: httpx.AsyncClient, change: dict[str, object], pointer: str, code: str
) -> None:
    answer = await http.post(PATH, json=WISH | change)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    [error] = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert error["code"] == code
    for value in change.values():
        assert len(str(value)) < 4 or str(value) not in answer.text
    assert (await http.get(PATH)).json() == {"items": [], "next": None}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 10_000, b'{"url": NaN}', b'"\\ud800"']
)
async def test_a_body_that_is_no_wish_is_refused(http: httpx.AsyncClient, body: bytes) -> None:
    answer = await http.post(PATH, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_that_is_too_long_or_no_plain_json_is_refused(http: httpx.AsyncClient) -> None:
    for content, headers, code in (
        (b" " * 70_000, {"Content-Type": "application/json"}, 413),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {"Content-Type": "application/json", "Content-Encoding": "gzip"}, 415),
    ):
        assert (await http.post(PATH, content=content, headers=headers)).status_code == code


async def test_lists_are_paged_in_order_of_creation(http: httpx.AsyncClient) -> None:
    made = [(await subscribe(http, URL))["id"] for _ in range(5)]

    found: list[str] = []
    cursor = None
    while True:
        page = (
            await http.get(PATH, params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        ).json()
        found += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break

    assert found == made


@pytest.mark.parametrize("limit", ["0", "101", "x", "-1"])
async def test_a_limit_outside_the_range_is_refused(http: httpx.AsyncClient, limit: str) -> None:
    assert (await http.get(PATH, params={"limit": limit})).status_code == 422


async def test_pausing_and_resuming_can_be_repeated(http: httpx.AsyncClient) -> None:
    made = await subscribe(http, URL)
    for state in ("paused", "paused", "active", "active"):
        answer = await http.patch(f"{PATH}/{made['id']}", json={"state": state})
        assert (answer.status_code, answer.json()["state"]) == (200, state)

    assert (await http.patch(f"{PATH}/{made['id']}", json={"state": "disabled"})).status_code == 422
    assert (
        await http.patch(f"{PATH}/{made['id']}", json={"url": "https://example.com/"})
    ).status_code == 422


async def test_what_is_not_active_sends_no_test(http: httpx.AsyncClient) -> None:
    made = await subscribe(http, URL)
    await http.patch(f"{PATH}/{made['id']}", json={"state": "paused"})

    answer = await http.post(f"{PATH}/{made['id']}/test")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_active")


async def test_the_attempt_log_is_paged_newest_first(
    http: httpx.AsyncClient, notify: Notifying
) -> None:
    made = await subscribe(http, URL)
    await notify.publish(*(changed(n=n) for n in range(5)))

    path = f"{PATH}/{made['id']}/deliveries"
    first = (await http.get(path, params={"limit": 3})).json()
    second = (await http.get(path, params={"limit": 3, "cursor": first["next"]})).json()

    sequences = [item["sequence"] for item in first["items"] + second["items"]]
    assert sequences == [5, 4, 3, 2, 1]
    assert second["next"] is None


def operations(subscription: str, delivery: str) -> list[tuple[str, str, object]]:
    one = f"{PATH}/{subscription}"
    return [
        ("GET", one, None),
        ("PATCH", one, {"state": "paused"}),
        ("DELETE", one, None),
        ("GET", f"{one}/deliveries", None),
        ("POST", f"{one}/deliveries/{delivery}/replay", None),
        ("POST", f"{one}/test", None),
    ]


async def test_the_things_of_another_tenant_look_like_none_at_all(
    http: httpx.AsyncClient, notify: Notifying
) -> None:
    made = await subscribe(http, URL)
    await notify.publish(changed("dpmptsp.nib"))
    [delivery] = await attempt_log(http, made["id"])
    strangers = [
        await notify.key("rsud", "subscriptions:write"),
        await notify.key(None, "subscriptions:write"),
        await notify.key(None, "admin"),
    ]

    for key in strangers:
        async with notify.http(key) as other:
            foreign = operations(made["id"], str(delivery["id"]))
            unknown = operations(NOBODY, NO_DELIVERY)
            for theirs, none in zip(foreign, unknown, strict=True):
                answers = [
                    await other.request(method, path, json=body)
                    for method, path, body in (theirs, none)
                ]
                assert [answer.status_code for answer in answers] == [404, 404], theirs
                shown = [{**answer.json(), "request_id": ""} for answer in answers]
                assert shown[0] == shown[1]
            assert (await other.get(PATH)).json()["items"] == []
            listed = await other.get(PATH, params={"cursor": made["id"]})
            assert listed.json()["items"] == []

    assert (await http.get(f"{PATH}/{made['id']}")).json()["state"] == "active"
    assert len(await attempt_log(http, made["id"])) == 1


async def test_a_delivery_of_another_subscription_cannot_be_replayed(
    http: httpx.AsyncClient, notify: Notifying
) -> None:
    first, second = await subscribe(http, URL), await subscribe(http, URL)
    await notify.publish(changed())
    [delivery] = await attempt_log(http, first["id"])

    answer = await http.post(f"{PATH}/{second['id']}/deliveries/{delivery['id']}/replay")

    assert answer.status_code == 404


async def test_every_operation_needs_a_key_with_the_scope(
    http: httpx.AsyncClient, notify: Notifying
) -> None:
    made = await subscribe(http, URL)
    weak = await notify.key("dpmptsp", "events:write", "alerts:read")
    revoked = await notify.key("dpmptsp", "subscriptions:write")
    await notify.revoke(revoked)

    for key, code in ((None, 401), (revoked, 401), ("rk_live_x_y_z", 401), (weak, 403)):
        async with notify.http(key) as other:
            asked = [("POST", PATH, WISH), ("GET", PATH, None)]
            for method, path, body in asked + operations(made["id"], NO_DELIVERY):
                answer = await other.request(method, path, json=body)
                assert answer.status_code == code, (method, path)


async def test_an_id_that_cannot_be_one_is_unknown(http: httpx.AsyncClient) -> None:
    made = await subscribe(http, URL)
    for name in ("x", "sub_1", "sub_" + "g" * 24, NOBODY + "%0A", "%00", "%F0%9F%98%80"):
        assert (await http.get(f"{PATH}/{name}")).status_code == 404
        replay = f"{PATH}/{made['id']}/deliveries/{name}/replay"
        assert (await http.post(replay)).status_code == 404


async def test_a_cursor_that_cannot_be_one_is_refused(http: httpx.AsyncClient) -> None:
    made = await subscribe(http, URL)
    for path in (PATH, f"{PATH}/{made['id']}/deliveries"):
        for cursor in ("x", "%00", "1", "sub_"):
            assert (await http.get(f"{path}?cursor={cursor}")).status_code == 422


async def test_a_url_sealed_with_another_key_is_not_shown_and_harms_nothing(
    http: httpx.AsyncClient, notify: Notifying
) -> None:
    made = await subscribe(http, URL)
    async with notify.engine.begin() as connection:
        await tenancy.enter_all(connection)
        await connection.execute(text("UPDATE subscription SET sealed_url = sealed_secret"))

    assert (await http.get(f"{PATH}/{made['id']}")).json()["url"] is None
    assert len((await http.get(PATH)).json()["items"]) == 1


def test_the_openapi_document_is_valid(notify: Notifying) -> None:
    validate(notify.app.openapi())


async def test_a_tenant_has_so_many_subscriptions_and_no_more(
    http: httpx.AsyncClient, notify: Notifying
) -> None:
    made = await subscribe(http, URL)
    async with notify.engine.begin() as connection:
        await tenancy.enter_all(connection)
        await connection.execute(
            text("""
                INSERT INTO subscription (tenant, id, channel, types, watches, endpoint, host,
                    sealed_url, sealed_secret, state, created_at)
                SELECT tenant, id || number, channel, types, watches, endpoint, host,
                    sealed_url, sealed_secret, state, created_at
                FROM subscription, generate_series(2, :most) AS number
            """),
            {"most": MOST_SUBSCRIPTIONS},
        )

    answer = await http.post(PATH, json=WISH)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_subscriptions")

    await http.delete(f"{PATH}/{made['id']}")
    assert (await http.post(PATH, json=WISH)).status_code == 201
