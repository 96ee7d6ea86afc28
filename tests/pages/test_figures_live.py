"""`/v1/live`: whoever follows misses nothing, and whoever comes back goes on where he was."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest

from shared.contracts.figures import INDEX_CHANGED
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
    """One agency with two services, one answer counted and announced for each."""
    await rancak.register("dpmptsp", "nib", "siup")
    async with following(rancak, query="figures:0") as messages:
        await rancak.answered(1)
        await rancak.answered(1, service="dpmptsp.siup")
        await anext(messages)
        await anext(messages)
    return rancak


async def test_a_new_answer_is_told_to_whoever_follows(city: Rancak) -> None:
    async with following(city) as messages:
        await city.answered(1)
        told = await anext(messages)

    assert (told.id, told.event) == ("figures:3", INDEX_CHANGED)
    assert told.data["data"]["service"] == "dpmptsp.nib"  # type: ignore[index]  # a CloudEvent
    assert told.data["data"]["n"] == 2  # type: ignore[index]  # a CloudEvent
    assert (told.data["stream"], told.data["sequence"]) == ("figures", 3)


async def test_a_reader_goes_on_behind_what_it_has_by_header_or_address(city: Rancak) -> None:
    for start in ({"header": "figures:1"}, {"query": "figures:1"}):
        async with following(city, **start) as messages:
            assert (await anext(messages)).id == "figures:2"
    async with following(city, header="figures:0") as messages:
        assert [(await anext(messages)).id for _ in range(2)] == ["figures:1", "figures:2"]


async def test_an_id_that_we_never_gave_begins_with_a_reset(city: Rancak) -> None:
    for unknown in ("figures:999", "figures:-1", "alerts:1", "x", "figures:" + "9" * 30):
        async with following(city, header=unknown) as messages:
            told = await anext(messages)
            assert (told.event, told.id) == ("reset", "figures:2"), unknown


async def test_a_page_says_after_which_event_it_must_be_refreshed(city: Rancak) -> None:
    page = await Visitor(city).open("/layanan/dpmptsp.nib")
    shown = next(element for element in page.elements if "data-live" in element.attributes)

    assert shown.attributes["data-live"] == "/v1/live"
    assert shown.attributes["data-live-after"] == "figures:2"
    assert shown.attributes["data-live-event"] == INDEX_CHANGED
    assert shown.attributes["data-live-value"] == "dpmptsp.nib"
    assert "hidden" in page.one("div", **{"class": "live"}).attributes
