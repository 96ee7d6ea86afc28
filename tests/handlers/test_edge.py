"""The edge: half requests and giant headers cost us a moment, not a connection for ever."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from deploy.servers import free_port
from shared.http import prepare
from shared.http.edge import EdgeProtocol
from shared.metrics import Metrics
from tests.waiting import wait_until


class Hasty(EdgeProtocol):
    """The same with a tenth of a second for headers and for unwanted bodies."""

    headers_s = 0.1
    unwanted_body_s = 0.1


@pytest.fixture
async def port() -> AsyncIterator[int]:
    number = free_port()
    config = uvicorn.Config(
        FastAPI(), host="127.0.0.1", port=number, http=Hasty, log_config=None, lifespan="off"
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    await wait_until(lambda: server.started, "the server to start")
    yield number
    server.should_exit = True
    await task


@pytest.mark.parametrize("half", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n"])
async def test_half_a_request_is_not_held(port: int, half: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(half)

    rest = await asyncio.wait_for(reader.read(), 3)

    assert rest == b""
    writer.close()


async def test_a_giant_header_is_refused(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 20_000 + b"\r\n\r\n")

    answer = await asyncio.wait_for(reader.read(), 3)

    assert answer.startswith(b"HTTP/1.1 400")
    writer.close()


async def test_what_is_no_http_gets_a_problem(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"canary canary\r\n\r\n")

    head, _, body = (await asyncio.wait_for(reader.read(), 3)).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 400")
    assert b"content-type: application/problem+json" in head
    assert b"x-content-type-options: nosniff" in head
    assert json.loads(body)["code"] == "not_http"
    assert b"canary" not in body
    writer.close()


async def test_a_body_that_nobody_wants_is_not_awaited_for_ever(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 3)
    writer.write(b"a drop")  # what ends uvicorn's own patience with an idle connection

    await asyncio.wait_for(reader.read(), 3)

    assert answer.startswith(b"HTTP/1.1 404")
    writer.close()


async def test_an_honest_request_is_answered_and_the_connection_kept(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 3)
        await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r")[0]))
        assert head.startswith(b"HTTP/1.1 404")
    writer.close()


async def test_a_bug_answers_a_problem_with_the_headers_of_every_answer() -> None:
    app = FastAPI()
    prepare(app, Metrics("test"))

    @app.get("/bug")
    async def bug() -> None:
        raise ZeroDivisionError

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        answer = await http.get("/bug", headers={"X-Request-ID": "a-request-0001"})

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "a-request-0001"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "ZeroDivisionError" not in answer.text
