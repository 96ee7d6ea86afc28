"""P8: what cannot be applied is tried five times and set aside; those behind do not wait."""

import time

from shared import database, log
from shared.contracts import feedback
from shared.streams import partition_of
from tests.events import answer, batch
from tests.running import SERVICE_KEY, Rancak, bearer
from tests.waiting import wait_until

POISON = b'{"type":"id.rancak.feedback.submitted.v1","specversion":"1.0","id":"poison","data":{}}'
# Where the answers of the agency go that the tests register.
STREAM = f"{feedback.TOPIC}.{partition_of('dpmptsp', 4)}"


async def append_with_poison(rancak: Rancak, *, good: int, poisonous: int) -> str:
    """Events past intake's checks into its log: what a bug there could let through."""
    stored = batch(answer() | {"day": "2026-11-01", "correlationid": "test-correlation"})
    events = [
        POISON if number % (1 + good // poisonous) == 0 else stored
        for number in range(1, good + poisonous + 1)
    ]
    engine = database.engine(rancak.database_urls["intake"], pool=1)
    async with engine.begin() as connection:
        await log.append(connection, {STREAM: events})
    await engine.dispose()
    return STREAM


async def test_one_percent_poison_is_set_aside_and_the_rest_is_counted(rancak: Rancak) -> None:
    await rancak.register()

    stream = await append_with_poison(rancak, good=990, poisonous=10)

    started = time.monotonic()
    await rancak.counted(990, timeout=20)
    assert time.monotonic() - started < 10

    async def all_dead() -> bool:
        return bool((await rancak.streams())[stream]["dead"] == 10)

    await wait_until(all_dead, "ten events to be set aside", timeout=20)
    row = (await rancak.streams())[stream]
    assert (row["applied"], row["waiting"], row["dead"]) == (990, 0, 10)


async def test_events_behind_a_poisonous_one_are_counted_within_a_second(rancak: Rancak) -> None:
    await rancak.register()
    await append_with_poison(rancak, good=0, poisonous=2)

    await rancak.answered(1)

    started = time.monotonic()
    await rancak.counted(1)
    assert time.monotonic() - started < 2


async def test_a_dead_letter_shows_its_reason_and_can_be_tried_again(rancak: Rancak) -> None:
    await rancak.register()
    stream = await append_with_poison(rancak, good=0, poisonous=2)
    url = f"{rancak.urls['scoring']}/v1/dead-letters"

    async def is_dead() -> bool:
        return bool((await rancak.streams())[stream]["dead"] == 2)

    await wait_until(is_dead, "the events to be set aside", timeout=20)
    listed = (await rancak.http.get(url, headers=bearer(SERVICE_KEY))).json()["items"]
    retried = await rancak.http.post(f"{url}/{stream}/1/retry", headers=bearer(SERVICE_KEY))

    assert listed[0]["attempts"] == 5
    assert "ValidationError" in listed[0]["reason"]
    assert (retried.status_code, retried.json()["code"]) == (409, "still_cannot_be_applied")
