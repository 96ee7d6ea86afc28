"""`POST /v1/events` for applications: one application in one stream, whoever tells of it."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from services.scoring.domain.application.state import state_of
from services.scoring.domain.clock.worktime import WIB
from services.scoring.usecases.application_facts import facts_of
from shared.log import Run
from shared.streams import partition_of
from tests import application_oracle as oracle
from tests.events import told
from tests.running import SERVICE_KEY, Rancak, bearer

STREAM = f"applications.{partition_of('dpmptsp', 4)}"


async def in_the_log(rancak: Rancak) -> list[dict[str, Any]]:
    """The events of the stream as the feed gives them."""
    found = await rancak.http.get(
        f"{rancak.urls['intake']}/v1/log/{STREAM}", headers=bearer(SERVICE_KEY)
    )
    return [msgspec.json.decode(line) for line in found.content.splitlines()]


def at(hour: int) -> datetime:
    return datetime(2026, 3, 16, 9, tzinfo=WIB) + timedelta(hours=hour)


async def test_the_agencies_of_an_application_tell_one_story_in_one_stream(rancak: Rancak) -> None:
    await rancak.register("dpmptsp", "imb")
    await rancak.register("dpupr", "tata-ruang")
    hand_over: dict[str, Any] = {"stage": "technical_review", "agency": "dpupr"}
    mine: dict[str, Any] = {"agency": "dpupr", "from": "dpupr"}
    owners = [
        told("submitted", at=at(0)),
        told("returned", at=at(1), reason="incomplete"),
        told("submitted", at=at(2)),
        told("registered", at=at(3), promised={"number": 5, "unit": "working_days"}),
        told("moved", at=at(4), **hand_over),
        told("issued", at=at(200)),
        told("rejected", at=at(201)),
        told("withdrawn", at=at(202)),
    ]
    theirs = [
        told("paused", at=at(24), reason="awaiting_applicant", **mine),
        told("resumed", at=at(48), **mine),
    ]

    posted = [await rancak.post(owners), await rancak.post(theirs), await rancak.post(theirs)]

    results = [result for each in posted for result in each.json()["results"]]
    assert {result["stream"] for result in results} == {STREAM}
    assert [result["sequence"] for result in results] == [*range(1, 11), 9, 10]
    assert [result["status"] for result in results] == ["accepted"] * 10 + ["duplicate"] * 2
    events = await in_the_log(rancak)
    assert [event["data"] for event in events] == [event["data"] for event in owners + theirs]
    assert events[0]["day"] == "2026-03-16"
    run = Run(STREAM, 1, 10, msgspec.json.encode(events), "")
    application = state_of(fact for _, fact in facts_of(run))
    heard, flags = oracle.life(events)
    assert application.state == oracle.told_state(heard) == "issued"
    assert {(flag.sequence, flag.code) for flag in application.flags} == flags
    assert len(application.pauses) == 1


async def test_what_was_handed_in_in_time_goes_on_after_its_service_has_ended(
    rancak: Rancak,
) -> None:
    await rancak.register("dpmptsp", "imb")
    ended = {"name": "Izin Mendirikan Bangunan", "valid_until": "2026-03-16"}
    kept = await rancak.http.put(
        f"{rancak.urls['intake']}/v1/services/dpmptsp.imb",
        json=ended,
        headers=bearer(rancak.admin_key),
    )
    assert kept.status_code == 200, kept.text

    late, in_time, later = [
        await rancak.post(told(kind, at=at(hour)))
        for kind, hour in (("submitted", 24), ("submitted", 0), ("registered", 24))
    ]

    assert late.json()["errors"] == [{"pointer": "/data/service", "code": "service_not_valid_then"}]
    assert (in_time.status_code, later.status_code) == (202, 202)
