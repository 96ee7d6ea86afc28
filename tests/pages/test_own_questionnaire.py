"""From a published questionnaire to the live index: the form asks it, answers carry it."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from typer.testing import CliRunner

from deploy.check_figure import Source, check
from services.cli import app as commands
from services.intake.domain.questionnaire import NATIONAL
from services.intake.usecases.questionnaires import publish
from shared import database
from shared.contracts.registry import QuestionnaireDraft
from tests.events import answer
from tests.pages.visiting import Visitor
from tests.running import SERVICE_KEY, Rancak, bearer
from tests.waiting import wait_until

FORM = "/isi/dpmptsp.nib?tempat=mpp"
NINE = [question.element for question in NATIONAL.questions]
SLOW = {**dict.fromkeys(NINE, 4), "time": 2}
WEIGHTS = ["1/36", "1/36", "4/9", *["1/12"] * 6]
SINCE, NEXT_MONTH = "2021-02-01", "2999-01-01"


def words(indonesian: str, english: str) -> dict[str, str]:
    return {"id": indonesian, "en": english}


def draft(valid_from: str = NEXT_MONTH, **changes: Any) -> dict[str, Any]:
    """Own weights, an own wording of one question, an element more."""
    elements = {code: {"weight": weight} for code, weight in zip(NINE, WEIGHTS, strict=True)}
    elements["time"]["question"] = words("Secepat apa izin Anda terbit?", "How fast was it?")  # type: ignore[assignment]  # JSON
    parking = {
        "name": words("Tempat parkir", "Parking"),
        "question": words("Bagaimana tempat parkirnya?", "How is the parking?"),
        "answers": [words(text, text) for text in ("Buruk", "Cukup", "Baik", "Sangat baik")],
    }
    return {"valid_from": valid_from, "elements": elements, "extra": {"parking": parking}} | changes


class OneOrigin(Source):
    """Both services behind one address."""

    def __init__(self, rancak: Rancak) -> None:
        super().__init__("", SERVICE_KEY)
        self._urls = rancak.urls

    def get(self, path: str, **query: object) -> bytes:
        of_intake = path.startswith(("/v1/log", "/v1/agencies"))
        self._url = self._urls["intake" if of_intake else "scoring"]
        return super().get(path, **query)


async def send(rancak: Rancak, body: dict[str, Any], key: str | None = None) -> httpx.Response:
    """Publish it for dpmptsp."""
    return await rancak.http.post(
        f"{rancak.urls['intake']}/v1/agencies/dpmptsp/questionnaires",
        json=body,
        headers=bearer(key or rancak.keys["dpmptsp"]),
    )


async def read(rancak: Rancak, path: str = "") -> httpx.Response:
    return await rancak.http.get(
        f"{rancak.urls['intake']}/v1/agencies/dpmptsp/questionnaires{path}"
    )


@pytest.fixture
async def visitor(rancak: Rancak) -> Visitor:
    """A city whose agency has had its own questionnaire since February 2021."""
    await rancak.register("dpmptsp", "nib")
    await rancak.register("disdukcapil", "ktp")
    engine = database.engine(_url(rancak), pool=1)
    long_ago = datetime(2021, 1, 15, tzinfo=UTC)
    asked = msgspec.convert(draft(SINCE), QuestionnaireDraft)
    async with engine.begin() as connection:
        await publish(connection, "dpmptsp", asked, now=long_ago, default_zone="Asia/Jakarta")
    await engine.dispose()
    return Visitor(rancak)


def _url(rancak: Rancak) -> str:
    return rancak.database_urls["intake"]


async def test_versions_are_published_once_listed_and_read(rancak: Rancak) -> None:
    await rancak.register()
    first, again = await send(rancak, draft()), await send(rancak, draft())
    second = await send(rancak, {"valid_from": NEXT_MONTH})

    assert [each.status_code for each in (first, again, second)] == [201, 200, 201]
    assert first.json() == again.json()
    assert second.json()["version"] == "dpmptsp.2"
    assert [each["weight"] for each in first.json()["elements"]] == WEIGHTS
    assert first.json()["elements"][2]["question"]["id"] == "Secepat apa izin Anda terbit?"
    assert [each["code"] for each in first.json()["extra"]] == ["parking"]
    assert (await read(rancak)).json() == {"items": [first.json(), second.json()], "next": None}
    assert (await read(rancak, "?limit=1")).json()["next"] == "1"
    assert (await read(rancak, "/dpmptsp.1")).json() == first.json()
    assert {each["weight"] for each in (await read(rancak, "/nasional.1")).json()["elements"]} == {
        "1/9"
    }
    for unknown in ("/dpmptsp.3", "/nasional.2", "/disdukcapil.1"):
        assert (await read(rancak, unknown)).status_code == 404


async def test_the_command_publishes_lists_and_shows(rancak: Rancak, tmp_path: Path) -> None:
    key = await rancak.register()
    runner = CliRunner(env={"RANCAK_URL": rancak.urls["intake"], "RANCAK_KEY": key})
    file = tmp_path / "form.json"
    file.write_text(json.dumps(draft()))

    async def run(*arguments: str) -> str:
        asked = ["questionnaire", *arguments]
        return (await asyncio.to_thread(runner.invoke, commands, asked)).output

    made = json.loads(await run("publish", "dpmptsp", str(file), "--json"))
    assert made["version"] == "dpmptsp.1"
    assert json.loads(await run("list", "dpmptsp", "--json")) == [made]
    assert "parking" in await run("list", "dpmptsp")
    assert "di luar IKM" in " ".join((await run("show", "dpmptsp", "dpmptsp.1")).split())
    file.write_text("{}")
    assert "422" in await run("publish", "dpmptsp", str(file))


async def test_what_breaks_a_rule_is_refused_by_name(rancak: Rancak) -> None:
    key = await rancak.register("disdukcapil", "ktp")
    await rancak.register()
    unequal = {code: {"weight": "1/10"} for code in NINE}
    parking = draft()["extra"]["parking"]
    for body, pointer, code in (
        (draft("2021-01-01"), "/valid_from", "in_the_past"),
        (draft("2999-01-02"), "/valid_from", "not_first_of_month"),
        (draft("2999-02-30"), "/valid_from", "invalid_format"),
        (draft(elements=unequal), "/elements", "weights_do_not_sum_to_1"),
        (draft(elements={"time": {"weight": "1/1"}}), "/elements", "all_nine_or_none"),
        (draft(elements={"parking": {}}), "/elements", "unknown_element"),
        (draft(extra={"time": parking}), "/extra", "national_element"),
        (
            draft(extra={"parking": {**parking, "name": words("a\u202eb", "b")}}),
            "/extra/parking/name/id",
            "forbidden_character",
        ),
        (draft(elements={"time": {"weight": "0.5"}}), "/elements/weight", "invalid_format"),
    ):
        refused = await send(rancak, body)

        assert refused.status_code == 422, body
        assert refused.json()["errors"] == [{"pointer": pointer, "code": code}]
    assert (await send(rancak, draft(), key)).status_code == 404
    # Its versions would be called like the national ones.
    await rancak.register("nasional")
    refused = await rancak.http.post(
        f"{rancak.urls['intake']}/v1/agencies/nasional/questionnaires",
        json=draft(),
        headers=bearer(rancak.admin_key),
    )
    assert refused.json()["errors"] == [{"pointer": "", "code": "not_allowed"}]
    assert (await read(rancak)).json()["items"] == []


async def test_the_form_asks_it_and_the_live_index_weighs_and_shows_it(visitor: Visitor) -> None:
    rancak = visitor.rancak
    form = await visitor.open(FORM)
    text = form.one("main").text
    assert "Secepat apa izin Anda terbit?" in text
    assert "Pertanyaan tambahan, di luar IKM" in text
    version = form.one("input", name="questionnaire").attributes["value"]
    assert version == "dpmptsp.1"

    sent = await visitor.send(form, {"questionnaire": version, "time": "2", "extra-parking": "3"})
    assert sent.status_code == 303
    assert (await rancak.post(answer(scores=SLOW, data_extra={"parking": 1}))).status_code == 202
    await rancak.counted(2)

    found = await rancak.index("service:dpmptsp.nib")
    assert (found["index"], found["questionnaire"]) == ("77.78", "dpmptsp.1")
    parking = found["extra"]["dpmptsp.1"]["parking"]
    assert (parking["n"], parking["sum"], parking["counts"]) == (2, 4, None)
    assert (await rancak.index())["index"] == "94.44"
    logged = [event for event in await _log(rancak) if "submitted" in event["type"]]
    assert [event["data"].get("questionnaire") for event in logged] == ["dpmptsp.1", None]
    assert [event.get("questionnaire") for event in logged] == [None, "dpmptsp.1"]
    other = await visitor.open("/isi/disdukcapil.ktp")
    assert other.one("input", name="questionnaire").attributes["value"] == "nasional.1"
    assert "di luar IKM" not in other.one("main").text


async def test_an_answer_to_no_such_questionnaire_is_refused(visitor: Visitor) -> None:
    rancak = visitor.rancak
    await send(rancak, {"valid_from": NEXT_MONTH})
    for data, pointer, code in (
        ({"questionnaire": "dpmptsp.9"}, "questionnaire", "unknown_questionnaire"),
        ({"questionnaire": "disdukcapil.1"}, "questionnaire", "unknown_questionnaire"),
        ({"questionnaire": "dpmptsp.2"}, "questionnaire", "questionnaire_not_valid_then"),
        ({"extra": {"toilets": 3}}, "extra", "unknown_element"),
        (
            {"questionnaire": "nasional.1", "extra": {"parking": 3}},
            "extra",
            "unknown_element",
        ),
        ({"extra": {"parking": 5}}, "extra/parking", "out_of_range"),
    ):
        changes: dict[str, Any] = {f"data_{name}": value for name, value in data.items()}
        event = answer(**changes)
        refused = await rancak.post(event)

        assert refused.status_code == 422, data
        assert refused.json()["errors"][0]["pointer"].startswith("/data/" + pointer.split("/")[0])
        assert refused.json()["errors"][0]["code"] == code
    foreign = answer(service="disdukcapil.ktp", data_questionnaire="dpmptsp.1")
    assert (await rancak.post(foreign)).json()["errors"][0]["code"] == "unknown_questionnaire"
    old = answer(data_questionnaire="nasional.1")
    assert (await rancak.post(old)).status_code == 202


async def test_anybody_derives_a_figure_again_by_the_published_weights(visitor: Visitor) -> None:
    rancak = visitor.rancak
    time = "2021-03-04T10:00:00+07:00"
    posted = await rancak.post([answer(time=time, scores=SLOW) for _ in range(10)])
    assert posted.status_code == 202
    await rancak.published(10, "agency:dpmptsp", "2021-03")

    async def is_closed() -> bool:
        return bool((await rancak.public("agency:dpmptsp", "2021"))["closed"])

    await wait_until(is_closed, "the year 2021 to be closed")
    figure = str((await rancak.public("agency:dpmptsp", "2021"))["figure"])
    found = await asyncio.to_thread(lambda: list(check(OneOrigin(rancak), figure, with_log=True)))

    assert "77.78 (exactly 700/9), by dpmptsp.1" in found[2]
    assert "time 4/9" in found[2]
    receipt = (await rancak.http.get(f"{rancak.urls['scoring']}/v1/figures/{figure}")).json()
    assert (receipt["questionnaire"], receipt["weights"]["time"]) == ("dpmptsp.1", "4/9")
    page = await visitor.open(f"/angka/{figure}")
    assert "time 4/9" in page.one("main").text


async def _log(rancak: Rancak) -> list[dict[str, Any]]:
    events = []
    for partition in range(4):
        found = await rancak.http.get(
            f"{rancak.urls['intake']}/v1/log/feedback.{partition}", headers=bearer(SERVICE_KEY)
        )
        events += [json.loads(line) for line in found.text.splitlines()]
    return events
