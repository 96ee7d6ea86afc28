"""P20 at `POST /v1/events`: what is wrong is said exactly, nothing is stored, nothing echoed."""

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest

from shared.auth import new_key
from tests.events import SUBMITTED, answer, batch, told
from tests.running import SERVICE_KEY, Rancak, bearer

CANARY = "kenari-5f2a"
HOLE = "a hole for raw JSON"
STRUCTURED = {"Content-Type": "application/cloudevents+json"}
BATCH = {"Content-Type": "application/cloudevents-batch+json"}
NDJSON = {"Content-Type": "application/x-ndjson"}
TIME = "/data/answers/time"
DEEP = 10_000


class Bad(NamedTuple):
    """A body, and how it is refused; no pointer: the problem lists no errors."""

    name: str
    body: bytes
    pointer: str | None
    code: str
    status: int = 422


def raw(place: str = "", literal: str = "") -> bytes:
    """A good event, canaries in its id and comment, with raw JSON text at a place in it.

    A lone low surrogate in `literal` becomes the byte that Python escapes so: `\\udcff` is 0xff.
    """
    event = answer(event_id=CANARY, data_comment=f"Kata {CANARY}")
    if place:
        *way, last = place.split("/")[1:]
        inner = event
        for step in way:
            inner = inner[step]
        inner[last] = HOLE
    return json.dumps(event).replace(f'"{HOLE}"', literal).encode(errors="surrogateescape")


def with_value(place: str, value: object) -> bytes:
    """A good event with a value at a place in it."""
    return raw(place, json.dumps(value))


def without(member: str) -> bytes:
    """A good event that lacks a member."""
    return batch({name: value for name, value in json.loads(raw()).items() if name != member})


def unreadable(name: str, body: bytes) -> Bad:
    return Bad(name, body, None, "not_parseable", 400)


def bad_scores() -> Iterator[Bad]:
    for literal in ("0", "5", "-1", "-0", "1e400", "1" + "0" * 400, str(2**63), str(-(2**70))):
        yield Bad(literal[:12], raw(TIME, literal), TIME, "out_of_range")
    for literal in ("1.5", "4.0", "4e0", "true", '"4"', "null", "[4]", "{}"):
        yield Bad(literal, raw(TIME, literal), TIME, "wrong_type")
    for literal in ("NaN", "Infinity", "-Infinity", "04", "+4", "4_0"):
        yield unreadable(literal, raw(TIME, literal))
    yield Bad("u8", raw("/data/answers/u8", "4"), "/data/answers", "unknown_field")
    yield Bad("list", raw("/data/answers", "[4]"), "/data/answers", "wrong_type")
    yield Bad("none", raw("/data/answers", "{}"), "/data/answers", "no_answers")
    age = "/data/respondent"
    yield Bad("too old", with_value(age, {"age": 121}), f"{age}/age", "out_of_range")


def bad_texts() -> Iterator[Bad]:
    forbidden = "\x00\x07\x1b\x7f\x85\u061c\u200e\u2028\u202e\u2066\ufeff\ufdd0\uffff\U0010fffe"
    for place in ("/id", "/subject", "/traceparent", "/data/comment"):
        for character in forbidden:
            text = f"{CANARY}{character}"
            yield Bad(f"{place} {text!a}", with_value(place, text), place, "forbidden_character")
        yield Bad(f"{place} NFD", with_value(place, f"{CANARY}e\u0301"), place, "not_nfc")
        for literal in ("\\ud800", "\\udc00", "\\ud800x", "\udcff", "\udced\udca0\udc80", "\x01"):
            yield unreadable(f"{place} {literal!a}", raw(place, f'"{CANARY}{literal}"'))
    for place, most in (("/id", 128), ("/subject", 128), ("/data/comment", 1000)):
        for length in (0, most + 1):
            yield Bad(f"{place} {length}", with_value(place, "é" * length), place, "invalid_length")
    yield Bad("newline in an id", with_value("/id", f"{CANARY}\n"), "/id", "forbidden_character")


def bad_times() -> Iterator[Bad]:
    ahead = (datetime.now(UTC) + timedelta(minutes=6)).isoformat()
    out_of_range = ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", ahead]
    out_of_range += ["2019-12-31T23:59:59Z", "2020-01-01T00:30:00+07:00"]
    for text in out_of_range:
        yield Bad(text, with_value("/time", text), "/time", "time_out_of_range")
    shapeless = ["2026-09-14T10:21:00", "2026-09-14", "2026-02-30T00:00:00Z", "", CANARY]
    shapeless += ["2026-01-01T24:00:00Z", "2026-01-01T00:00:00+24:00", "99999-01-01T00:00:00Z"]
    for value in (*shapeless, 1_700_000_000, None, ["2026-09-14T10:21:00Z"]):
        yield Bad(f"time {value}", with_value("/time", value), "/time", "invalid_time")


def bad_envelopes() -> Iterator[Bad]:
    for name in ("specversion", "id", "source", "type", "time", "data"):
        yield Bad(f"no {name}", without(name), f"/{name}", "missing_field")
        expected = "invalid_time" if name == "time" else "wrong_type"
        for literal in ("null", "[]", "7.5", "true"):
            yield Bad(f"{name} {literal}", raw(f"/{name}", literal), f"/{name}", expected)
    for place, value in (
        ("/specversion", "0.3"),
        ("/specversion", CANARY),
        ("/type", CANARY),
        ("/type", ""),
        ("/type", SUBMITTED.replace(".v1", ".v2")),
        ("/datacontenttype", "text/plain"),
    ):
        yield Bad(f"{place} {value}", with_value(place, value), place, "not_allowed")
    ours = ("stream", "sequence", "chain", "day", "correlationid")
    for name in (*ours, CANARY, "dataschema", "data_base64", f"{CANARY}`.x[0]", "é"):
        yield Bad(f"unknown {name}", with_value(f"/{name}", CANARY), "", "unknown_field")


def bad_references() -> Iterator[Bad]:
    for place, value, code in (
        ("/source", "/agencies/lain", "foreign_source"),
        ("/source", f"/agencies/{CANARY}", "unknown_source"),
        ("/source", "/agencies/dpmptsp/", "unknown_source"),
        ("/source", "dpmptsp", "unknown_source"),
        ("/data/service", f"dpmptsp.{CANARY}", "unknown_service"),
        ("/data/service", "lain.ktp", "unknown_service"),
        ("/data/service", "DPMPTSP.NIB", "unknown_service"),
        ("/data/place", CANARY, "unknown_place"),
        ("/data/series", "open", "not_allowed"),
        ("/data/series", "invited", "not_allowed"),
        ("/data/series", CANARY, "not_allowed"),
        ("/data/respondent/sex", CANARY, "not_allowed"),
    ):
        body = with_value("/data/respondent", {"sex": value}) if "sex" in place else None
        yield Bad(f"{place} {value}", body or with_value(place, value), place, code)
    yield Bad("a name", with_value("/data/name", CANARY), "/data", "unknown_field")


def bad_bodies() -> Iterator[Bad]:
    good = raw()
    for name, body in (
        ("nothing", b""),
        ("a space", b" "),
        ("a page", f"<p>{CANARY}".encode()),
        ("cut off", good[:-1]),
        ("two", good + good),
        ("a comma too many", good[:-1] + b",}"),
        ("a comment", b"/* */" + good),
        ("a byte order mark", b"\xef\xbb\xbf" + good),
        ("UTF-16", good.decode().encode("utf-16")),
    ):
        yield unreadable(name, body)
    others = {"null": b"null", "text": f'"{CANARY}"'.encode(), "list": b"[]", "deep": b"[" * DEEP}
    for name, body in others.items():
        yield Bad(name, body, "", "wrong_type")
    nested = {"array": ("[", "]"), "object": ('{"a":', "}")}
    for name, (opening, closing) in nested.items():
        literal = opening * DEEP + "1" + closing * DEEP
        yield Bad(f"deep {name}", raw("/data/x", literal), "/data", "unknown_field")
        yield unreadable(f"deep id: {name}", raw("/id", literal))


def bad_applications() -> Iterator[Bad]:
    def posted(kind: str, **data: Any) -> bytes:
        return batch(told(kind, at=datetime.now(UTC), **{"service": "dpmptsp.nib", **data}))

    for reference, code in (
        ("", "invalid_length"),
        ("r" * 65, "invalid_length"),
        ("Budi Santoso", "invalid_format"),
        ("-1", "invalid_format"),
        (f"{CANARY}\n", "invalid_format"),
        ("1371-0412-0885-0003", "personal_number"),
        ("NIK.1371041208850003", "personal_number"),
        ("09.254.294.3-407.000", "personal_number"),
    ):
        body = posted("submitted", reference=reference)
        yield Bad(f"reference {reference}", body, "/data/reference", code)
    paused = {"reason": "fee_due"}
    for kind, data, pointer, code in (
        ("submitted", {"service": "dpmptsp.ktp"}, "/data/service", "unknown_service"),
        ("submitted", {"service": "DPMPTSP.NIB"}, "/data/service", "invalid_format"),
        ("submitted", {"place": CANARY}, "/data/place", "unknown_place"),
        ("submitted", {"name": CANARY}, "/data", "unknown_field"),
        ("issued", {"service": "lain.ktp", "from": "dpmptsp"}, "/data/service", "unknown_service"),
        ("paused", {"reason": CANARY}, "/data/reason", "not_allowed"),
        ("paused", {}, "/data/reason", "missing_field"),
        ("returned", {"reason": "fee_due"}, "/data/reason", "not_allowed"),
        ("moved", {"stage": "issued"}, "/data/stage", "not_allowed"),
        ("moved", {"stage": "in_verification", "agency": CANARY}, "/data/agency", "unknown_agency"),
        (
            "paused",
            {**paused, "service": "lain.ktp", "from": "dpmptsp"},
            "/data/agency",
            "foreign_stage",
        ),
        (
            "paused",
            {**paused, "service": "lain.ktp", "from": "dpmptsp", "agency": "lain"},
            "/data/agency",
            "foreign_stage",
        ),
        (
            "registered",
            {"promised": {"number": 0, "unit": "hours"}},
            "/data/promised/number",
            "out_of_range",
        ),
        (
            "registered",
            {"promised": {"number": 1, "unit": "weeks"}},
            "/data/promised/unit",
            "not_allowed",
        ),
    ):
        yield Bad(f"{kind} {data}", posted(kind, **data), pointer, code)


FAMILIES = (
    bad_scores,
    bad_texts,
    bad_times,
    bad_envelopes,
    bad_references,
    bad_applications,
    bad_bodies,
)


async def send(
    rancak: Rancak,
    body: bytes | AsyncIterator[bytes],
    headers: Mapping[str, str] | Sequence[tuple[str, str]],
    key: str | None = None,
) -> httpx.Response:
    """Post to `/v1/events` with the agency's key."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return await rancak.http.post(
        f"{rancak.urls['intake']}/v1/events",
        content=body,
        headers=httpx.Headers(
            [*bearer(key or rancak.keys["dpmptsp"]).items(), *pairs], encoding="utf-8"
        ),
    )


def faults(answered: httpx.Response, bad: Bad) -> list[str]:
    """What is wrong with the answer to something bad."""
    if answered.headers["content-type"] != "application/problem+json":
        return [f"{bad.name}: {answered.status_code} {answered.text[:200]}"]
    problem = answered.json()
    code = bad.code if bad.pointer is None else "invalid"
    errors = [] if bad.pointer is None else [{"pointer": bad.pointer, "code": bad.code}]
    expected = {"status": bad.status, "code": code, "type": f"/docs#problem-{code}"}
    found = {name: problem.get(name) for name in expected} | {"errors": problem.get("errors", [])}
    wrong = []
    if found != expected | {"errors": errors} or answered.status_code != bad.status:
        wrong.append(f"{bad.name}: {found}")
    if not problem["request_id"] == answered.headers["x-request-id"] != "":
        wrong.append(f"{bad.name}: the request ids differ")
    if CANARY in answered.text or CANARY in str(answered.headers):
        wrong.append(f"{bad.name}: the input is echoed")
    return wrong


async def assert_untouched(rancak: Rancak) -> None:
    """Nothing was stored so far, and a good event is still accepted, as the first."""
    heads = {name: row["head"] for name, row in (await rancak.streams()).items()}
    assert {head for name, head in heads.items() if name.startswith("feedback")} == {0}

    accepted = await rancak.post(answer(event_id=CANARY))

    assert accepted.json()["results"][0]["sequence"] == 1, accepted.text


async def test_every_bad_event_is_told_what_is_wrong_and_leaves_no_trace(rancak: Rancak) -> None:
    await rancak.register()
    await rancak.register("lain", "ktp")

    wrong = [
        fault
        for family in FAMILIES
        for bad in family()
        for fault in faults(await send(rancak, bad.body, STRUCTURED), bad)
    ]

    assert wrong == []
    await assert_untouched(rancak)


async def test_what_lies_just_within_the_limits_is_accepted(rancak: Rancak) -> None:
    await rancak.register()
    soon = (datetime.now(UTC) + timedelta(minutes=4)).isoformat()
    events = [
        answer(scores={"time": 1}),
        answer(event_id="é" * 128),
        answer(event_id="kata/1 %?#`$[0]"),
        answer(data_comment="é\U0001f600" * 500),
        answer(data_comment="dua\nbaris"),
        answer(subject="x" * 128),
        *(
            answer(time=time)
            for time in (soon, "2020-01-01T00:00:00Z", "2020-01-01T07:00:00+07:00")
        ),
    ]

    posted = [await rancak.post(event) for event in events]

    assert [each.text for each in posted if each.status_code != 202] == []
    for event in events:
        assert (await read_back(rancak, event["id"]))["id"] == event["id"]


async def read_back(rancak: Rancak, event_id: str) -> dict[str, Any]:
    """The event as the log has it."""
    path = httpx.URL(rancak.urls["intake"]).copy_with(
        raw_path=f"/v1/events/{quoted(event_id)}".encode()
    )
    found = await rancak.http.get(path, headers=bearer(rancak.keys["dpmptsp"]))
    assert found.status_code == 200, found.text
    return dict(found.json())


def quoted(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


async def test_of_two_equal_members_the_last_one_counts_and_is_stored_once(rancak: Rancak) -> None:
    # Each is checked; the log holds what was understood, so no later reader can differ about it.
    await rancak.register()
    twice = raw().replace(b'"time": 4', b'"time": 1, "time": 3')
    twice = twice.replace(b'"id": ', b'"\\u0069d": "other", "id": ')
    hidden = raw().replace(b'"time": 4', b'"time": 9, "time": 3')

    accepted = await send(rancak, twice, STRUCTURED)
    refused = await send(rancak, hidden, STRUCTURED)

    assert accepted.json()["results"][0]["id"] == CANARY
    assert (await read_back(rancak, CANARY))["data"]["answers"]["time"] == 3
    assert faults(refused, Bad("hidden", hidden, TIME, "out_of_range")) == []


async def test_one_answer_for_every_key_that_is_not_valid(rancak: Rancak) -> None:
    key = await rancak.register()
    revoked = await rancak.register()
    answered = await rancak.http.delete(
        f"{rancak.urls['intake']}/v1/keys/{revoked.split('_')[2]}",
        headers=bearer(rancak.admin_key),
    )
    assert answered.status_code == 204
    url = f"{rancak.urls['intake']}/v1/events"
    schemes = [f"Bearer {bad}" for bad in invalid_keys(key, revoked)]
    schemes += ["", "Bearer", f"Basic {key}", key, f"Bearer  {key}", f"Bearer {key},"]

    refused = [
        await rancak.http.post(url, content=raw(), headers={**STRUCTURED, "Authorization": scheme})
        for scheme in schemes
    ]
    refused.append(await rancak.http.post(url, content=raw(), headers=STRUCTURED))

    assert {each.status_code for each in refused} == {401}
    assert {each.headers["www-authenticate"] for each in refused} == {"Bearer"}
    assert len({without_request_id(each) for each in refused}) == 1
    rancak.keys["dpmptsp"] = key
    await assert_untouched(rancak)


def invalid_keys(key: str, revoked: str) -> list[str]:
    kind, _, key_id, secret, _ = key.split("_")
    parts = {
        "another secret": f"{kind}_live_{key_id}_{secret[::-1]}",
        "another mode": f"{kind}_test_{key_id}_{secret}",
        "no secret": f"{kind}_live_{key_id}_",
    }
    checked = [f"{head}_{zlib.crc32(head.encode()):08x}" for head in parts.values()]
    return [*checked, revoked, new_key("live").key, key[:-8] + "00000000", "x", SERVICE_KEY]


def without_request_id(answered: httpx.Response) -> str:
    problem = answered.json()
    assert problem.pop("request_id") == answered.headers["x-request-id"]
    return str(problem)


async def test_a_key_without_the_scope_is_forbidden(rancak: Rancak) -> None:
    await rancak.register()
    made = await rancak.http.post(
        f"{rancak.urls['intake']}/v1/keys",
        json={"agency": "dpmptsp", "scopes": ["subscriptions:write", "import:write"]},
        headers=bearer(rancak.admin_key),
    )

    refused = await send(rancak, raw(), STRUCTURED, made.json()["key"])

    assert faults(refused, Bad("scope", raw(), None, "forbidden", 403)) == []
    await assert_untouched(rancak)


async def test_other_media_types_charsets_and_encodings_are_refused(rancak: Rancak) -> None:
    await rancak.register()
    json_type = STRUCTURED["Content-Type"]
    other = ["", "text/plain", "application/json", "application/cloudevents+xml", "*/*", CANARY]
    other += ["application/cloudevents", f"{json_type}; charset=latin1", f"{json_type}; a={CANARY}"]
    wrong: list[str] = []

    for media_type in other:
        refused = await send(rancak, raw(), {"Content-Type": media_type})
        bad = Bad(media_type, b"", None, "unsupported_media_type", 415)
        wrong += faults(refused, bad)
    for encoding in ("gzip", "br", "deflate", "gzip, identity", CANARY):
        headers = {**STRUCTURED, "Content-Encoding": encoding}
        refused = await send(rancak, gzip.compress(raw()), headers)
        wrong += faults(refused, Bad(encoding, b"", None, "encoded_body", 415))

    assert wrong == []
    await assert_untouched(rancak)


async def pieces(size: int) -> AsyncIterator[bytes]:
    """A good event after `size` bytes of space, without a Content-Length."""
    for _ in range(size // 65_536):
        yield b" " * 65_536
    yield raw()


async def test_a_body_over_the_limit_is_refused_however_it_is_sent(rancak: Rancak) -> None:
    await rancak.register()
    wrong: list[str] = []

    for headers, size in ((STRUCTURED, 256), (STRUCTURED, 8192), (BATCH, 2048), (NDJSON, 2048)):
        too_large = Bad(f"{headers} {size} KB", b"", None, "too_large", 413)
        declared = await send(rancak, b" " * size * 1024 + raw(), headers)
        chunked = await send(rancak, pieces(size * 1024), headers)
        wrong += faults(declared, too_large) + faults(chunked, too_large)

    assert wrong == []
    await assert_untouched(rancak)


async def opened(rancak: Rancak, headers: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection with the head of a request that no client library would send."""
    address = urlsplit(rancak.urls["intake"])
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    head = f"POST /v1/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n"
    head += f"Authorization: Bearer {rancak.keys['dpmptsp']}\r\n"
    writer.write(f"{head}Content-Type: application/cloudevents+json\r\n\r\n".encode())
    return reader, writer


async def test_lies_about_the_length_store_nothing(rancak: Rancak) -> None:
    await rancak.register()
    body = raw()
    wrong: list[str] = []

    for headers, status in (
        (f"Content-Length: {len(body) - 1}", 400),
        ("Content-Length: 0", 400),
        ("Content-Length: -1", 400),
        ("Content-Length: 0x10", 400),
        ("Content-Length: 99999999999999999999", 400),
        (f"Content-Length: {10**18}", 413),
        (f"Content-Length: 1\r\nContent-Length: {len(body)}", 400),
        (f"Transfer-Encoding: chunked\r\nContent-Length: {len(body)}", 400),
    ):
        reader, writer = await opened(rancak, headers)
        writer.write(body)
        said = (await asyncio.wait_for(reader.read(), 10)).decode()
        writer.close()
        if not said.startswith(f"HTTP/1.1 {status}") or CANARY in said:
            wrong.append(f"{headers}: {said}")

    assert wrong == []
    await assert_untouched(rancak)


async def test_a_body_that_is_cut_off_is_not_stored(rancak: Rancak) -> None:
    await rancak.register()
    body = raw()
    reader, writer = await opened(
        rancak, f"Content-Length: {len(body) + 1}\r\nExpect: 100-continue"
    )
    await asyncio.wait_for(reader.readuntil(b"100 Continue\r\n\r\n"), 10)  # it reads the body now

    writer.write(body)
    writer.write_eof()

    assert await asyncio.wait_for(reader.read(), 10) == b""  # there is nobody left to answer
    writer.close()
    await assert_untouched(rancak)


async def test_a_batch_is_refused_as_a_whole_when_it_is_none(rancak: Rancak) -> None:
    await rancak.register()
    good = batch(answer(event_id=CANARY))
    deep = b"[" * DEEP + b"]" * DEEP
    too_many = [good] * 1001
    many = (b"[]", b"[" + b",".join(too_many) + b"]")
    cases = [(BATCH, Bad("count", body, "", "invalid_length")) for body in many]
    cases += [
        (NDJSON, Bad("lines", b"\n".join(lines), "", "invalid_length")) for lines in ([], too_many)
    ]
    cases += [(BATCH, Bad("type", body, "", "wrong_type")) for body in (good, b"null", b'"x"')]
    texts = [raw("/id", f'"{literal}"') for literal in ("\udcff", "\\ud800")]
    for broken in (b"{", *texts, deep, b"NaN"):
        cases.append((BATCH, unreadable("batch", b"[" + good + b"," + broken + b"]")))
    for broken in (b"{", *texts, CANARY.encode(), good + good):
        cases.append((NDJSON, unreadable("lines", good + b"\n" + broken + b"\n" + good)))

    wrong = [
        fault for mode, bad in cases for fault in faults(await send(rancak, bad.body, mode), bad)
    ]

    assert wrong == []
    await assert_untouched(rancak)


@pytest.mark.parametrize("mode", [BATCH, NDJSON], ids=["batch", "lines"])
async def test_one_bad_event_of_500_is_named_and_the_others_are_accepted(
    rancak: Rancak, mode: dict[str, str]
) -> None:
    await rancak.register()
    events = [batch(answer(event_id=f"e-{number}")) for number in range(500)]
    events[300] = batch(answer(event_id="bad", scores={"time": 9}, data_comment=CANARY))
    body = b"\n".join(events) if mode is NDJSON else b"[" + b",".join(events) + b"]"

    answered = await send(rancak, body, mode)

    results = answered.json()["results"]
    bad = results[300]
    assert answered.status_code == 202
    assert [result["id"] for result in results if result["status"] == "rejected"] == ["bad"]
    assert (bad["problem"]["status"], bad["problem"]["code"]) == (422, "invalid")
    assert bad["problem"]["errors"] == [{"pointer": TIME, "code": "out_of_range"}]
    assert CANARY not in answered.text
    sequences = [result["sequence"] for result in results if result["status"] == "accepted"]
    assert sequences == list(range(1, 500))
    await rancak.counted(499)


async def test_a_batch_of_bad_events_only_has_the_status_of_the_first(rancak: Rancak) -> None:
    await rancak.register()
    bad = [answer(event_id=f"bad-{number}", data_place=CANARY) for number in range(3)]

    answered = await send(rancak, batch([*bad, {"id": "kosong"}]), BATCH)

    assert answered.status_code == 422
    results = answered.json()["results"]
    assert [(each["id"], each["status"]) for each in results] == [
        *((event["id"], "rejected") for event in bad),
        ("kosong", "rejected"),
    ]
    assert results[0]["problem"]["errors"] == [{"pointer": "/data/place", "code": "unknown_place"}]
    assert CANARY not in answered.text
    await assert_untouched(rancak)


def binary(**changes: str | None) -> list[tuple[str, str]]:
    """The headers of binary mode; None leaves one out."""
    event = answer(event_id=CANARY)
    attributes = {name: event[name] for name in ("specversion", "id", "source", "type", "time")}
    headers = {f"ce-{name}": value for name, value in (attributes | changes).items()}
    given = [(name, value) for name, value in headers.items() if value is not None]
    return [("Content-Type", "application/json"), *given]


def bad_headers() -> Iterator[tuple[list[tuple[str, str]], Bad]]:
    for name in ("id", "source", "type", "time"):
        yield binary(**{name: None}), Bad(f"no {name}", b"", f"/{name}", "missing_field")
    for name, value, code in (
        ("specversion", "0.3", "not_allowed"),
        ("type", CANARY, "not_allowed"),
        ("source", f"/agencies/{CANARY}", "unknown_source"),
        ("time", CANARY, "invalid_time"),
        ("id", "", "invalid_length"),
        ("id", "x" * 129, "invalid_length"),
        ("id", f"{CANARY}%00", "forbidden_character"),
        ("id", f"{CANARY}%0A", "forbidden_character"),
        ("id", f"{CANARY}e%CC%81", "not_nfc"),
        ("data", CANARY, "not_allowed"),
        ("datacontenttype", CANARY, "not_allowed"),
    ):
        yield binary(**{name: value}), Bad(f"{name} {value[:20]}", b"", f"/{name}", code)
    for name in ("stream", "day", CANARY, ""):
        yield binary(**{name: CANARY}), Bad(f"unknown {name}", b"", "", "unknown_field")
    yield [*binary(), ("CE-ID", "other")], Bad("twice", b"", "", "repeated_header")
    for value in (f"{CANARY}%ff", f"{CANARY}%ED%A0%80", f"{CANARY}é"):
        yield binary(id=value), unreadable(value, b"")


async def test_bad_headers_and_bodies_of_binary_mode_are_refused(rancak: Rancak) -> None:
    await rancak.register()
    data = batch(answer()["data"])
    wrong: list[str] = []

    for headers, bad in bad_headers():
        wrong += faults(await send(rancak, data, headers), bad)
    for body in (b"", b"{", data + b",", data + data, data[:-1] + b'},"id":"x"', b"[" * DEEP):
        wrong += faults(await send(rancak, body, binary()), unreadable(f"{body[:20]!r}", body))
    for body in (b"[]", b"null", f'"{CANARY}"'.encode()):
        wrong += faults(await send(rancak, body, binary()), Bad("", body, "/data", "wrong_type"))

    assert wrong == []
    await assert_untouched(rancak)
