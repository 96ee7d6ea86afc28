"""`/v1/keys` of the running platform: made once, seen and revoked by whoever may, hash only."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import httpx
import msgspec

from shared.auth import SCOPES
from shared.contracts.registry import KEY_REVOKED
from tests.events import answer
from tests.running import Rancak, bearer
from tests.waiting import wait_until

EVERYTHING = sorted(SCOPES - {"admin", "log:read"})
PLATFORM_SCOPES = ("log:read", "index:live", "subscriptions:write", "alerts:read")
ADMIN_FAULT = ("/scopes/1", "platform_only")


async def issue(
    rancak: Rancak, by: str, agency: str | None, *scopes: str, **more: Any
) -> httpx.Response:
    """Ask for a key."""
    body = {"agency": agency, "scopes": scopes, **more}
    return await rancak.http.post(rancak.urls["intake"] + "/v1/keys", json=body, headers=bearer(by))


async def issued(
    rancak: Rancak, by: str, agency: str | None, *scopes: str, **more: Any
) -> dict[str, str]:
    """Id and key of a new key."""
    made = await issue(rancak, by, agency, *scopes, **more)
    assert made.status_code == 201, made.text
    return dict(made.json())


async def revoke(rancak: Rancak, by: str, key_id: str) -> httpx.Response:
    """Ask for a key to be revoked."""
    return await rancak.http.delete(f"{rancak.urls['intake']}/v1/keys/{key_id}", headers=bearer(by))


async def listed(rancak: Rancak, by: str, **query: Any) -> dict[str, Any]:
    """A page of keys."""
    found = await rancak.http.get(
        rancak.urls["intake"] + "/v1/keys", params=query, headers=bearer(by)
    )
    assert found.status_code == 200, found.text
    return dict(found.json())


async def ids_seen(rancak: Rancak, by: str, limit: int = 1000) -> list[str]:
    """The ids on all pages."""
    ids, cursor = [], "0"
    while cursor is not None:
        page = await listed(rancak, by, limit=limit, cursor=cursor)
        assert len(page["items"]) <= limit
        ids += [item["id"] for item in page["items"]]
        cursor = page["next"]
    return ids


async def stored(rancak: Rancak, service: str, key_id: str) -> Mapping[str, Any]:
    """A key's row in a service's schema."""
    rows = await rows_of(rancak, service, f"SELECT * FROM api_key WHERE id = '{key_id}'")
    return rows[0]


async def rows_of(rancak: Rancak, service: str, query: str) -> Sequence[Mapping[str, Any]]:
    """What a service's own role reads."""
    connection = await asyncpg.connect(rancak.database_urls[service])
    try:
        return list(await connection.fetch(query))
    finally:
        await connection.close()


async def registry_events(rancak: Rancak) -> list[Mapping[str, Any]]:
    """Every event of the topic `registry`."""
    found = await rancak.http.get(
        rancak.urls["intake"] + "/v1/log/registry",
        params={"limit": 1000},
        headers=bearer(rancak.admin_key),
    )
    return [msgspec.json.decode(line) for line in found.text.splitlines()]


def refusal(answered: httpx.Response) -> tuple[int, str]:
    """Status and code."""
    return answered.status_code, answered.json()["code"]


def without_request(answered: httpx.Response) -> dict[str, Any]:
    """A problem, but for the id that every request has."""
    return {name: value for name, value in answered.json().items() if name != "request_id"}


async def test_a_key_is_shown_once_and_only_its_hash_is_stored(rancak: Rancak) -> None:
    await rancak.register("dinkes")

    made = await issue(
        rancak,
        rancak.admin_key,
        "dinkes",
        "subscriptions:write",
        "events:write",
        "subscriptions:write",
    )

    assert made.status_code == 201
    assert sorted(made.json()) == ["id", "key"]
    assert made.headers["cache-control"] == "no-store"
    kind, mode, key_id, secret, _ = made.json()["key"].split("_")
    assert (kind, mode, key_id, len(secret)) == ("rk", "live", made.json()["id"], 64)
    page = await listed(rancak, rancak.admin_key)
    expected = {"id": key_id, "agency": "dinkes", "mode": "live"}
    assert page["items"][-1] == {**expected, "scopes": ["events:write", "subscriptions:write"]}
    row = await stored(rancak, "intake", key_id)
    assert row["secret_hash"] == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in str(await registry_events(rancak))
    assert await places_of(rancak, secret) == []


async def places_of(rancak: Rancak, secret: str) -> list[str]:
    """The tables of any service in which a text stands."""
    found = []
    for service in ("intake", "scoring", "notify"):
        tables = await rows_of(
            rancak,
            service,
            "SELECT quote_ident(table_name) AS name FROM information_schema.tables"
            " WHERE table_schema = current_schema()",
        )
        assert tables
        for table in tables:
            query = (
                f"SELECT 1 FROM {table['name']} AS one WHERE one::text LIKE '%{secret}%' LIMIT 1"
            )
            if await rows_of(rancak, service, query):
                found.append(f"{service}.{table['name']}")
    return found


async def test_keys_are_listed_page_by_page_without_gaps(rancak: Rancak) -> None:
    own = await rancak.register("dinkes")
    await rancak.register("dukcapil")
    made = [(await issued(rancak, own, "dinkes", "subscriptions:write"))["id"] for _ in range(4)]

    seen = await ids_seen(rancak, own, limit=2)
    all_seen = await ids_seen(rancak, rancak.admin_key, limit=1)

    assert seen[1:] == made, "oldest first, after the agency's own"
    assert len(all_seen) == len(set(all_seen)) == 7
    assert set(seen) < set(all_seen)
    assert (await listed(rancak, own, limit=5))["next"] is None
    for query in ({"limit": 0}, {"limit": 1001}, {"cursor": "x"}, {"cursor": "9" * 19}):
        found = await rancak.http.get(
            rancak.urls["intake"] + "/v1/keys", params=query, headers=bearer(own)
        )
        assert found.status_code == 422
        assert found.json()["errors"][0]["pointer"] == f"/query/{next(iter(query))}"


async def test_an_agency_makes_keys_for_itself_only_and_never_more_than_it_has(
    rancak: Rancak,
) -> None:
    own = await rancak.register("dinkes")
    await rancak.register("dukcapil")
    few = (await issued(rancak, own, "dinkes", "keys:write", "subscriptions:write"))["key"]
    none = (await issued(rancak, own, "dinkes", "subscriptions:write"))["key"]

    foreign = await issue(rancak, own, "dukcapil", "subscriptions:write")
    unknown = await issue(rancak, own, "nowhere", "subscriptions:write")
    unregistered = await issue(rancak, rancak.admin_key, "nowhere", "subscriptions:write")

    assert refusal(foreign) == (404, "unknown_agency")
    assert without_request(foreign) == without_request(unknown) == without_request(unregistered)
    assert refusal(await issue(rancak, own, None, "subscriptions:write")) == (404, "unknown_agency")
    assert refusal(await issue(rancak, few, "dinkes", "events:write")) == (403, "forbidden")
    assert (
        refusal(await issue(rancak, few, "dinkes", "subscriptions:write", "index:live"))[0] == 403
    )
    assert refusal(await issue(rancak, none, "dinkes", "subscriptions:write")) == (403, "forbidden")
    assert refusal(await issue(rancak, "no-key", "dinkes", "subscriptions:write")) == (
        401,
        "unauthorised",
    )
    assert (
        await issue(rancak, few, "dinkes", "keys:write", "subscriptions:write")
    ).status_code == 201


WRONG: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"scopes": ["subscriptions:write", "kenari"]}, [("/scopes/1", "unknown_scope")]),
    ({"scopes": ["x", "admin"]}, [("/scopes/0", "unknown_scope"), ADMIN_FAULT]),
    ({"scopes": ["index:live", "log:read"]}, [("/scopes/1", "platform_only")]),
    ({"agency": None, "scopes": ["log:read", "events:write"]}, [("/scopes/1", "needs_agency")]),
    ({"agency": None, "scopes": ["keys:write"]}, [("/scopes/0", "needs_agency")]),
    ({"scopes": []}, [("/scopes", "invalid_length")]),
    ({"scopes": ["subscriptions:write"] * 21}, [("/scopes", "invalid_length")]),
    ({"scopes": ["x" * 41]}, [("/scopes/0", "invalid_length")]),
    ({"scopes": "subscriptions:write"}, [("/scopes", "wrong_type")]),
    ({"scopes": [7]}, [("/scopes/0", "wrong_type")]),
    ({"agency": "DINKES\n"}, [("/agency", "invalid_format")]),
    ({"mode": "kenari"}, [("/mode", "not_allowed")]),
    ({"kenari": 1}, [("", "unknown_field")]),
]


async def test_wrong_requests_are_named_by_pointer_and_make_no_key(rancak: Rancak) -> None:
    own = await rancak.register("dinkes")
    before = await ids_seen(rancak, rancak.admin_key)
    for change, errors in WRONG:
        body = {"agency": "dinkes", "scopes": ["subscriptions:write"], **change}
        for key in (rancak.admin_key, own):
            refused = await rancak.http.post(
                rancak.urls["intake"] + "/v1/keys", json=body, headers=bearer(key)
            )
            found = [(one["pointer"], one["code"]) for one in refused.json()["errors"]]
            assert (refused.status_code, found) == (422, errors), change
            assert "kenari" not in refused.text
    assert refusal(await issue_raw(rancak, b'{"scopes":["subscriptions:write"]}')) == (
        422,
        "invalid",
    )
    assert refusal(await issue_raw(rancak, b"{")) == (400, "not_parseable")
    assert refusal(await issue_raw(rancak, b" " * 70_000)) == (413, "too_large")
    assert refusal(await issue_raw(rancak, b"{}", "text/plain"))[0] == 415
    assert await ids_seen(rancak, rancak.admin_key) == before


async def issue_raw(rancak: Rancak, body: bytes, media: str = "application/json") -> httpx.Response:
    """Post bytes as the platform."""
    headers = {**bearer(rancak.admin_key), "Content-Type": media}
    return await rancak.http.post(rancak.urls["intake"] + "/v1/keys", content=body, headers=headers)


async def test_the_platform_alone_gives_the_platforms_rights(rancak: Rancak) -> None:
    own = await rancak.register("dinkes")

    second = (await issued(rancak, rancak.admin_key, None, "admin"))["key"]
    reader = (await issued(rancak, rancak.admin_key, None, *PLATFORM_SCOPES))["key"]

    assert (await issued(rancak, second, "dinkes", *EVERYTHING))["key"]
    assert refusal(await issue(rancak, own, None, "admin")) == (404, "unknown_agency")
    assert refusal(await issue(rancak, reader, None, "log:read")) == (403, "forbidden")
    for path in ("/v1/keys", "/v1/streams/published"):
        found = await rancak.http.get(rancak.urls["intake"] + path, headers=bearer(reader))
        assert found.status_code == 403, path


async def test_unknown_and_foreign_keys_look_the_same_and_stay_as_they_are(rancak: Rancak) -> None:
    own, other = await rancak.register("dinkes"), await rancak.register("dukcapil")
    foreign = (await ids_seen(rancak, other))[0]
    platforms = (await ids_seen(rancak, rancak.admin_key))[0]
    gone = (await issued(rancak, own, "dinkes", "subscriptions:write"))["id"]
    before = len(await registry_events(rancak))

    assert (await revoke(rancak, own, gone)).status_code == 204
    answers = [await revoke(rancak, own, one) for one in (foreign, platforms, gone, "0" * 16)]

    assert [refusal(one) for one in answers] == [(404, "unknown_key")] * 4
    assert len({str(without_request(one)) for one in answers}) == 1
    assert len(await registry_events(rancak)) == before + 1
    assert gone not in await ids_seen(rancak, own)
    assert foreign in await ids_seen(rancak, other)
    for odd in ("x" * 41, "a-b", "%00"):
        assert (await revoke(rancak, own, odd)).status_code in {404, 422}


async def test_a_sandbox_key_sees_makes_and_revokes_sandbox_keys_only(rancak: Rancak) -> None:
    own = await rancak.register("dinkes")
    live_ids = await ids_seen(rancak, own)
    sandbox = await issued(rancak, own, "dinkes", "keys:write", "subscriptions:write", mode="test")
    by = sandbox["key"]
    assert by.startswith("rk_test_")

    second = await issued(rancak, by, "dinkes", "subscriptions:write", mode="test")

    assert refusal(await issue(rancak, by, "dinkes", "subscriptions:write")) == (403, "forbidden")
    assert await ids_seen(rancak, by) == [sandbox["id"], second["id"]]
    assert await ids_seen(rancak, own) == [*live_ids, sandbox["id"], second["id"]]
    assert refusal(await revoke(rancak, by, live_ids[0])) == (404, "unknown_key")
    assert (await revoke(rancak, by, second["id"])).status_code == 204
    as_live = by.replace("rk_test_", "rk_live_")
    assert refusal(await issue(rancak, as_live, "dinkes", "subscriptions:write"))[0] == 401
    admins = await issued(rancak, rancak.admin_key, None, "admin", mode="test")
    assert set(await ids_seen(rancak, admins["key"])) == {sandbox["id"], admins["id"]}
    assert refusal(await revoke(rancak, admins["key"], live_ids[0])) == (404, "unknown_key")


async def elsewhere(rancak: Rancak, key: str) -> set[int]:
    """How scoring and notify answer a key."""
    live = {"scope": "agency:dpmptsp", "period": "2026", "view": "live"}
    figures = await rancak.http.get(
        rancak.urls["scoring"] + "/v1/index", params=live, headers=bearer(key)
    )
    mine = await rancak.http.get(rancak.urls["notify"] + "/v1/subscriptions", headers=bearer(key))
    return {figures.status_code, mine.status_code}


async def test_a_revoked_key_fails_at_once_here_and_within_moments_elsewhere(
    rancak: Rancak,
) -> None:
    key = await rancak.register("dpmptsp")
    key_id = key.split("_")[2]

    async def is_known() -> bool:
        return await elsewhere(rancak, key) == {200}

    async def is_refused() -> bool:
        return await elsewhere(rancak, key) == {401}

    await wait_until(is_known, "the key to be known on scoring and notify")
    assert (await rancak.post(answer(), key=key)).status_code == 202

    assert (await revoke(rancak, key, key_id)).status_code == 204

    assert (await rancak.post(answer(), key=key)).status_code == 401
    assert refusal(await issue(rancak, key, "dpmptsp", "subscriptions:write")) == (
        401,
        "unauthorised",
    )
    await wait_until(is_refused, "the key to be refused on scoring and notify", timeout=5)
    for name in ("intake", "scoring", "notify"):
        assert (await stored(rancak, name, key_id))["revoked"] is True


async def test_revocations_at_once_make_one_event(rancak: Rancak) -> None:
    own = await rancak.register("dinkes")
    key_id = (await issued(rancak, own, "dinkes", "subscriptions:write"))["id"]

    answers = await asyncio.gather(*(revoke(rancak, own, key_id) for _ in range(6)))

    assert sorted(one.status_code for one in answers) == [204, *[404] * 5]
    revoked = [one for one in await registry_events(rancak) if one["type"] == KEY_REVOKED]
    assert [one["data"] for one in revoked] == [{"id": key_id}]
    assert revoked[0]["correlationid"] in {one.headers["x-request-id"] for one in answers}
