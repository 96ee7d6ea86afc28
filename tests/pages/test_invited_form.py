"""`/isi/t/{token}`: one link, one answer; opening and scanning it costs nothing."""

import asyncio
from typing import Any

import pytest

from tests.inviting import finished, paths
from tests.pages.markup import Page
from tests.pages.visiting import HTML, Visitor
from tests.running import Rancak, bearer
from tests.servers import TestServers, drop

EMPTY = {"comment": ""}


@pytest.fixture
async def visitor(rancak: Rancak) -> Visitor:
    """A visitor of a city with one service."""
    await rancak.register("dpmptsp", "nib")
    return Visitor(rancak)


async def link(visitor: Visitor, reference: str = "A-1") -> str:
    """The path of the link of a newly finished application."""
    await finished(visitor.rancak, reference)
    return (await paths(visitor.rancak))[reference]


async def test_get_head_and_scanners_spend_nothing_and_one_answer_does(visitor: Visitor) -> None:
    path = await link(visitor)
    url = visitor.rancak.urls["intake"] + path
    http = visitor.rancak.http
    form = await visitor.open(path)
    for _ in range(3):
        assert (await http.get(url, headers=HTML)).headers["cache-control"] == "no-store"
        head = await http.head(url)
        assert (head.status_code, head.content) == (200, b"")
        assert (await http.options(url)).status_code == 405
        assert (await http.post(url, data=EMPTY, headers=HTML)).status_code == 422
    foreign = await visitor.send(form, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    missing = await visitor.send(form, {"time": ""})
    assert (missing.status_code, Page(missing.text).faults()) == (422, [])

    sent = await visitor.send(Page(missing.text), {"comment": "Cepat."})
    assert sent.status_code == 303
    assert (await visitor.open(sent.headers["location"])).one("h1").text.startswith("Terima kasih")
    await visitor.rancak.counted(1, "place:mpp")
    assert (await visitor.rancak.index())["by_series"] == {"invited": 1}
    assert "sudah dipakai" in (await visitor.open(path, status=410)).one("h1").text
    # A browser that repeats is thanked; one that tries to answer anew is not counted.
    assert (await visitor.send(form, {"comment": "Cepat."})).status_code == 303
    assert (await visitor.send(form, {"time": "1"})).status_code == 409


async def test_fifty_at_once_count_once_for_each_link(visitor: Visitor) -> None:
    first, second = await link(visitor, "A-1"), await link(visitor, "A-2")
    form = await visitor.open(first)
    again = await asyncio.gather(*(visitor.send(form) for _ in range(50)))
    forms = [await visitor.open(second) for _ in range(50)]
    sent = await asyncio.gather(*(visitor.send(each) for each in forms))
    open_form = "/isi/dpmptsp.nib"
    await visitor.send(await visitor.open(open_form))

    assert [each.status_code for each in again] == [303] * 50
    assert sorted(each.status_code for each in sent) == [303] + [410] * 49
    await visitor.rancak.counted(3)
    assert (await visitor.rancak.index())["by_series"] == {"invited": 2, "open": 1}


async def test_a_form_of_one_link_is_none_of_another(visitor: Visitor) -> None:
    first, second = await link(visitor, "A-1"), await link(visitor, "A-2")
    mine: dict[str, Any] = {"form": ticket_of(await visitor.open(first))}
    open_form = {"form": ticket_of(await visitor.open("/isi/dpmptsp.nib"))}
    other = await visitor.open(second)

    for foreign in (mine, open_form):
        refused = await visitor.send(other, foreign)
        assert refused.status_code == 422
        assert "terlalu lama" in refused.text
    assert (await visitor.send(other)).status_code == 303


async def test_wrong_links_are_told_kindly_and_a_service_that_ended_is_still_judged(
    visitor: Visitor,
) -> None:
    path = await link(visitor)
    token = path.rpartition("/")[2]
    wrong = ["0" * 32, token[:-1], token.upper(), token + "0", "%00", "x" * 5000, "terima-kasih"]
    for each in wrong:
        await visitor.open(f"/isi/t/{each}", status=404)
    url = visitor.rancak.urls["intake"]
    posted = await visitor.rancak.http.post(f"{url}/isi/t/{'0' * 32}", data=EMPTY, headers=HTML)
    assert posted.status_code == 404
    ended = {"name": "NIB", "valid_until": "2022-12-31"}
    put = await visitor.rancak.http.put(
        f"{url}/v1/services/dpmptsp.nib", json=ended, headers=bearer(visitor.rancak.admin_key)
    )
    assert put.status_code == 200, put.text

    await finished(visitor.rancak, "A-2")  # with it intake has learnt of the end

    await visitor.open("/isi/dpmptsp.nib", status=410)
    assert (await visitor.send(await visitor.open(path))).status_code == 303


async def test_without_its_database_the_form_keeps_the_answers(
    visitor: Visitor, servers: TestServers, database: str
) -> None:
    form = await visitor.open(await link(visitor))
    service = form.one("input", name="service").attributes["value"]
    await drop(servers, database)
    refused = await visitor.send(form, {"comment": "tetap ada", "service": service})
    page = Page(refused.text)

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert page.faults() == []
    assert page.one("textarea").text == "tetap ada"
    assert page.one("form").attributes["action"] == form.one("form").attributes["action"]
    assert ticket_of(page) == ticket_of(form)
    assert (await visitor.send(form, {"service": "<b>"})).status_code == 503


def ticket_of(form: Page) -> str:
    """The ticket in a form."""
    return form.one("input", name="form").attributes["value"]
