"""The live stream over real HTTP: each item once and in order, whatever is cut, or a `reset`."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import product

import httpx
import pytest
import uvicorn

from deploy.servers import free_port
from services.notify.store import live
from services.notify.store.live import Wanted
from services.notify.usecases.live import Live
from shared.contracts.figures import INDEX_CHANGED
from shared.http.edge import EdgeProtocol
from tests.notifying import Notifying, changed
from tests.running import bearer, client, serving
from tests.waiting import wait_until

PATH = "/v1/alerts/live"


@dataclass
class Reader:
    """An SSE client that remembers the last id, as a browser does."""

    url: str
    key: str
    seen: list[dict[str, str]] = field(default_factory=list)
    last_id: str | None = None
    query: dict[str, str] = field(default_factory=dict)

    @property
    def ids(self) -> list[str]:
        return [event["id"] for event in self.seen]

    @property
    def numbers(self) -> list[int]:
        return [json.loads(event["data"])["data"]["n"] for event in self.seen]

    async def read(self, *, until: int | None = None) -> None:
        """Read until so many events were seen in all, or until cancelled."""
        headers = bearer(self.key)
        if self.last_id is not None:
            headers["Last-Event-ID"] = self.last_id
        async with (
            client(timeout=10) as http,
            http.stream("GET", self.url, headers=headers, params=self.query) as answer,
        ):
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            event: dict[str, str] = {}
            async for line in answer.aiter_lines():
                name, _, value = line.partition(": ")
                if line:
                    event[name] = value
                else:
                    self._take(event)
                    event = {}
                if until is not None and len(self.seen) >= until:
                    return

    def _take(self, event: dict[str, str]) -> None:
        self.last_id = event.get("id", self.last_id)
        if "data" in event:
            self.seen.append(event)


@asynccontextmanager
async def reading(reader: Reader) -> AsyncIterator[Reader]:
    task = asyncio.create_task(reader.read())
    await wait_until(lambda: reader.last_id is not None or task.done(), "the stream to open")
    try:
        yield reader
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def live_at(notify: Notifying) -> AsyncIterator[str]:
    """Notify's routes on a port, with the live stream running."""
    running = asyncio.create_task(notify.live.run())
    async with serving(notify.app, free_port()) as url:
        try:
            yield url + PATH
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_an_event_arrives_with_its_id_type_and_body(notify: Notifying) -> None:
    key = await notify.key("dpmptsp", "alerts:read")
    await notify.publish(changed(n=0))
    async with live_at(notify) as url:
        await notify.live.look()
        async with reading(Reader(url, key)) as reader:
            await notify.publish(changed(n=1))
            await wait_until(lambda: bool(reader.seen), "the event")

    [event] = reader.seen
    assert event["id"] == "figures:2"
    assert event["event"] == "id.rancak.index.changed.v1"
    body = json.loads(event["data"])
    assert (body["stream"], body["sequence"], body["data"]["n"]) == ("figures", 2, 1)


async def test_a_reader_that_is_cut_200_times_sees_each_item_once_and_in_order(
    notify: Notifying,
) -> None:
    dice = random.Random(7)
    key = await notify.key("dpmptsp", "alerts:read")
    await notify.publish(changed(n=0))
    async with live_at(notify) as url:
        await notify.live.look()
        reader = Reader(url, key, last_id="figures:1")

        async def publish() -> None:
            for start in range(1, 401, 4):
                await notify.publish(*(changed(n=n) for n in range(start, start + 4)))

        publishing = asyncio.create_task(publish())
        for _ in range(200):
            await reader.read(until=len(reader.seen) + dice.randint(1, 2))
            if len(reader.seen) >= 400:
                break
        await publishing
        await reader.read(until=400)

    assert reader.ids == [f"figures:{n}" for n in range(2, 402)]
    assert reader.numbers == list(range(1, 401))


async def test_nothing_is_shown_before_what_is_missing_has_come(notify: Notifying) -> None:
    key = await notify.key("dpmptsp", "alerts:read")
    await notify.publish(changed(n=1))
    async with live_at(notify) as url:
        await notify.live.look()
        async with reading(Reader(url, key)) as reader:
            await notify.publish(changed(n=3), skip=1)
            await notify.live.look()
            assert reader.seen == []
            notify.heads["figures"] = 1
            await notify.publish(changed(n=2))
            await wait_until(lambda: len(reader.seen) == 2, "both")

    assert reader.ids == ["figures:2", "figures:3"]


async def test_a_reader_may_begin_at_the_very_beginning(notify: Notifying) -> None:
    key = await notify.key("dpmptsp", "alerts:read")
    for start in range(0, 3_000, 500):
        await notify.publish(*(changed(n=n) for n in range(start, start + 500)))
    async with live_at(notify) as url:
        await wait_until(lambda: notify.live.head == 3_000, "all to be placed")
        reader = Reader(url, key, last_id="figures:0")
        await reader.read(until=3_000)

    assert reader.numbers == list(range(3_000))


async def test_a_position_that_is_not_known_begins_with_a_reset(notify: Notifying) -> None:
    unknown = ["figures:99", "alerts:1", "other:1", "figures:x", "figures:-1", "1", "a" * 190]
    key = await notify.key("dpmptsp", "alerts:read")
    await notify.publish(changed(n=1))
    async with live_at(notify) as url:
        await notify.live.look()
        readers = [Reader(url, key, last_id=last_id) for last_id in unknown]
        tasks = [asyncio.create_task(reader.read(until=2)) for reader in readers]
        await wait_until(lambda: all(reader.seen for reader in readers), "every reset")
        await notify.publish(changed(n=2))
        await asyncio.gather(*tasks)

    for reader in readers:
        assert [event["event"] for event in reader.seen] == ["reset", INDEX_CHANGED]
        assert reader.ids == ["figures:1", "figures:2"]


async def test_a_position_that_is_forgotten_begins_with_a_reset(notify: Notifying) -> None:
    key = await notify.key("dpmptsp", "alerts:read")
    await notify.publish(changed(n=1), changed(n=2))
    await notify.live.look()
    notify.now.forward(days=8)
    await notify.housekeeper.tidy()
    await notify.publish(changed(n=3, time=notify.now()))
    async with live_at(notify) as url:
        await wait_until(lambda: notify.live.head == 3, "the third to be placed")
        for last_id in ("figures:0", "figures:1", "figures:2"):
            reader = Reader(url, key, last_id=last_id)
            await reader.read(until=1)
            assert reader.seen[0]["event"] == "reset"
        async with reading(Reader(url, key, last_id="figures:3")) as reader:
            await notify.publish(changed(n=4, time=notify.now()))
            await wait_until(lambda: bool(reader.seen), "the fourth")

    assert reader.ids == ["figures:4"]


async def test_an_agency_sees_only_its_own_and_the_platform_sees_all(notify: Notifying) -> None:
    own, platform = await notify.key("dpmptsp", "alerts:read"), await notify.key(None, "admin")
    await notify.publish(changed())
    async with live_at(notify) as url:
        await notify.live.look()
        async with (
            reading(Reader(url, own)) as agency,
            reading(Reader(url, platform)) as all_of_it,
            reading(Reader(url, platform, query={"scope": "service:rsud.igd"})) as one,
        ):
            await notify.publish(
                changed("rsud.igd", n=1), changed("dpmptsp.nib", n=2), changed("rsud.poli", n=3)
            )
            await wait_until(lambda: len(all_of_it.seen) == 3, "the platform's")
            await wait_until(lambda: bool(agency.seen) and bool(one.seen), "the others'")

    assert (agency.numbers, all_of_it.numbers, one.numbers) == ([2], [1, 2, 3], [1])


async def test_memory_and_database_choose_the_same_items(notify: Notifying) -> None:
    services = ["dpmptsp.nib", "rsud.igd", "rsud.poli", "dpmptsp.siup"]
    await notify.publish(*(changed(service) for service in services))
    await notify.live.look()
    choices = product(
        [None, [INDEX_CHANGED], ["id.rancak.period.closed.v1"]],
        [None, "dpmptsp", "rsud", "nobody"],
        ["city", "agency:rsud", "service:rsud.igd", "place:mpp"],
    )

    async with notify.engine.connect() as connection:
        every = await live.items_after(connection, 0, limit=10)
        assert len(every) == 4
        for types, agency, scope in choices:
            wanted = Wanted(types, agency, scope)
            chosen = await live.wanted_between(connection, 0, 10, wanted)
            assert list(chosen) == [item for item in every if wanted.includes(item)], wanted


async def test_twenty_readers_each_see_everything(notify: Notifying) -> None:
    key = await notify.key("dpmptsp", "alerts:read")
    await notify.publish(changed())
    async with live_at(notify) as url:
        await notify.live.look()
        readers = [Reader(url, key, last_id="figures:1") for _ in range(20)]
        tasks = [asyncio.create_task(reader.read(until=100)) for reader in readers]
        for start in range(0, 100, 5):
            await notify.publish(*(changed(n=n) for n in range(start, start + 5)))
        await asyncio.gather(*tasks)

    assert all(reader.numbers == list(range(100)) for reader in readers)


async def test_two_processes_place_each_item_once(notify: Notifying) -> None:
    key = await notify.key("dpmptsp", "alerts:read")
    beside = asyncio.create_task(Live(notify.engine).run())
    await notify.publish(changed())
    async with live_at(notify) as url:
        await wait_until(lambda: notify.live.head == 1, "the first to be placed")
        reader = Reader(url, key, last_id="figures:1")
        reading_all = asyncio.create_task(reader.read(until=200))
        for n in range(200):
            await notify.publish(changed(n=n))
        await reading_all
    beside.cancel()
    await asyncio.gather(beside, return_exceptions=True)

    assert reader.numbers == list(range(200))


async def test_a_server_that_stops_does_not_wait_for_its_readers(notify: Notifying) -> None:
    key = await notify.key("dpmptsp", "alerts:read")
    await notify.publish(changed())
    await notify.live.look()
    port = free_port()
    config = uvicorn.Config(
        notify.app, port=port, http=EdgeProtocol, log_config=None, timeout_graceful_shutdown=None
    )
    server = uvicorn.Server(config)
    serve = asyncio.create_task(server.serve())
    await wait_until(lambda: server.started, "the server to start")
    reader = Reader(f"http://127.0.0.1:{port}{PATH}", key)
    reads = asyncio.create_task(reader.read())
    await wait_until(lambda: reader.last_id is not None, "the stream to open")

    server.should_exit = True
    await asyncio.wait_for(serve, 5)

    with pytest.raises(httpx.RemoteProtocolError):
        await reads


async def test_a_wrong_wish_is_refused(notify: Notifying) -> None:
    key = await notify.key("dpmptsp", "alerts:read")
    async with notify.http(key) as http:
        for name, value in (
            ("types", "id.rancak.no.such.v1"),
            ("types", ""),
            ("scope", "province:jawa"),
            ("scope", "agency:rsud"),
        ):
            answer = await http.get(PATH, params={name: value})
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["pointer"] == f"/query/{name}"


async def test_a_key_without_the_scope_is_refused(notify: Notifying) -> None:
    key = await notify.key("dpmptsp", "events:write")
    async with notify.http(key) as http:
        assert (await http.get(PATH)).status_code == 403
    async with notify.http(None) as http:
        assert (await http.get(PATH)).status_code == 401
