"""The public pages: every one renders cleanly, and what they show is what was counted."""

from datetime import UTC, datetime

import pytest

from tests.events import answer
from tests.pages.visiting import HTML, Visitor
from tests.running import Rancak
from tests.waiting import wait_until

YEAR = datetime.now(UTC).year
PAGES = (
    "/",
    "/layanan/dpmptsp.nib",
    "/layanan/dpmptsp.siup",
    "/instansi/dpmptsp",
    "/instansi/disdukcapil",
    "/tempat/mpp",
)


@pytest.fixture
async def visitor(rancak: Rancak) -> Visitor:
    """A city with two agencies; one service has no answers yet."""
    await rancak.register("dpmptsp", "nib", "siup")
    await rancak.register("disdukcapil", "ktp")
    scores = {"requirements": 1, "time": 2, "facilities": 4}
    await rancak.answered(30)
    low = [answer(scores=scores) for _ in range(10)]
    old = [answer(time="2021-05-04T10:00:00+07:00") for _ in range(10)]
    posted = await rancak.post([*low, *old])
    assert posted.status_code == 202
    await rancak.published(40)
    await rancak.published(10, period="2021")
    return Visitor(rancak)


async def test_every_page_renders_in_both_languages_and_for_every_kind_of_period(
    visitor: Visitor,
) -> None:
    for path in PAGES:
        for query in ("", "?bahasa=en", "?masa=2021", f"?masa={YEAR}-Q3&bahasa=en", "?masa=1999"):
            page = await visitor.open(path + query)
            language = "en" if "bahasa=en" in query else "id"
            assert page.one("html").attributes["lang"] == language


async def test_pages_show_what_the_interface_answers(visitor: Visitor) -> None:
    index = await visitor.rancak.public("city")

    assert await visitor.shown("/") == (index["index"], 40)
    page = await visitor.open("/")
    rows = {row.text.split("\n")[0]: row.text for row in page.all("tr")}
    assert "Persyaratan" in rows
    assert index["elements"]["requirements"]["index"].replace(".", ",") in rows["Persyaratan"]
    assert len(page.all("svg")) >= 9


async def test_the_front_page_shows_the_newest_year_and_leads_to_the_others(
    visitor: Visitor,
) -> None:
    page = await visitor.open("/")
    years = [link.text for link in page.all("a") if "masa=" in link.attributes["href"]][:2]

    assert years == [str(YEAR), "2021"]
    assert await visitor.shown("/?masa=2021") == ("100.00", 10)
    assert await visitor.shown("/?masa=2020") == (None, 0)


async def test_all_pages_are_linked_from_the_front_page(visitor: Visitor) -> None:
    seen, waiting = set[str](), ["/"]
    while waiting:
        path = waiting.pop()
        seen.add(path)
        links = [link.attributes["href"] for link in (await visitor.open(path)).all("a")]
        ours = ("/layanan/", "/instansi/", "/tempat/", "/isi/")
        waiting += {link for link in links if link.startswith(ours) and "?" not in link} - seen

    assert set(PAGES) <= seen
    assert {"/isi/dpmptsp.nib", "/isi/dpmptsp.siup", "/isi/disdukcapil.ktp"} <= seen


async def test_what_does_not_exist_is_a_friendly_page_for_people_and_a_problem_for_programs(
    visitor: Visitor,
) -> None:
    unknown = ("/layanan/a.b", "/instansi/nobody", "/tempat/Nowhere", "/nix", "/?masa=2026-13")
    for path in unknown:
        await visitor.open(path, status=404)
        as_data = await visitor.rancak.http.get(visitor.rancak.urls["scoring"] + path)
        assert as_data.headers["content-type"] == "application/problem+json"
        assert as_data.status_code == 404


async def test_names_from_the_registry_cannot_become_markup(visitor: Visitor) -> None:
    hostile = '<script>alert(1)</script>"&'
    made = await visitor.rancak.http.put(
        f"{visitor.rancak.urls['intake']}/v1/agencies/dpmptsp",
        json={"name": hostile, "kind": "dinas"},
        headers={"Authorization": f"Bearer {visitor.rancak.admin_key}"},
    )
    assert made.status_code == 200, made.text

    async def is_renamed() -> bool:
        return (await visitor.open("/instansi/dpmptsp")).one("h1").text == hostile

    await wait_until(is_renamed, "the new name to arrive")
    await visitor.open("/")
    await visitor.open("/layanan/dpmptsp.nib")


async def test_pages_may_be_kept_for_a_second_only(visitor: Visitor) -> None:
    found = await visitor.rancak.http.get(visitor.rancak.urls["scoring"] + "/", headers=HTML)

    assert found.headers["cache-control"] == "public, max-age=1"
