"""`/v1/live`: whoever follows misses nothing, and whoever comes back goes on where he was."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest

from shared.contracts.figures import FIGURE_PUBLISHED, PUBLIC
from tests.pages.visiting import Visitor
from tests.running import Rancak

PATIENCE_S = 10


@dataclass(frozen=True)
class Told:
    """One message of the stream."""

    id: str
    event: str
    data: dict[str, object]


@asynccontextmanager
async def following(rancak: Rancak, **last_id: str) -> AsyncIterator[AsyncIterator[Told]]:
    """The messages of the stream; `Last-Event-ID` or `after` as given."""
    headers = {"Last-Event-ID": last_id["header"]} if "header" in last_id else {}
    params = {"after": last_id["query"]} if "query" in last_id else {}
    url = f"{rancak.urls['scoring']}/v1/live"
    async with (
        asyncio.timeout(PATIENCE_S),
        rancak.http.stream("GET", url, headers=headers, params=params) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _messages(answer)


async def _messages(answer: httpx.Response) -> AsyncIterator[Told]:
    fields: dict[str, str] = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if line:
            fields[name] = value
        elif "event" in fields:
            yield Told(fields["id"], fields["event"], json.loads(fields["data"]))
            fields = {}


@pytest.fixture
async def city(rancak: Rancak) -> Rancak:
    """One agency with two services, ten answers public of each."""
    await rancak.register("dpmptsp", "nib", "siup")
    await rancak.answered(10)
    await rancak.answered(10, service="dpmptsp.siup")
    await rancak.published(20)
    return rancak


async def newest(rancak: Rancak) -> str:
    """The id that a page tells its reader to go on behind."""
    page = await Visitor(rancak).open("/")
    shown = next(element for element in page.elements if "data-live" in element.attributes)
    return str(shown.attributes["data-live-after"])


async def test_a_new_answer_is_told_to_whoever_follows(city: Rancak) -> None:
    async with following(city) as messages:
        before = await newest(city)
        await city.answered(10)
        told = await anext(messages)

    assert told.event == FIGURE_PUBLISHED
    assert int(told.id.partition(":")[2]) > int(before.partition(":")[2])
    assert told.data["data"]["value"]["n"] in (20, 30)  # type: ignore[index]  # a CloudEvent
    assert f"{told.data['stream']}:{told.data['sequence']}" == told.id


async def test_what_is_not_public_is_not_told(city: Rancak) -> None:
    async with following(city, query="figures:0") as messages:
        upto = await newest(city)
        seen = [await anext(messages)]
        while seen[-1].id != upto:
            seen.append(await anext(messages))

    assert {message.event for message in seen} <= PUBLIC
    assert "index.changed" not in str(seen)
    scopes = {message.data["data"]["scope"] for message in seen}  # type: ignore[index]  # CloudEvents
    assert scopes == {
        "city",
        "agency:dpmptsp",
        "service:dpmptsp.nib",
        "service:dpmptsp.siup",
        "place:mpp",
    }


async def test_a_reader_goes_on_behind_what_it_has_by_header_or_address(city: Rancak) -> None:
    async with following(city, header="figures:0") as messages:
        first, second, third = [(await anext(messages)).id for _ in range(3)]
    for start in ({"header": first}, {"query": first}):
        async with following(city, **start) as messages:
            assert [(await anext(messages)).id for _ in range(2)] == [second, third]


async def test_an_id_that_we_never_gave_begins_with_a_reset(city: Rancak) -> None:
    for unknown in ("figures:9999", "figures:-1", "alerts:1", "x", "figures:" + "9" * 30):
        async with following(city, header=unknown) as messages:
            told = await anext(messages)
            assert (told.event, told.id) == ("reset", await newest(city)), unknown


async def test_a_page_says_after_which_event_it_must_be_refreshed(city: Rancak) -> None:
    page = await Visitor(city).open("/layanan/dpmptsp.nib")
    shown = next(element for element in page.elements if "data-live" in element.attributes)

    assert shown.attributes["data-live"] == "/v1/live"
    assert shown.attributes["data-live-after"] == await newest(city)
    assert shown.attributes["data-live-event"] == FIGURE_PUBLISHED
    assert shown.attributes["data-live-value"] == "service:dpmptsp.nib"
    assert "hidden" in page.one("div", **{"class": "live"}).attributes
