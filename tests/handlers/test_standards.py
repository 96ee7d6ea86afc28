"""A service's standard: published version by version, judged, read by API and page."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.handlers.test_registry import events, get, head, key_for, put
from tests.pages.markup import Page
from tests.pages.visiting import Visitor
from tests.running import Rancak
from tests.standards import COMPLETE
from tests.waiting import wait_until

PATH = "services/dinkes.sip/standard"
TODAY = (datetime.now(UTC) + timedelta(hours=7)).date()  # in Padang


async def test_versions_are_published_read_judged_and_announced(rancak: Rancak) -> None:
    own = await rancak.register("dinkes", "sip")
    before = await head(rancak)
    first = await put(rancak, PATH, COMPLETE, own)
    again = await put(rancak, PATH, COMPLETE)
    faster = {
        **COMPLETE,
        "valid_from": TODAY.isoformat(),
        "deadline": {"number": 3, "unit": "working_days"},
        "evaluation": [],
    }
    second = await put(rancak, PATH, faster, own)

    assert (first.status_code, first.json()["version"]) == (200, 1), first.text
    assert first.json()["completeness"] == {"filled": 14, "of": 14, "delivery": True, "missing": []}
    assert again.json() == first.json()
    assert second.json()["version"] == 2
    assert second.json()["completeness"]["missing"] == [
        {"component": "evaluation", "why": "empty", "article": "UU 25/2009 Pasal 21 huruf n"}
    ]
    assert await head(rancak) == before + 2
    name, data = (await events(rancak))[-1]
    assert (name, data["version"], data["deadline"]) == (
        "standard.published.v1",
        2,
        faster["deadline"],
    )
    assert (await get(rancak, PATH)).json() == second.json()
    assert (await get(rancak, PATH, on="2025-01-02")).json()["standard"] == first.json()["standard"]
    assert (await get(rancak, PATH, version=1)).json()["in_force"] is False
    for query in ({"on": "2025-01-01"}, {"version": 3}):
        assert (await get(rancak, PATH, **query)).json()["code"] == "no_standard"
    await _history_and_page(rancak)
    await _is_passed_over(rancak, before + 2)


async def _history_and_page(rancak: Rancak) -> None:
    history = (await get(rancak, f"{PATH}/history")).json()["items"]
    changed = {each["component"]: (each["before"], each["after"]) for each in history[1]["changed"]}
    assert history[0]["changed"] == []
    assert set(changed) == {"valid_from", "deadline", "evaluation"}
    assert (changed["deadline"][0]["number"], changed["deadline"][1]["number"]) == (5, 3)
    assert changed["evaluation"] == (["Survei setiap triwulan"], [])
    listed = (await get(rancak, "standards", limit=1)).json()
    assert [(each["service"], each["version"]) for each in listed["items"]] == [("dinkes.sip", 2)]
    assert listed["next"] is None

    visitor = Visitor(rancak)
    page = await visitor.open("/layanan/dinkes.sip/standar")
    old = await visitor.open("/layanan/dinkes.sip/standar?versi=1&bahasa=en")
    assert "3 hari kerja" in _headline(page)
    assert "Rp50.000" in _headline(page)
    assert "13 / 14" in _headline(page)
    assert "UU 25/2009 Pasal 21 huruf n" in page.source
    assert "Jangka waktu penyelesaian: 5 hari kerja → 3 hari kerja" in page.source
    assert "5 working days" in _headline(old)
    assert "This is not the version in force." in old.source
    assert "Contoh" not in page.source
    for path in ("dinkes.sip/standar?versi=3", "dinkes.x/standar", "%00/standar"):
        await visitor.open(f"/layanan/{path}", status=404)


def _headline(page: Page) -> str:
    return " ".join(each.text for each in page.all("p", **{"class": "class"}))


async def _is_passed_over(rancak: Rancak, sequence: int) -> None:
    """Consumers that do not know standards yet go past them: nothing waits, nothing is dead."""
    for consumer in ("scoring", "notify"):

        async def has_passed(consumer: str = consumer) -> bool:
            return bool((await rancak.streams(consumer))["registry"]["applied"] >= sequence)

        await wait_until(has_passed, f"{consumer} to go past the standards")
        assert (await rancak.streams(consumer))["registry"]["dead"] == 0


async def test_what_may_not_be_published_leaves_no_trace(rancak: Rancak) -> None:
    own = await rancak.register("dinkes", "sip")
    await rancak.register("dukcapil", "ktp")
    await put(rancak, PATH, COMPLETE)
    sandbox = await key_for(rancak, "registry:write", "test")
    before = await head(rancak)

    refused: list[tuple[dict[str, Any], str, str]] = [
        ({"deadline": {"number": 0, "unit": "working_days"}}, "/deadline/number", "out_of_range"),
        ({"deadline": {"number": 1, "unit": "weeks"}}, "/deadline/unit", "not_allowed"),
        ({"deadline": {"number": 1, "unit": "working_days", "x": 1}}, "/deadline", "unknown_field"),
        ({"fee": {"amount": 1.5, "basis": "x"}}, "/fee/amount", "wrong_type"),
        ({"fee": {}}, "/fee/basis", "missing_field"),
        ({"requirements": ["KTP"]}, "/requirements/0", "wrong_type"),
        ({"requirements": [{"nama": "KTP"}]}, "/requirements/0", "unknown_field"),
        ({"product": [" Izin"]}, "/product/0", "invalid_format"),
        ({"valid_from": "2025-01-03"}, "/valid_from", "begins_in_the_past"),
        ({"umur": 1}, "", "unknown_field"),
    ]
    for change, pointer, code in refused:
        wanted = {**COMPLETE, "valid_from": TODAY.isoformat(), **change}
        answer = await put(rancak, PATH, wanted, own)
        assert answer.status_code == 422, change
        assert answer.json()["errors"] == [{"pointer": pointer, "code": code}], change
    foreign = await put(rancak, "services/dukcapil.ktp/standard", COMPLETE, own)
    missing = await put(rancak, "services/dinkes.baru/standard", COMPLETE, own)
    tried = await put(rancak, PATH, {**COMPLETE, "valid_from": TODAY.isoformat()}, sandbox)

    assert (foreign.status_code, foreign.json()["code"]) == (404, "unknown_agency")
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown_service")
    assert tried.json()["version"] == 2
    assert (await get(rancak, PATH)).json()["version"] == 1
    assert await head(rancak) == before


async def test_a_closed_service_leads_to_the_one_that_is_given_today(rancak: Rancak) -> None:
    await rancak.register("dpmptsp", "nib")
    for code, successor in (("situ", "siup"), ("siup", "nib")):
        ended = {
            "name": code.upper(),
            "valid_until": "2018-07-08",
            "successor": f"dpmptsp.{successor}",
            "example": True,
        }
        assert (await put(rancak, f"services/dpmptsp.{code}", ended)).json()["example"] is True
    circle = await put(rancak, "services/dpmptsp.nib", {"name": "NIB", "successor": "dpmptsp.situ"})
    visitor = Visitor(rancak)
    form = await visitor.open("/isi/dpmptsp.situ", status=410)
    page = await visitor.open("/layanan/dpmptsp.situ/standar")

    assert circle.json()["errors"] == [{"pointer": "/successor", "code": "successor_circle"}]
    assert form.all("a", href="/isi/dpmptsp.nib")
    for shown in (form, page):
        assert shown.all("a", href="/layanan/dpmptsp.nib/standar")[0].text == "Layanan nib"
    assert "belum menerbitkan standar" in page.source
    assert "Contoh, bukan data resmi." in page.source
