"""The code of an answer: shown once, leads back to it, and takes it out of the count for good."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from services.intake.domain.follow_up import KEPT, hash_of, read_code
from services.intake.usecases.forget import forget_codes
from shared.database import engine as new_engine
from tests.pages.markup import Page
from tests.pages.visiting import HTML, Visitor
from tests.running import Rancak, bearer
from tests.servers import TestServers
from tests.waiting import wait_until

FORM = "/isi/dpmptsp.nib?tempat=mpp"
SURE = {"yakin": "ya"}
FROM_NOWHERE: Mapping[str, str] = {}
COMMENT = "Cepat,\ntetapi antre lama"


@pytest.fixture
async def visitor(rancak: Rancak) -> Visitor:
    await rancak.register("dpmptsp", "nib")
    return Visitor(rancak)


async def answered(visitor: Visitor) -> str:
    """Fill in the form; the code of the answer."""
    return await code_of(visitor, await visitor.send(await visitor.open(FORM)))


async def code_of(visitor: Visitor, sent: httpx.Response) -> str:
    """The code that the page of thanks shows after a form was sent."""
    assert sent.status_code == 303
    thanks = await visitor.open(sent.headers["location"])
    return thanks.one("code").text.strip()


async def withdraw(
    visitor: Visitor,
    code: str,
    fields: Mapping[str, str] = SURE,
    headers: Mapping[str, str] = FROM_NOWHERE,
) -> httpx.Response:
    url = f"{visitor.rancak.urls['intake']}/tiket/{code}"
    return await visitor.rancak.http.post(url, data=fields, headers={**HTML, **headers})


async def rows(servers: TestServers, database: str, statement: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(servers.admin(database))
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


async def corrections(rancak: Rancak) -> list[dict[str, Any]]:
    """What scoring knows of corrections."""
    found = await rancak.http.get(
        f"{rancak.urls['scoring']}/v1/adjustments", headers=bearer(rancak.keys["dpmptsp"])
    )
    return list(found.json()["items"])


async def test_an_answer_is_found_by_its_code_and_withdrawn_once_and_for_all(
    visitor: Visitor, servers: TestServers, database: str
) -> None:
    rancak = visitor.rancak
    await rancak.answered(3)
    await rancak.counted(3)
    before = await rancak.index("service:dpmptsp.nib")
    form, entered = await visitor.open(FORM), {"time": "1", "sex": "female", "comment": COMMENT}
    code = await code_of(visitor, await visitor.send(form, entered))
    await rancak.counted(4)

    page = await visitor.open(f"/tiket/{code.lower().replace('-', '')}")
    facts = [fact.text.strip() for fact in page.all("dd")]
    assert "1 · Tidak cepat" in facts
    assert "Perempuan" in facts
    assert COMMENT in [fact.text for fact in page.all("dd")]
    assert "Jawaban ini dihitung." in page.source
    assert "Mal Pelayanan Publik" in page.source

    # Only a confirmed post withdraws.
    assert (await withdraw(visitor, code, {"yakin": ""})).status_code == 422
    await rancak.http.head(f"{rancak.urls['intake']}/tiket/{code}")
    await visitor.open(f"/tiket/{code}?yakin=ya")
    assert (await rancak.index("service:dpmptsp.nib"))["n"] == 4

    sent = await asyncio.gather(*(withdraw(visitor, code) for _ in range(50)))
    again = await withdraw(visitor, code)

    # A busy database may ask some to try again; nobody is told of a withdrawal that is none.
    assert {303} <= {answer.status_code for answer in sent} <= {303, 503}
    assert again.status_code == 303
    await rancak.counted(3)
    after = await rancak.index("service:dpmptsp.nib")
    assert (after["exact"], after["by_series"]) == (before["exact"], before["by_series"])
    (correction,) = await corrections(rancak)
    assert (correction["proposed_by"], correction["state"]) == ("citizen", "in_force")
    assert await rows(servers, database, "SELECT * FROM intake.note") == []
    gone = await visitor.open(f"/tiket/{code}")
    assert "Anda sudah menarik jawaban ini." in gone.source
    assert gone.all("form") == []
    assert "Tidak cepat" not in gone.source

    # Neither the form once more nor the agency brings it back.
    assert await code_of(visitor, await visitor.send(form, entered)) == code
    assert await rows(servers, database, "SELECT * FROM intake.note") == []
    lifted = await rancak.http.post(
        f"{rancak.urls['intake']}/v1/corrections/{correction['id']}/lift",
        json={"reason": "Jawaban ini kami perlukan"},
        headers=bearer(rancak.admin_key),
    )
    assert (lifted.status_code, lifted.json()["code"]) == (403, "citizens_own")
    streams = (await rancak.streams()).values()
    assert sum(row["head"] for row in streams if row["stream"].startswith("feedback")) == 5
    assert (await rancak.index())["n"] == 3


async def test_the_code_is_shown_once_and_only_its_hash_is_kept(
    visitor: Visitor, servers: TestServers, database: str
) -> None:
    form = await visitor.open(FORM)
    sent = [await visitor.send(form) for _ in range(2)]
    cookies = {answer.headers["set-cookie"] for answer in sent}
    thanks = await visitor.open(sent[0].headers["location"])
    code = thanks.one("code").text.strip()
    reloaded = await visitor.open(sent[0].headers["location"])

    assert len(cookies) == 1
    assert "HttpOnly" in cookies.pop()
    assert code not in sent[0].headers["location"]
    assert reloaded.all("code") == []
    kept = await rows(servers, database, "SELECT hash, expires_at FROM intake.follow_up")
    assert [digest for digest, _ in kept] == [hash_of(code)]
    assert abs(kept[0][1] - datetime.now(UTC) - KEPT) < timedelta(minutes=1)


async def test_every_code_that_leads_nowhere_looks_the_same(
    visitor: Visitor, servers: TestServers, database: str
) -> None:
    code = await answered(visitor)
    wrong = read_code("0" * 20)
    await rows(servers, database, "UPDATE intake.follow_up SET expires_at = now()")
    texts = set()
    for path in (code, wrong, "x", "0" * 64, "%00"):
        page = await visitor.open(f"/tiket/{path}", status=404)
        texts.add(page.one("h1").text)
        assert (await withdraw(visitor, path)).status_code == 404
    assert len(texts) == 1

    engine = new_engine(servers.url("intake", database), pool=1)
    async with engine.begin() as connection:
        assert await forget_codes(connection, datetime.now(UTC)) == 1
    await engine.dispose()
    assert await rows(servers, database, "SELECT FROM intake.follow_up") == []


async def test_another_sites_page_withdraws_nothing(visitor: Visitor) -> None:
    code = await answered(visitor)
    for foreign in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert (await withdraw(visitor, code, headers=foreign)).status_code == 403
    assert "Jawaban ini dihitung." in (await visitor.open(f"/tiket/{code}")).source


async def test_a_typed_code_leads_to_its_page(visitor: Visitor) -> None:
    code = await answered(visitor)
    url = f"{visitor.rancak.urls['intake']}/tiket"
    typed = {"kode": code.lower().replace("-", " "), "bahasa": "en"}

    found = await visitor.rancak.http.get(url, params=typed)
    refused = await visitor.rancak.http.get(url, params={"kode": "<b>"}, headers=HTML)

    assert (found.status_code, found.headers["location"]) == (303, f"/tiket/{code}?bahasa=en")
    assert "This answer counts." in (await visitor.open(found.headers["location"])).source
    assert (refused.status_code, Page(refused.text).faults()) == (422, [])
    assert Page(refused.text).one("input", name="kode").attributes["value"] == "<b>"
    assert Page(refused.text).all("b") == []


async def test_what_the_agency_takes_out_is_said_on_the_page_until_it_is_lifted(
    visitor: Visitor,
) -> None:
    rancak = visitor.rancak
    code = await answered(visitor)
    await rancak.counted(1)
    log = await rancak.http.get(
        f"{rancak.urls['intake']}/v1/log/{await _stream(rancak)}", headers=bearer(rancak.admin_key)
    )
    wish = {
        "action": "withdraw",
        "slice": {"service": "dpmptsp.nib"},
        "event": log.text.partition('"id":"')[2].partition('"')[0],
        "reason": "Dikirim dua kali oleh petugas",
    }
    corrections_url = f"{rancak.urls['intake']}/v1/corrections"
    made = await rancak.http.post(corrections_url, json=wish, headers=bearer(rancak.admin_key))
    assert made.status_code == 201, made.text
    assert "instansi mengeluarkan" in (await visitor.open(f"/tiket/{code}")).source

    await rancak.http.post(
        f"{corrections_url}/{made.json()['id']}/lift",
        json={"reason": "Ternyata hanya sekali"},
        headers=bearer(rancak.admin_key),
    )
    assert "Jawaban ini dihitung." in (await visitor.open(f"/tiket/{code}")).source
    await wait_until(lambda: _is_counted(rancak, 1), "the answer to count again")


async def _is_counted(rancak: Rancak, count: int) -> bool:
    return bool((await rancak.index())["n"] == count)


async def _stream(rancak: Rancak) -> str:
    return next(
        name
        for name, row in (await rancak.streams()).items()
        if name.startswith("feedback") and row["head"]
    )
