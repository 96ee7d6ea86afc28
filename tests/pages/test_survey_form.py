"""The citizens' form: what is sent is committed and counted once, whatever happens on the way."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from services.intake.usecases.form_ticket import LIFETIME, FormTickets
from tests.events import answer
from tests.pages.markup import Page
from tests.pages.visiting import FORM_SIZE, HTML, Visitor
from tests.running import SECRET_KEY, Rancak, bearer
from tests.servers import TestServers, drop

FORM = "/isi/dpmptsp.nib?tempat=mpp"


@pytest.fixture
async def visitor(rancak: Rancak) -> Visitor:
    """A visitor of a city with one service."""
    await rancak.register("dpmptsp", "nib", "siup")
    return Visitor(rancak)


async def test_an_answer_moves_the_number_of_its_service_agency_place_and_city(
    visitor: Visitor,
) -> None:
    await visitor.rancak.answered(3)
    await visitor.rancak.counted(3)
    sent = await visitor.send(await visitor.open(FORM), {"time": "1"})
    await visitor.rancak.counted(4)

    assert sent.status_code == 303
    thanks = await visitor.open(sent.headers["location"])
    assert "/layanan/dpmptsp.nib" in [link.attributes["href"] for link in thanks.all("a")]
    for scope in ("service:dpmptsp.nib", "agency:dpmptsp", "place:mpp", "city"):
        found = await visitor.rancak.index(scope)
        assert (found["index"], found["n"]) == ("97.92", 4)
    assert (await visitor.rancak.index())["by_series"] == {"open": 1, "agency": 3}


async def test_sending_twice_or_fifty_times_at_once_counts_once(visitor: Visitor) -> None:
    form = await visitor.open(FORM)
    sent = await asyncio.gather(*(visitor.send(form, {"sex": "female"}) for _ in range(50)))
    changed = await visitor.send(form, {"sex": "male"})

    assert {answer.status_code for answer in sent} == {303}
    assert changed.status_code == 409
    assert Page(changed.text).faults() == []
    await visitor.send(await visitor.open(FORM))
    await visitor.rancak.counted(2)


async def test_what_is_missing_is_said_beside_the_field_and_the_rest_is_kept(
    visitor: Visitor,
) -> None:
    entered = {"time": "", "cost": "5", "sex": "x", "age_band": "26_35", "comment": "á<b>" * 400}
    form = await visitor.open(FORM)
    refused = await visitor.send(form, entered)
    page = Page(refused.text)

    assert refused.status_code == 422
    assert page.faults() == []
    faulty = {element.attributes["id"] for element in page.elements if "fault" in _class(element)}
    assert {"time-fault", "cost-fault", "sex-fault", "comment-fault"} <= faulty
    checked = {e.attributes["name"] for e in page.all("input") if "checked" in e.attributes}
    assert len(checked) == 7
    assert page.all("option", value="26_35", selected="")
    assert page.one("textarea").text == entered["comment"]
    ticket = form.one("input", name="form").attributes["value"]
    assert page.one("input", name="form").attributes["value"] == ticket
    assert (await visitor.rancak.index())["n"] == 0


async def test_the_comment_is_cleaned_and_never_reaches_the_log(visitor: Visitor) -> None:
    comment = "  Petugas\r\nrama\u0068\u0301 \u202eterbalik\u0000 "
    sent = await visitor.send(await visitor.open(FORM), {"comment": comment})
    await visitor.rancak.counted(1)

    assert sent.status_code == 303
    events = await _logged(visitor.rancak)
    assert [event["data"]["series"] for event in events] == ["open"]
    assert "comment" not in events[0]["data"]
    assert events[0]["source"] == "/agencies/dpmptsp"
    assert events[0]["data"]["place"] == "mpp"


async def test_another_sites_page_cannot_send_the_form(visitor: Visitor) -> None:
    foreign = (
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    )
    for headers in foreign:
        refused = await visitor.send(await visitor.open(FORM), headers=headers)
        assert refused.status_code == 403, headers
        assert Page(refused.text).faults() == []
    ours = {"Sec-Fetch-Site": "same-origin", "Origin": visitor.rancak.urls["intake"]}
    assert (await visitor.send(await visitor.open(FORM), headers=ours)).status_code == 303
    await visitor.rancak.counted(1)


async def test_a_ticket_that_does_not_hold_keeps_the_answers_and_asks_once_more(
    visitor: Visitor,
) -> None:
    tickets, now = FormTickets(SecretStr(SECRET_KEY)), datetime.now(UTC)
    useless = (
        tickets.issue("dpmptsp.nib", now - LIFETIME - timedelta(seconds=1)),
        tickets.issue("dpmptsp.siup", now),
        "",
        "AAAA",
        "é",
        "x" * 10_000,
    )
    for ticket in useless:
        refused = await visitor.send(await visitor.open(FORM), {"form": ticket})
        page = Page(refused.text)
        assert (refused.status_code, page.faults()) == (422, [])
        assert len([e for e in page.all("input") if "checked" in e.attributes]) == 9

    again = await visitor.send(page)
    assert again.status_code == 303


async def test_without_its_database_the_form_keeps_the_answers_and_says_so(
    visitor: Visitor, servers: TestServers, database: str
) -> None:
    form = await visitor.open(FORM)
    await drop(servers, database)
    refused = await visitor.send(form, {"comment": "tetap ada"})
    page = Page(refused.text)

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert page.faults() == []
    assert page.one("textarea").text == "tetap ada"
    ticket = form.one("input", name="form").attributes["value"]
    assert page.one("input", name="form").attributes["value"] == ticket
    assert (await visitor.open(FORM, status=503)).one("h1").text.startswith("Sementara tidak")


async def test_unknown_and_ended_services_are_told_kindly(visitor: Visitor) -> None:
    for path in ("/isi/dpmptsp.x", "/isi/dpmptsp", "/isi/%00.%00", f"/isi/{'a' * 5000}.b"):
        await visitor.open(path, status=404)
    ended = {"name": "SIUP", "valid_until": "2022-12-31", "successor": "dpmptsp.nib"}
    form = await visitor.open("/isi/dpmptsp.siup")
    put = await visitor.rancak.http.put(
        f"{visitor.rancak.urls['intake']}/v1/services/dpmptsp.siup",
        json=ended,
        headers=bearer(visitor.rancak.admin_key),
    )
    assert put.status_code == 200, put.text

    closed = await visitor.open("/isi/dpmptsp.siup", status=410)
    assert "/isi/dpmptsp.nib" in [link.attributes["href"] for link in closed.all("a")]
    assert (await visitor.send(form)).status_code == 410


async def test_an_unknown_place_does_not_stop_an_answer(visitor: Visitor) -> None:
    for place in ("nowhere", "A B", "%00", "x" * 99):
        form = await visitor.open(f"/isi/dpmptsp.nib?tempat={place}")
        assert (await visitor.send(form)).status_code == 303
    await visitor.rancak.counted(4)


async def test_a_service_registered_a_moment_ago_takes_answers_at_once(visitor: Visitor) -> None:
    await visitor.rancak.post(answer())  # fills the cache of the registry
    await visitor.rancak.register("baru", "satu")

    assert (await visitor.send(await visitor.open("/isi/baru.satu"))).status_code == 303


async def test_bodies_that_are_no_form_are_refused(visitor: Visitor) -> None:
    url = f"{visitor.rancak.urls['intake']}/isi/dpmptsp.nib"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    many = "&".join(f"f{number}=1" for number in range(1_000)).encode()
    attempts = (
        ({"Content-Type": "application/json"}, b"{}", 415),
        ({**kind, "Content-Encoding": "gzip"}, b"form=1", 415),
        (kind, b"form=%ff", 400),
        (kind, b"form=\xff", 400),
        (kind, many, 400),
        (kind, b"a" * 40_000, 413),
    )
    for headers, content, status in attempts:
        refused = await visitor.rancak.http.post(url, content=content, headers={**HTML, **headers})
        assert refused.status_code == status


async def test_the_form_is_light_has_touchable_answers_and_speaks_english_on_request(
    visitor: Visitor,
) -> None:
    page = await visitor.open(FORM + "&bahasa=en")
    sheet = page.one("link", rel="stylesheet").attributes["href"]
    style = await visitor.rancak.http.get(visitor.rancak.urls["intake"] + sheet)

    assert len(page.source.encode()) + len(style.content) < FORM_SIZE
    assert page.all("script") == []
    assert len(page.all("fieldset")) == 9
    assert len(page.all("input", type="radio")) == 36
    assert "How fast was the service given?" in page.source
    assert page.one("form").attributes["action"] == "/isi/dpmptsp.nib?tempat=mpp&bahasa=en"
    sent = await visitor.send(page)
    assert (await visitor.open(sent.headers["location"])).one("html").attributes["lang"] == "en"


def _class(element: object) -> list[str]:
    return str(getattr(element, "attributes", {}).get("class", "")).split()


async def _logged(rancak: Rancak) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    for stream in await rancak.streams():
        if stream.startswith("feedback"):
            found: httpx.Response = await rancak.http.get(
                f"{rancak.urls['intake']}/v1/log/{stream}",
                headers=bearer(rancak.admin_key),
            )
            events += [json.loads(line) for line in found.text.splitlines()]
    return events
