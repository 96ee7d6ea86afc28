"""The small trend on a unit's page: a picture, and the same in words."""

from datetime import UTC, datetime

import pytest

from tests.events import answer
from tests.pages.visiting import Visitor
from tests.running import Rancak

LAST_YEAR = datetime.now(UTC).year - 1
MONTHS = {"02": 3, "05": 4, "11": 4}


@pytest.fixture
async def visitor(rancak: Rancak) -> Visitor:
    """A service with three closed quarters, the first one worse; another with one."""
    await rancak.register("dpmptsp", "nib", "siup")
    events = [
        answer(time=f"{LAST_YEAR}-{month}-04T10:00:00+07:00", score=score)
        for month, score in MONTHS.items()
        for _ in range(20)
    ]
    events += [
        answer(service="dpmptsp.siup", time=f"{LAST_YEAR}-02-04T10:00:00+07:00") for _ in range(20)
    ]
    posted = await rancak.post(events)
    assert posted.status_code == 202, posted.text
    await rancak.published(80, period=str(LAST_YEAR))
    return Visitor(rancak)


async def test_a_unit_shows_its_closed_quarters_as_a_picture_and_in_words(
    visitor: Visitor,
) -> None:
    page = await visitor.open(f"/layanan/dpmptsp.nib?masa={LAST_YEAR}")
    trend = (
        await visitor.rancak.http.get(
            visitor.rancak.urls["scoring"] + "/v1/index/trend",
            params={
                "scope": "service:dpmptsp.nib",
                "grain": "quarter",
                "from": f"{LAST_YEAR}-Q1",
                "to": f"{LAST_YEAR}-Q4",
            },
        )
    ).json()

    picture = page.one("svg", **{"class": "sparkline"})
    assert picture.attributes["aria-hidden"] == "true"
    assert len(page.all("circle")) == 3
    (line,) = page.all("polyline")
    assert len(line.attributes["points"].split()) == 2, "no line leads over an empty quarter"
    spoken = [item.text for item in page.all("li") if "Triwulan" in item.text]
    indices = [each["index"].replace(".", ",") for each in trend["periods"] if each["index"]]
    assert spoken == [
        f"Triwulan {number} {LAST_YEAR}: {index} (20 jawaban)"
        for number, index in zip(("I", "II", "IV"), indices, strict=True)
    ]
    words = page.one("section", **{"aria-labelledby": "trend"}).text
    assert f"Arah: {trend['trend']['words']['id']}." in words
    assert f"{trend['last_step']['words']['id']}" in words


async def test_the_trend_speaks_english_too(visitor: Visitor) -> None:
    page = await visitor.open(f"/layanan/dpmptsp.nib?masa={LAST_YEAR}&bahasa=en")

    words = page.one("section", **{"aria-labelledby": "trend"}).text
    assert "Direction: " in words
    assert f"Quarter IV {LAST_YEAR} against Quarter II {LAST_YEAR}: " in words


async def test_one_quarter_is_no_trend_and_a_city_shows_none(visitor: Visitor) -> None:
    for path in ("/layanan/dpmptsp.siup", "/"):
        page = await visitor.open(f"{path}?masa={LAST_YEAR}")

        assert page.all("section", **{"aria-labelledby": "trend"}) == []


async def test_a_trend_ends_with_the_period_that_the_page_shows(visitor: Visitor) -> None:
    page = await visitor.open(f"/layanan/dpmptsp.nib?masa={LAST_YEAR}-Q2")

    assert len(page.all("circle")) == 2
