"""`GET /v1/reports/skm`: for anybody once a period is closed, for an agency at any time."""

import json
from io import BytesIO

import pytest
from pypdf import PdfReader

from services.scoring.domain.elements import CODES
from tests.events import answer
from tests.running import Rancak, bearer

BEST = dict.fromkeys(CODES, 4)
LOW = {**BEST, "requirements": 1, "time": 2, "facilities": 3}


@pytest.fixture
async def city(rancak: Rancak) -> Rancak:
    """Answers of a closed year, some with respondents, and a few of this year."""
    await rancak.register("dpmptsp", "nib", "siup")
    for month, scores in (("02", LOW), ("07", BEST)):
        time = f"2021-{month}-04T10:00:00+07:00"
        posted = await rancak.post(
            [
                answer(time=time, scores=scores, data_respondent={"sex": sex, "age": 34})
                for sex in ("female", "male")
                for _ in range(10)
            ]
        )
        assert posted.status_code == 202, posted.text
    await rancak.answered(12)
    await rancak.published(40, period="2021")
    return rancak


async def report(rancak: Rancak, scope: str, period: str, *, key: str = "", **more: str) -> bytes:
    found = await rancak.http.get(
        f"{rancak.urls['scoring']}/v1/reports/skm",
        params={"scope": scope, "period": period, **more},
        headers=bearer(key) if key else {},
        timeout=120,
    )
    assert found.status_code == 200, found.text
    return found.content


async def test_the_public_report_holds_the_published_figure_and_its_receipt(city: Rancak) -> None:
    public = await city.public("agency:dpmptsp", "2021")

    body = json.loads(await report(city, "agency:dpmptsp", "2021", format="json"))
    text = "\n".join(
        page.extract_text()
        for page in PdfReader(BytesIO(await report(city, "agency:dpmptsp", "2021"))).pages
    )

    assert (body["index"], body["receipt"]["id"]) == (public["index"], public["figure"])
    assert body["respondents"] == {}
    assert public["index"].replace(".", ",") in text
    assert "Layanan nib" in text


async def test_every_format_of_the_same_figure_says_the_same(city: Rancak) -> None:
    index = (await city.public("service:dpmptsp.nib", "2021"))["index"]

    csv = (await report(city, "service:dpmptsp.nib", "2021", format="csv")).decode("utf-8-sig")
    sheet = (await report(city, "service:dpmptsp.nib", "2021", format="sheet-html")).decode()
    workbook = await report(city, "service:dpmptsp.nib", "2021", format="xlsx", lang="en")

    assert index in csv
    assert index.replace(".", ",") in sheet
    assert workbook.startswith(b"PK")


async def test_an_agency_sees_who_answered_and_a_report_of_the_running_year(city: Rancak) -> None:
    key = city.keys["dpmptsp"]

    old = json.loads(
        await report(city, "agency:dpmptsp", "2021", key=key, view="live", format="json")
    )
    new = json.loads(
        await report(
            city, "agency:dpmptsp", str(2026), key=key, view="live", format="json", population="100"
        )
    )

    told = old["respondents"]["sex"]
    assert (told["female"], told["male"]) == (20, 20)
    assert (new["n"], new["live"], new["minimum"]) == (12, True, 80)


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"scope": "agency:dpmptsp", "period": "2026"}, 404, "not_closed"),
        ({"scope": "service:dpmptsp.siup", "period": "2021"}, 404, "not_closed"),
        ({"scope": "agency:nobody", "period": "2021"}, 404, "unknown_scope"),
        ({"scope": "agency:dpmptsp", "period": "2021-13"}, 422, "invalid"),
        ({"scope": "city", "period": "2021", "format": "doc"}, 422, "invalid"),
        ({"scope": "agency:dpmptsp", "period": "2021", "view": "live"}, 401, "unauthorised"),
    ],
)
async def test_what_cannot_be_reported_says_why(
    rancak: Rancak, asked: dict[str, str], status: int, code: str
) -> None:
    await rancak.register("dpmptsp", "nib", "siup")
    await rancak.answered(1)
    await rancak.counted(1)
    refused = await rancak.http.get(f"{rancak.urls['scoring']}/v1/reports/skm", params=asked)

    assert (refused.status_code, refused.json()["code"]) == (status, code), refused.text
