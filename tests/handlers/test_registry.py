"""Agencies, places and services: registered once, read by everyone, refused by name."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import httpx
import msgspec

from tests.running import Rancak, bearer

AGENCY = {"name": "Dinas Kesehatan", "kind": "dinas"}
PLACE = {"name": "Mal Pelayanan Publik", "kind": "mpp"}
SERVICE = {"name": "Izin Praktik"}
INVISIBLE = "\u00ad\u200b\u2060\ue000\u3164\u2800\ufe0f\U000e0061\u00a0"
FORBIDDEN = f"\x00\x07\n\x7f\x85\u202e\u2066\u200f\ufeff\uffff{INVISIBLE}"


async def put(
    rancak: Rancak, path: str, body: Mapping[str, Any], key: str | None = None
) -> httpx.Response:
    """Register something; by the platform unless a key is given."""
    return await rancak.http.put(
        f"{rancak.urls['intake']}/v1/{path}", json=body, headers=bearer(key or rancak.admin_key)
    )


async def get(rancak: Rancak, path: str, **query: Any) -> httpx.Response:
    """Read something, without a key."""
    return await rancak.http.get(f"{rancak.urls['intake']}/v1/{path}", params=query)


async def head(rancak: Rancak) -> int:
    """How many events the registry has."""
    found = await rancak.http.get(
        rancak.urls["intake"] + "/v1/log", headers=bearer(rancak.admin_key)
    )
    heads = {stream["name"]: stream["head"] for stream in found.json()["streams"]}
    return int(heads["registry"])


async def events(rancak: Rancak) -> list[tuple[str, Any]]:
    """Type and data of every registry event."""
    found = await rancak.http.get(
        rancak.urls["intake"] + "/v1/log/registry",
        params={"limit": 1000},
        headers=bearer(rancak.admin_key),
    )
    lines = [msgspec.json.decode(line) for line in found.text.splitlines()]
    return [(one["type"].removeprefix("id.rancak."), one["data"]) for one in lines]


async def test_what_is_registered_is_answered_read_and_announced(rancak: Rancak) -> None:
    dates = {"valid_from": "2026-01-01", "valid_until": "2026-12-31", "successor": "dinkes.sip-2"}
    cases: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("agencies/dinkes", AGENCY, {"timezone": None}),
        ("places/mpp", {**PLACE, "timezone": "Asia/Makassar"}, {}),
        ("services/dinkes.sip", {**SERVICE, **dates}, {"agency": "dinkes"}),
    ]
    for path, body, more in cases:
        expected = {"code": path.partition("/")[2], **body, **more, "example": False}

        written, read = await put(rancak, path, body), await get(rancak, path)

        assert (written.status_code, read.status_code) == (200, 200), written.text
        assert written.json() == read.json() == expected
    announced = (await events(rancak))[-3:]
    assert announced == [
        ("agency.registered.v1", {"code": "dinkes", **AGENCY}),
        ("place.registered.v1", {"code": "mpp", **PLACE, "timezone": "Asia/Makassar"}),
        ("service.registered.v1", {"code": "dinkes.sip", **SERVICE, **dates}),
    ]


async def test_the_same_again_makes_no_event_and_a_change_makes_one(rancak: Rancak) -> None:
    await put(rancak, "agencies/dinkes", AGENCY)
    await put(rancak, "services/dinkes.sip", {**SERVICE, "valid_from": "2026-01-01"})
    before = await head(rancak)

    for _ in range(2):
        await put(rancak, "agencies/dinkes", {**AGENCY, "timezone": None})
        await put(rancak, "services/dinkes.sip", {**SERVICE, "valid_from": "2026-01-01"})
    at_once = [put(rancak, "places/mpp", PLACE) for _ in range(6)]
    answers = await asyncio.gather(*at_once)
    same = await head(rancak)
    changed = await put(rancak, "services/dinkes.sip", SERVICE)

    assert {one.status_code for one in answers} == {200}
    assert same == before + 1
    assert changed.json()["valid_from"] is None, "PUT says all of it"
    assert await head(rancak) == before + 2


async def test_an_agency_writes_its_own_services_and_nothing_else(rancak: Rancak) -> None:
    own = await rancak.register("dinkes", "sip")
    await rancak.register("dukcapil", "ktp")
    before = await head(rancak)

    foreign = await put(rancak, "services/dukcapil.ktp", SERVICE, own)
    unknown = await put(rancak, "services/nowhere.ktp", SERVICE, own)
    unregistered = await put(rancak, "services/nowhere.ktp", SERVICE)

    for refused in (foreign, unknown, unregistered):
        assert (refused.status_code, refused.json()["code"]) == (404, "unknown_agency")
    for path, body in (("agencies/dinkes", AGENCY), ("places/mpp", PLACE), ("places/x", PLACE)):
        assert (await put(rancak, path, body, own)).status_code == 403
    assert (await put(rancak, "services/dinkes.sip", SERVICE, "no-key")).status_code == 401
    reader = await key_for(rancak, "alerts:read")
    assert (await put(rancak, "services/dinkes.sip", SERVICE, reader)).status_code == 403
    assert await head(rancak) == before + 1, "only the key was new"
    assert (await put(rancak, "services/dinkes.sik", SERVICE, own)).json()["agency"] == "dinkes"
    assert (await get(rancak, "services/dukcapil.ktp")).json()["name"] == "Layanan ktp"


async def key_for(rancak: Rancak, scope: str, mode: str = "live") -> str:
    """A key of dinkes with one scope."""
    made = await rancak.http.post(
        rancak.urls["intake"] + "/v1/keys",
        json={"agency": "dinkes", "scopes": [scope], "mode": mode},
        headers=bearer(rancak.admin_key),
    )
    return str(made.json()["key"])


async def test_a_sandbox_key_only_checks(rancak: Rancak) -> None:
    await rancak.register("dinkes", "sip")
    sandbox = await key_for(rancak, "registry:write", "test")
    before = await head(rancak)

    tried = await put(rancak, "services/dinkes.baru", SERVICE, sandbox)
    wrong = await put(rancak, "services/dinkes.baru", {"name": "\u202e"}, sandbox)

    assert tried.json()["code"] == "dinkes.baru"
    assert wrong.status_code == 422
    assert (await get(rancak, "services/dinkes.baru")).status_code == 404
    assert await head(rancak) == before


async def test_lists_are_public_and_have_neither_gaps_nor_repeats(rancak: Rancak) -> None:
    codes = ["a", "a-", "a-1", "a1", "a1-", "-a", "-", "0", "9z", "aa", "z"]
    for code in codes:
        await put(rancak, f"agencies/{code}", AGENCY)
        await put(rancak, f"places/{code}", PLACE)
        await put(rancak, f"services/{code}.{code}", SERVICE)
    for kind in ("agencies", "places", "services"):
        for limit in (1, 2, 3, len(codes) - 1, len(codes), 1000):
            seen, cursor, pages = [], "", 0
            while cursor is not None:
                page = (await get(rancak, kind, limit=limit, cursor=cursor)).json()
                assert 1 <= len(page["items"]) <= limit
                seen += [item["code"] for item in page["items"]]
                cursor, pages = page["next"], pages + 1
            double = [f"{code}.{code}" for code in codes]
            assert sorted(seen) == sorted(double if kind == "services" else codes)
            assert pages == -(-len(codes) // limit)
    assert (await get(rancak, "agencies")).json()["items"][0].keys() == {
        "code",
        "example",
        "kind",
        "name",
        "timezone",
    }


async def test_wrong_paths_and_queries_are_refused(rancak: Rancak) -> None:
    for query in ({"limit": 0}, {"limit": 1001}, {"limit": "x"}, {"cursor": "A"}):
        refused = await get(rancak, "agencies", **query)
        pointer = f"/query/{next(iter(query))}"
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
    assert (await get(rancak, "agencies", cursor="zzz")).json() == {"items": [], "next": None}
    for code in ("DINKES", "a" * 41, "a.b", "%00", "a%0a", "\u0131"):
        for answered in (
            await get(rancak, f"agencies/{code}"),
            await put(rancak, f"agencies/{code}", AGENCY),
        ):
            assert answered.status_code == 422, code
            assert answered.json()["errors"] == [
                {"pointer": "/path/code", "code": "invalid_format"}
            ]
    for code in ("dinkes", "a.b.c", ".b", "a.", f"a.{'b' * 41}"):
        assert (await put(rancak, f"services/{code}", SERVICE)).status_code == 422, code
    for path in ("agencies/nowhere", "places/nowhere", "services/no.where"):
        missing = await get(rancak, path)
        assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


class Bad(NamedTuple):
    """An entry, and where and why it is refused."""

    path: str
    body: dict[str, Any]
    pointer: str
    code: str


def bad_names() -> Iterator[Bad]:
    for path, body in (
        ("agencies/dinkes", AGENCY),
        ("places/mpp", PLACE),
        ("services/dinkes.sip", SERVICE),
    ):
        for character in FORBIDDEN:
            named = {**body, "name": f"Kena{character}ri"}
            yield Bad(path, named, "/name", "forbidden_character")
        for name in (" Kenari", "Kenari ", "Ke  nari", "!?", "---"):
            yield Bad(path, {**body, "name": name}, "/name", "invalid_format")
        for name in ("", "x" * 201):
            yield Bad(path, {**body, "name": name}, "/name", "invalid_length")
        yield Bad(path, {**body, "name": "Kenarie\u0301"}, "/name", "not_nfc")
        yield Bad(path, {**body, "name": None}, "/name", "wrong_type")
        yield Bad(path, {**body, "kenari": "x"}, "", "unknown_field")
        yield Bad(path, {**body, "code": "kenari"}, "", "unknown_field")
        lacking = {name: value for name, value in body.items() if name != "name"}
        yield Bad(path, lacking, "/name", "missing_field")


def bad_members() -> Iterator[Bad]:
    for path, body in (("agencies/dinkes", AGENCY), ("places/mpp", PLACE)):
        zones = ["Kenari", "asia/jakarta", "localtime", "Factory", "../etc/passwd", "WIB", "+07:00"]
        for zone in (*zones, "Asia/Jakarta\n", "Asia/Jakarta\0", "/Asia/Jakarta"):
            yield Bad(path, {**body, "timezone": zone}, "/timezone", "unknown_timezone")
        yield Bad(path, {**body, "timezone": "x" * 65}, "/timezone", "invalid_length")
        yield Bad(path, {**body, "kind": "kenari"}, "/kind", "not_allowed")
    yield Bad("agencies/dinkes", {**AGENCY, "kind": "mpp"}, "/kind", "not_allowed")
    path = "services/dinkes.sip"
    ends = {**SERVICE, "valid_from": "2026-01-02", "valid_until": "2026-01-01"}
    yield Bad(path, ends, "/valid_until", "ends_before_it_begins")
    for day in ("kenari", "2026-02-30", "2026-1-1", "01/01/2026", "2026-01-01T00:00:00", ""):
        yield Bad(path, {**SERVICE, "valid_from": day}, "/valid_from", "invalid_time")
    yield Bad(path, {**SERVICE, "valid_until": 20260101}, "/valid_until", "wrong_type")
    yield Bad(path, {**SERVICE, "successor": "dinkes.sip"}, "/successor", "not_allowed")
    for code in ("sip", "dinkes.SIP", "a.b.c", "dinkes.sip2\n"):
        yield Bad(path, {**SERVICE, "successor": code}, "/successor", "invalid_format")
    yield Bad(path, {**SERVICE, "kind": "dinas"}, "", "unknown_field")


async def test_a_bad_entry_is_named_by_pointer_and_leaves_no_trace(rancak: Rancak) -> None:
    await rancak.register("dinkes", "sip")
    before = await head(rancak)

    for bad in (*bad_names(), *bad_members()):
        refused = await put(rancak, bad.path, bad.body)

        assert refused.status_code == 422, bad
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["errors"] == [{"pointer": bad.pointer, "code": bad.code}], bad
        assert "kenari" not in refused.text.lower(), bad
    assert await head(rancak) == before


async def test_all_faults_of_an_entry_are_told_at_once(rancak: Rancak) -> None:
    refused = await put(rancak, "agencies/dinkes", {**AGENCY, "name": "\u200b", "timezone": "x"})

    assert refused.json()["errors"] == [
        {"pointer": "/name", "code": "forbidden_character"},
        {"pointer": "/timezone", "code": "unknown_timezone"},
    ]


async def test_bodies_that_are_no_plain_json_are_refused(rancak: Rancak) -> None:
    good = b'{"name":"Dinas","kind":"dinas"}'
    plain = {"Content-Type": "application/json"}
    cases = [
        (b"{", plain, 400),
        (b"", plain, 400),
        (b'{"name":"\xff","kind":"dinas"}', plain, 400),
        (b'{"name":"\\ud800","kind":"dinas"}', plain, 400),
        (b"[" * 60_000, plain, 422),
        (b"[]", plain, 422),
        (b"null", plain, 422),
        (good + b" " * 65_536, plain, 413),
        (good, {"Content-Type": "text/plain"}, 415),
        (good, {}, 415),
        (good, {**plain, "Content-Encoding": "gzip"}, 415),
        (good, {"Content-Type": "application/json; charset=utf-8"}, 200),
    ]
    for body, headers, status in cases:
        answered = await rancak.http.put(
            rancak.urls["intake"] + "/v1/agencies/dinkes",
            content=body,
            headers={**bearer(rancak.admin_key), **headers},
        )
        assert answered.status_code == status, (body[:40], headers, answered.text)
