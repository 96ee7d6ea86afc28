"""P2: the same id with the same body is one event with one answer; another body changes nothing."""

import asyncio
from collections import Counter

from redis.asyncio import Redis

from tests.events import answer
from tests.running import Rancak


async def test_the_same_event_again_gets_the_first_answer(rancak: Rancak, redis: Redis) -> None:
    await rancak.register()
    event = answer(event_id="a1")
    first = (await rancak.post(event)).json()["results"][0]

    await redis.flushall()
    again = (await rancak.post(event)).json()["results"][0]

    assert again == first | {"status": "duplicate"}


async def test_formatting_does_not_make_another_body(rancak: Rancak) -> None:
    await rancak.register()
    event = answer(event_id="a1")
    await rancak.post(event)

    reordered = dict(reversed(event.items()))
    again = await rancak.post([reordered])

    assert again.json()["results"][0]["status"] == "duplicate"


async def test_an_id_with_another_body_is_refused_and_changes_nothing(rancak: Rancak) -> None:
    await rancak.register()
    await rancak.post(answer(event_id="a1", score=4))

    refused = await rancak.post(answer(event_id="a1", score=1))

    assert (refused.status_code, refused.json()["code"]) == (409, "id_reused")
    await rancak.counted(1)
    assert (await rancak.index())["index"] == "100.00"


async def test_fifty_at_once_make_one_event(rancak: Rancak) -> None:
    await rancak.register()
    event = answer(event_id="a1")

    posted = await asyncio.gather(*(rancak.post(event) for _ in range(50)))

    results = [each.json()["results"][0] for each in posted]
    assert Counter(result["status"] for result in results) == {"accepted": 1, "duplicate": 49}
    assert len({(result["stream"], result["sequence"]) for result in results}) == 1
    await rancak.counted(1)


async def test_the_same_id_twice_in_one_batch_is_one_event(rancak: Rancak) -> None:
    await rancak.register()
    event = answer(event_id="a1")

    results = (await rancak.post([event, event])).json()["results"]

    assert [result["status"] for result in results] == ["accepted", "duplicate"]


async def test_two_agencies_may_use_the_same_id(rancak: Rancak) -> None:
    await rancak.register("dpmptsp", "nib")
    await rancak.register("disdukcapil", "ktp")

    for service in ("dpmptsp.nib", "disdukcapil.ktp"):
        posted = await rancak.post(answer(service=service, event_id="a1"))
        assert posted.json()["results"][0]["status"] == "accepted"

    await rancak.counted(2)


async def test_an_agency_reads_back_what_it_sent_and_nobody_else_does(rancak: Rancak) -> None:
    await rancak.register("dpmptsp", "nib")
    other = await rancak.register("disdukcapil", "ktp")
    await rancak.post(answer(event_id="a1"))
    url = f"{rancak.urls['intake']}/v1/events/a1"

    mine = await rancak.http.get(url, headers={"Authorization": f"Bearer {rancak.keys['dpmptsp']}"})
    theirs = await rancak.http.get(url, headers={"Authorization": f"Bearer {other}"})

    assert (mine.json()["id"], mine.json()["sequence"]) == ("a1", 1)
    assert theirs.status_code == 404


async def test_a_revoked_key_fails_at_once(rancak: Rancak) -> None:
    key = await rancak.register()
    key_id = key.split("_")[2]
    await rancak.http.delete(
        f"{rancak.urls['intake']}/v1/keys/{key_id}",
        headers={"Authorization": f"Bearer {rancak.admin_key}"},
    )

    refused = await rancak.post(answer())

    assert refused.status_code == 401
