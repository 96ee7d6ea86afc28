"""An agency's questionnaire in scoring: its weights in every figure, its own elements apart."""

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.domain import period, scope
from services.scoring.domain.elements import CODES
from services.scoring.usecases.adjust import adjust_next
from services.scoring.usecases.announce import announce
from services.scoring.usecases.rebuild import rebuild
from services.scoring.usecases.report import ReportOf, own_report, public_report
from services.scoring.usecases.verify import verify_rollups
from services.scoring.usecases.verify_figure import verify_figure
from shared.contracts import corrections
from shared.contracts.cloudevent import new_event
from shared.contracts.registry import (
    ExtraElement,
    NationalElement,
    QuestionnairePublished,
    Wording,
)
from shared.log import read as log
from tests.handlers.counting import LIVE_KEY, NOON, Counting, answer, ask

NEW_YEAR = datetime(2027, 1, 1, 7, tzinfo=UTC)
SLOW = (4, 4, 2, 4, 4, 4, 4, 4, 4)
WEIGHTS = ("1/36", "1/36", "4/9", *["1/12"] * 6)
PARKING = Wording("Parkir", "Parking")
OWN = QuestionnairePublished(
    agency="a",
    version=1,
    valid_from="2026-07-01",
    elements={
        code: NationalElement(weight=weight) for code, weight in zip(CODES, WEIGHTS, strict=True)
    },
    extra={
        "parking": ExtraElement(
            name=PARKING, question=PARKING, answers=(PARKING, PARKING, PARKING, PARKING)
        )
    },
)


@pytest.fixture
async def city(scoring: Counting) -> Counting:
    """An agency whose own weights hold from July on, and another one."""
    await scoring.register(agencies=["a", "b"], services=["a.x", "a.y", "b.x"], places=["mpp"])
    await scoring.ask_by(OWN)
    await scoring.count(*[answer("a.x", SLOW, day="2026-03-03", place="mpp")] * 20)
    await scoring.count(*[answer("a.x", SLOW, place="mpp")] * 20, *[answer("b.x", SLOW)] * 20)
    return scoring


def unseen(*_: object) -> None:
    """Nobody looks at the progress."""


async def test_the_own_weights_make_the_index_of_the_agency_and_no_other(
    city: Counting, http: httpx.AsyncClient
) -> None:
    for of, masa, index, questionnaire in (
        # 700/9 by the own weights, 850/9 by equal ones: see the rules.
        ("service:a.x", "2026-09", "77.78", "a.1"),
        ("agency:a", "2026", "77.78", "a.1"),
        ("agency:a", "2026-S1", "94.44", "nasional.1"),
        ("agency:b", "2026", "94.44", "nasional.1"),
        ("place:mpp", "2026", "94.44", "nasional.1"),
        ("city", "2026", "94.44", "nasional.1"),
    ):
        body: dict[str, Any] = await ask(http, of, masa)

        assert (body["index"], body["questionnaire"]) == (index, questionnaire), of
        weights = [Fraction(body["weights"][code]) for code in CODES]
        assert weights == [*map(Fraction, WEIGHTS if questionnaire == "a.1" else ["1/9"] * 9)]
        assert body["interval_method"].endswith("Σ w·SD") == (questionnaire == "a.1")


async def test_own_weights_are_not_cut(city: Counting, http: httpx.AsyncClient) -> None:
    headers = {"Authorization": f"Bearer {LIVE_KEY.key}"}
    for view in ("live", "public"):
        asked = {"scope": "agency:a", "period": "2026", "view": view, "weight_method": "0.11"}
        refused = await http.get("/v1/index", params=asked, headers=headers)

        assert refused.status_code == 422
        assert refused.json()["errors"] == [
            {"pointer": "/query/weight_method", "code": "not_allowed"}
        ]


async def test_a_figure_names_its_weights_and_is_derived_again_by_them(
    city: Counting, engine: AsyncEngine, http: httpx.AsyncClient
) -> None:
    await city.publish()
    await city.publish(NEW_YEAR)

    body: dict[str, Any] = await ask(http, "agency:a", "2026", view="public")
    assert (body["index"], body["exact"]) == ("77.78", "700/9")
    assert (body["questionnaire"], body["weights"]["time"]) == ("a.1", "4/9")
    for (figure,) in await city.rows("SELECT id FROM figure ORDER BY number"):
        assert (await verify_figure(engine, str(figure))).is_right, figure
    await city.disturb("UPDATE questionnaire SET weights[3] = '1/2', weights[1] = '0/1'")
    checks = (await verify_figure(engine, str(body["figure"]))).checks
    wrong = {check.name: check.detail for check in checks if not check.ok}
    assert wrong.keys() == {"again"}
    assert 'exact: stored "700/9"' in wrong["again"]


async def test_an_open_figure_stays_right_when_another_version_is_published(
    city: Counting, engine: AsyncEngine
) -> None:
    await city.publish()
    later = QuestionnairePublished(agency="a", version=2, valid_from="2026-10-01")
    await city.ask_by(later)
    await city.count(*[answer("a.x", SLOW)] * 10)
    await city.publish()

    figures = await city.rows(
        "SELECT id, convert_from(body, 'UTF8')::jsonb ->> 'questionnaire' FROM figure"
        " WHERE scope = 'agency:a' AND period = '2026' ORDER BY number"
    )
    assert [questionnaire for _, questionnaire in figures] == ["a.1", "a.2"]
    for figure, _ in figures:
        assert (await verify_figure(engine, str(figure))).is_right


async def test_rankings_and_reports_are_by_the_same_weights(
    city: Counting, engine: AsyncEngine, http: httpx.AsyncClient
) -> None:
    await city.publish(NEW_YEAR)
    ranked = (await http.get("/v1/index/ranking?unit=agency&period=2026")).json()
    indices = {unit["code"]: unit["index"] for unit in ranked["items"]}
    assert indices == {"a": "77.78", "b": "94.44"}
    assert ranked["mean_of_units"]["index"] == "86.11"

    asked = ReportOf(scope.parse("agency:a"), period.parse("2026"))
    async with engine.connect() as connection:
        public = await public_report(connection, asked, now=NEW_YEAR, public_url="https://x")
        own = await own_report(connection, asked, now=NEW_YEAR)
    for report in (public, own):
        assert report.exact == Fraction(700, 9)
        assert [row.weight for row in report.elements] == [*map(Fraction, WEIGHTS)]
        assert report.questionnaire_version == "a.1"


async def test_live_statistics_and_announcements_are_by_the_same_weights(
    city: Counting, engine: AsyncEngine, http: httpx.AsyncClient
) -> None:
    async def look(path: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {LIVE_KEY.key}"}
        found = await http.get(f"/v1/index/{path}&view=live", headers=headers)
        assert found.status_code == 200, found.text
        return dict(found.json())

    trend = await look("trend?scope=agency:a&from=2026-01&to=2026-12")
    assert {each["index"] for each in trend["periods"]} == {None, "94.44", "77.78"}
    compared = await look("comparison?scope=service:a.x&period=2026-03&period2=2026-09")
    assert (compared["first"]["index"], compared["second"]["index"]) == ("94.44", "77.78")
    assert (compared["verdict"], compared["difference"]) == ("fall", "-16.67")
    ranked = await look("ranking?unit=service&within=city&period=2026")
    assert [each["index"] for each in ranked["items"]] == ["94.44", "77.78", None]
    async with engine.begin() as connection:
        await announce(connection, after="", now=NOON)
        runs = await log.runs_between(connection, "figures", 0, 100)
    told = [msgspec.json.decode(raw)["data"] for run in runs for raw in run.events()]
    assert {each["service"]: each["index"] for each in told} == {"a.x": "77.78", "b.x": "94.44"}


async def test_own_elements_are_beside_the_index_and_only_for_the_agency(
    city: Counting, http: httpx.AsyncClient
) -> None:
    given: dict[str, Any] = {"questionnaire": "a.1", "extra": {"parking": 3}}
    await city.count(*[answer("a.x", SLOW, **given)] * 3, answer("a.y", SLOW, **given))
    await city.count(answer("a.x", SLOW, questionnaire="a.1", extra={"parking": 1}))
    await city.publish(NEW_YEAR)

    live: dict[str, Any] = await ask(http, "agency:a", "2026")
    assert live["extra"] == {
        "a.1": {
            "parking": {
                "name": {"id": "Parkir", "en": "Parking"},
                "n": 5,
                "sum": 13,
                "counts": None,  # cells of fewer than five
                "nrr": "2.6000",
                "index": "65.00",
            }
        }
    }
    assert live["index"] == "77.78"
    day: dict[str, Any] = await ask(http, "service:a.x", "2026-09-14")
    assert day["extra"]["a.1"]["parking"]["n"] == 4
    for of, masa in (("agency:b", "2026"), ("agency:a", "2026-S1")):
        assert (await ask(http, of, masa))["extra"] == {}
    assert (await ask(http, "agency:a", "2026", view="public"))["extra"] == {}


async def test_a_correction_moves_own_elements_exactly_and_a_rebuild_finds_nothing(
    city: Counting,
) -> None:
    given: dict[str, Any] = {"questionnaire": "a.1", "extra": {"parking": 4}}
    await city.count(*[answer("a.x", SLOW, series="open", **given)] * 3)
    await city.count(answer("a.x", SLOW, **given))
    kept = "SELECT service, series, score_4 FROM extra WHERE grain = 'm' ORDER BY 1, 2"
    before = await city.rows(kept)
    where = corrections.Slice(service="a.x", series="open")
    move = corrections.CorrectionProposed(
        id="c1", action="move", slice=where, reason="Salah loket", by="k1", target="a.y"
    )

    await city.count(_event(corrections.PROPOSED, move))
    await city.count(_event(corrections.APPROVED, corrections.CorrectionApproved(id="c1", by="k2")))
    while await adjust_next(city.engine, city.log):
        pass

    assert before == [("a.x", "agency", 1), ("a.x", "open", 3)]
    assert await city.rows(kept) == [("a.x", "agency", 1), ("a.y", "open", 3)]
    assert (await verify_rollups(city.engine, city.log, unseen)).is_right
    await city.disturb("UPDATE extra SET score_4 = 9 WHERE service = 'a.y'")
    report = await verify_rollups(city.engine, city.log, unseen)
    assert (report.differing_rows, report.examples[0].extent) == (2, "a.1 parking")
    assert (await rebuild(city.engine, city.log, unseen)).put_right == 2
    assert await city.rows(kept) == [("a.x", "agency", 1), ("a.y", "open", 3)]


def _event(kind: str, data: object) -> bytes:
    return new_event(event_type=kind, event_id="any", source="/intake", time=NOON, data=data)
