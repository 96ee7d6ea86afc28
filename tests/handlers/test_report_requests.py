"""`GET /v1/reports/skm`: for anybody once a period is closed, for an agency at any time."""

import json
from io import BytesIO
from typing import Any

import msgspec
import pytest
from pypdf import PdfReader

from services.scoring.api.reports.order import ReportIn
from services.scoring.domain.elements import CODES
from shared.http import FieldError
from shared.http.problem import field_error
from tests.events import answer
from tests.running import Rancak, bearer
from tests.waiting import wait_until

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


async def ended(rancak: Rancak, path: str, key: str = "") -> list[dict[str, Any]]:
    """All that was seen of a job, the last of it ended."""
    seen: list[dict[str, Any]] = []

    async def has_ended() -> bool:
        found = await rancak.http.get(rancak.urls["scoring"] + path, headers=asking(key))
        assert found.status_code == 200, found.text
        seen.append(found.json())
        return seen[-1]["state"] in {"done", "failed"}

    await wait_until(has_ended, "the job to end", timeout=60)
    return seen


def asking(key: str) -> dict[str, str]:
    return bearer(key) if key else {}


async def test_a_report_in_the_background_says_how_far_it_is_and_where_it_lies(
    city: Rancak,
) -> None:
    url, asked = f"{city.urls['scoring']}/v1/reports/skm", {"scope": "city", "period": "2021"}
    started = await city.http.post(url, json=asked)
    again = await city.http.get(url, params=asked, headers={"Prefer": "respond-async"})

    assert (started.status_code, again.status_code) == (202, 202)
    assert again.headers["Preference-Applied"] == "respond-async"
    path = started.headers["Location"]
    assert path == again.headers["Location"] == f"/v1/reports/jobs/{started.json()['id']}"
    seen = await ended(city, path)
    assert seen[-1]["state"] == "done"
    steps = [each["progress"] for each in seen if each["progress"]]
    assert [each["step"] for each in steps] == sorted(each["step"] for each in steps)
    assert {each["of"] for each in steps} == {5}
    assert any(each["part"] for each in steps)
    file = await city.http.get(city.urls["scoring"] + seen[-1]["file"])
    assert file.content == await report(city, "city", "2021")
    assert file.headers["Content-Disposition"] == 'attachment; filename="skm-city-kota-2021.pdf"'
    waited = await city.http.post(url, json=asked, headers={"Prefer": "wait=60"}, timeout=60)
    assert (waited.status_code, waited.content) == (200, file.content)


async def test_a_job_says_why_there_is_no_report(rancak: Rancak) -> None:
    url = f"{rancak.urls['scoring']}/v1/reports"
    started = await rancak.http.post(
        f"{url}/skm", params={"scope": "city", "period": "2026", "population": "12"}
    )
    failed = (await ended(rancak, started.headers["Location"]))[-1]
    file = await rancak.http.get(f"{url}/jobs/{failed['id']}/file")
    unknown = await rancak.http.get(f"{url}/jobs/lost-in-a-restart")
    waited = await rancak.http.post(
        f"{url}/skm",
        params={"scope": "city", "period": "2026"},
        headers={"Prefer": "wait=60"},
        timeout=60,
    )
    faulty = await rancak.http.post(f"{url}/skm", params={"scope": "city", "population": "0"})

    assert (failed["state"], failed["problem"]["code"]) == ("failed", "not_closed")
    assert (file.status_code, file.json()["code"]) == (409, "not_done")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_job")
    assert (waited.status_code, waited.json()["code"]) == (404, "not_closed")
    assert faulty.status_code == 422


INPUTS = {
    "plan": [
        {
            "element": "requirements",
            "programme": "Meja bantuan persyaratan",
            "quarters": [1, 3],
            "owner": "Bidang Pelayanan",
        },
        {"element": "time"},
    ],
    "forum_on": "2022-02-08",
    "method": {"who": "Tim Survei Mandiri"},
    "previous": [
        {"element": "facilities", "programme": "Kursi ruang tunggu", "outcome": "Selesai Maret"}
    ],
}


async def test_what_an_agency_gives_stands_in_its_report_and_nobody_else_may_give_it(
    city: Rancak,
) -> None:
    url, key = f"{city.urls['scoring']}/v1/reports/skm", city.keys["dpmptsp"]
    asked = {"scope": "agency:dpmptsp", "period": "2021", "inputs": INPUTS}
    stranger = await city.register("disdukcapil", "ktp")

    async def is_known() -> bool:
        own = {"scope": "agency:disdukcapil", "period": "2021", "view": "live"}
        index = city.urls["scoring"] + "/v1/index"
        found = await city.http.get(index, params=own, headers=bearer(stranger))
        return found.status_code == 200

    await wait_until(is_known, "scoring to know the other agency's key")
    anonymous = await city.http.post(url, json=asked)
    other = await city.http.post(url, json=asked, headers=bearer(stranger))
    started = await city.http.post(url, json=asked, headers=bearer(key))
    path = started.headers["Location"]
    hidden = await city.http.get(city.urls["scoring"] + path, headers=bearer(stranger))
    job = (await ended(city, path, key))[-1]
    file = await city.http.get(city.urls["scoring"] + job["file"], headers=bearer(key))

    assert (anonymous.status_code, other.status_code) == (401, 404)
    assert (hidden.status_code, hidden.json()["code"]) == (404, "unknown_job")
    assert file.headers["Cache-Control"] == "private, no-store"
    text = " ".join(
        " ".join(page.extract_text() for page in PdfReader(BytesIO(file.content)).pages).split()
    )
    for given in ("Meja bantuan persyaratan", "8 Februari 2022", "Tim Survei Mandiri", "Selesai"):
        assert given in text
    public = json.loads(await report(city, "agency:dpmptsp", "2021", format="json"))
    assert public["follow_up"] == []


@pytest.mark.parametrize(
    ("inputs", "pointer", "code"),
    [
        ({"plan": [{"element": "price"}]}, "/inputs/plan/0/element", "not_allowed"),
        (
            {"plan": [{"element": "time", "quarters": [5]}]},
            "/inputs/plan/0/quarters/0",
            "out_of_range",
        ),
        ({"plan": [{"element": "time"}] * 31}, "/inputs/plan", "invalid_length"),
        ({"forum_on": "8 Februari"}, "/inputs/forum_on", "invalid_time"),
        ({"method": {"who": "\u202eTim"}}, "/inputs/method/who", "invalid_format"),
        ({"signature": "x"}, "/inputs", "unknown_field"),
    ],
)
async def test_what_an_agency_may_not_give_is_named(
    inputs: dict[str, Any], pointer: str, code: str
) -> None:
    body = json.dumps({"scope": "city", "period": "2021", "inputs": inputs})

    with pytest.raises(msgspec.ValidationError) as fault:
        msgspec.json.decode(body, type=ReportIn)
    assert field_error(fault.value) == FieldError(pointer, code)


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
