"""The sender against receivers that mean harm: every attempt ends, soon, with few bytes read."""

import asyncio
import ssl
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from services.notify.delivery.network import MOST_BYTES, Resolver
from services.notify.delivery.sender import Manners, Sender, trust_in
from services.notify.domain.retry import Outcome
from tests.certificates import authority_and_server
from tests.receivers import Receiver, endless, hang, raw, receiver, reset, status
from tests.waiting import wait_until

NOW = datetime(2026, 9, 14, 3, 0, tzinfo=UTC)
LOOPBACK = (ip_network("127.0.0.0/8"),)
DEADLINE_S = 0.5


def sender(
    *, allowed: bool = True, addresses: Sequence[str] | None = None, trust: Path | None = None
) -> Sender:
    async def resolve(_: str, __: int) -> Sequence[str]:
        return addresses or ()

    manners = Manners(DEADLINE_S, testing=True, allowed=LOOPBACK if allowed else ())
    chosen = Resolver(4) if addresses is None else resolve
    return Sender(chosen, manners, trust_in(trust), lambda: NOW)


async def post(to: Receiver, through: Sender | None = None) -> Outcome:
    return await (through or sender()).send(to.url, {"webhook-id": "msg_1"}, b'{"a":1}')


async def test_a_request_is_http_1_1_with_a_plain_head_and_the_exact_body() -> None:
    async with receiver() as to:
        assert await post(to) == Outcome(status=204)

    [request] = to.received
    assert request.line == "POST /hook HTTP/1.1"
    assert request.body == b'{"a":1}'
    assert request.headers["host"] == f"127.0.0.1:{to.port}"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers.keys().isdisjoint({"cookie", "authorization", "transfer-encoding"})


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (status(200), Outcome(status=200)),
        (status(302, Location="http://127.0.0.1:1/"), Outcome(status=302)),
        (status(200, Set_Cookie="a=b"), Outcome(status=200)),
        (status(410), Outcome(status=410)),
        (status(503, Retry_After="7"), Outcome(status=503, retry_after=timedelta(seconds=7))),
        (status(429, Retry_After="9" * 300), Outcome(status=429)),
        (raw(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"), Outcome(status=200)),
        (raw(b""), Outcome(error="protocol_error")),
        (raw(b"SSH-2.0-OpenSSH\r\n\r\n"), Outcome(error="protocol_error")),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), Outcome(error="protocol_error")),
        (raw(b"HTTP/1.1 200 OK\r\nX: \xff\x00\r\n\r\n"), Outcome(error="protocol_error")),
        (raw(b"HTTP/1.1 200 OK\r\n"), Outcome(error="protocol_error")),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), Outcome(status=200)),
        (reset, Outcome(error="connection_lost")),
        (hang, Outcome(error="timeout")),
        (endless(b"", b"H", 0.01), Outcome(error="timeout")),
        (endless(b"HTTP/1.1 200 OK\r\n", b"x: y\r\n", 0.01), Outcome(error="timeout")),
        (endless(b"HTTP/1.1 200 OK\r\nX: ", b"y" * 9_999), Outcome(error="answer_too_long")),
        (endless(b"", b"HTTP/1.1 100 On\r\n\r\n" * 99), Outcome(error="answer_too_long")),
        (endless(b"HTTP/1.1 200 OK\r\n\r\n", b"y" * 9_999), Outcome(status=200)),
        (endless(b"HTTP/1.1 200 OK\r\n\r\n", b"y", 0.01), Outcome(status=200)),
        (
            raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8bnot gzip"),
            Outcome(status=200),
        ),
    ],
)
async def test_whatever_a_receiver_does_is_an_outcome_within_the_deadline(
    behaviour: Callable[..., object], outcome: Outcome
) -> None:
    started = time.monotonic()

    async with receiver(behaviour) as to:  # type: ignore[arg-type]  # parametrised
        assert await post(to) == outcome

    assert time.monotonic() - started < DEADLINE_S + 0.5
    assert to.connections == 1


async def test_of_an_endless_answer_only_so_much_is_read() -> None:
    written = 0

    async def pour(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.transport.set_write_buffer_limits(0)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"y" * 4_096)
            await writer.drain()
            written += 4_096

    async with receiver(pour) as to:
        await post(to)

    # What is beyond the limit was never read; it lay in the buffers of the two sockets.
    assert MOST_BYTES <= written < MOST_BYTES + 8 * 1024 * 1024


async def test_nothing_is_sent_to_an_address_that_is_not_public() -> None:
    async with receiver() as to:
        assert await post(to, sender(allowed=False)) == Outcome(error="address_refused")

    assert to.connections == 0


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f.1", "127.1", "[::ffff:7f00:1]"])
async def test_no_spelling_of_loopback_gets_through(host: str) -> None:
    async with receiver() as to:
        url = f"http://{host}:{to.port}/"
        outcome = await sender(allowed=False).send(url, {}, b"{}")

    assert outcome == Outcome(error="address_refused")
    assert to.connections == 0


async def test_one_address_that_is_not_public_spoils_all_of_them() -> None:
    async with receiver() as to:
        for addresses in (["127.0.0.1", "10.0.0.1"], ["10.0.0.1", "127.0.0.1"], ["fe80::1%2"]):
            outcome = await post(to, sender(addresses=addresses))
            assert outcome == Outcome(error="address_refused")

    assert to.connections == 0


async def test_a_name_that_changes_its_address_is_resolved_once_and_judged_at_that() -> None:
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    asked: list[str] = []

    async def resolve(host: str, _: int) -> Sequence[str]:
        asked.append(host)
        return next(answers)

    flipping = Sender(resolve, Manners(DEADLINE_S, True, LOOPBACK), trust_in(None), lambda: NOW)
    async with receiver() as to:
        url = f"http://flip.example:{to.port}/"
        assert await flipping.send(url, {}, b"{}") == Outcome(status=204)
        assert await flipping.send(url, {}, b"{}") == Outcome(error="address_refused")

    assert asked == ["flip.example", "flip.example"]
    assert to.received[0].headers["host"] == f"flip.example:{to.port}"


async def test_the_next_address_is_tried_when_the_first_does_not_answer() -> None:
    async with receiver() as to:
        both = sender(addresses=["127.0.0.9", "127.0.0.1"])
        assert await post(to, both) == Outcome(status=204)


async def test_a_name_without_an_address_is_an_outcome() -> None:
    assert await sender(addresses=[]).send("http://none.example/", {}, b"{}") == Outcome(
        error="name_unknown"
    )
    assert await sender().send("http://none.invalid/", {}, b"{}") == Outcome(error="name_unknown")


async def test_a_closed_port_is_an_outcome() -> None:
    async with receiver() as to:
        pass

    assert await post(to) == Outcome(error="connection_failed")


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiver() as proxy, receiver() as to:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert await post(to) == Outcome(status=204)

    assert (proxy.connections, to.connections) == (0, 1)


async def test_tls_is_verified_for_the_name_in_the_url(tmp_path: Path) -> None:
    authority, server_side = authority_and_server(tmp_path, "hook.example")
    wanted: list[str | None] = []
    server_side.sni_callback = lambda _, name, __: wanted.append(name)

    async with receiver(tls=server_side) as to:
        known = sender(addresses=["127.0.0.1"], trust=authority)
        right = await known.send(f"https://hook.example:{to.port}/", {}, b"{}")
        wrong_name = await known.send(f"https://other.example:{to.port}/", {}, b"{}")
        unknown = sender(addresses=["127.0.0.1"])
        stranger = await unknown.send(f"https://hook.example:{to.port}/", {}, b"{}")

    assert right == Outcome(status=204)
    assert wrong_name == stranger == Outcome(error="tls_failed")
    assert wanted == ["hook.example", "other.example", "hook.example"]


async def test_a_receiver_that_speaks_no_tls_is_an_outcome() -> None:
    async with receiver(raw(b"HTTP/1.1 200 OK\r\n\r\n")) as to:
        url = f"https://127.0.0.1:{to.port}/"
        outcome = await asyncio.wait_for(sender().send(url, {}, b"{}"), 5)
        await wait_until(lambda: to.connections == 1 and not to.at_once, "the sender to hang up")

    assert outcome.error in {"tls_failed", "connection_failed", "timeout"}
    assert not to.received


def test_old_tls_is_not_spoken() -> None:
    assert trust_in(None).minimum_version is ssl.TLSVersion.TLSv1_2
