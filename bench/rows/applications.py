"""Applications: posted in random order, some twice, until every clock and rollup is right."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import msgspec

from bench import applications
from bench.applications import Batch, Event
from bench.load import CONNECTIONS, Answer, exchange, head_of
from bench.options import Options
from bench.results import Measure, Row, row
from bench.world import World, world
from services.scoring.domain.scope import agency_of
from tests import application_oracle as oracle

NAME = "applications"
APPLICATIONS = 100_000
WHAT = (
    f"{APPLICATIONS:,} applications, their events in random order and 5 % of the batches twice, "
    "posted over HTTP until every clock and deadline rollup is right"
)
EVENTS_A_SECOND = 15_000
SAMPLE = 1_000
DRAIN_S = 600.0
_ANSWER_LIMIT = 2**22
_APPLIED = """
    SELECT coalesce(sum(upper(part) - lower(part)), 0)
    FROM scoring.checkpoint, unnest(ranges) AS part WHERE stream LIKE 'applications.%'
"""
_RESTATED = "SELECT count(*) FROM scoring.restatement"
_ROLLUP = """
    SELECT coalesce(sum(received), 0) AS received, coalesce(sum(issued), 0) AS issued,
        coalesce(sum(rejected), 0) AS rejected, coalesce(sum(withdrawn), 0) AS withdrawn,
        coalesce(sum(late), 0) AS late, coalesce(sum(on_time), 0) AS on_time
    FROM scoring.deadline WHERE grain = 'm'
"""
_KEPT = """
    SELECT state, outcome, due_at, is_late FROM scoring.application
    WHERE service = $1 AND reference = $2
"""


async def measure(options: Options) -> Sequence[Row]:
    """One run, to its last event."""
    options.say(f"{NAME}: making {APPLICATIONS:,} applications")
    stories = list(applications.stories(APPLICATIONS))
    batches = applications.batches([event for story in stories for event in story])
    events = sum(map(len, stories))
    async with world(options.say) as made:
        await made.start("intake", "scoring")
        await made.until_registered()
        await _promise(made)
        options.say(f"{NAME}: posting {events:,} events")
        meter, started = made.meter(), time.perf_counter()
        refused = await _post(made, batches)
        posted = time.perf_counter() - started
        await made.until(lambda: _all_applied(made, events), DRAIN_S, "all applied")
        took, usage = time.perf_counter() - started, meter.stop()
        options.say(f"{NAME}: comparing")
        wrong = await _wrong_states(made, stories)
        differs = await _wrong_rollups(made, stories)
        machine = await made.machine()
    found = row(
        NAME,
        WHAT,
        0,
        [
            Measure(
                name="events a second, from the first post until all are applied",
                unit="/s",
                runs=[events / took],
                wanted=EVENTS_A_SECOND,
            ),
            _none("batches refused", refused),
            _none(
                f"of {SAMPLE:,} applications, those of which the slow oracle says otherwise", wrong
            ),
            _none("sums of the rollups that differ from counting the lives in order", differs),
        ],
        usage=usage,
        events=events,
        notes=[
            f"{events:,} events, {CONNECTIONS} connections; posted in {posted:.0f} s, the rest was "
            "still to be applied then; the poster is this process"
        ],
    )
    return [msgspec.structs.replace(found, machine=machine)]


async def _promise(made: World) -> None:
    """Publish the standards, and wait until scoring knows them."""
    standard = {"valid_from": "2020-01-01", "deadline": applications.PROMISED}
    base = f"http://127.0.0.1:{made.ports['intake']}/v1/services"
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        for service in applications.promised_services():
            own = {"Authorization": f"Bearer {made.keys[agency_of(service)]}"}
            answer = await client.put(f"{base}/{service}/standard", json=standard, headers=own)
            answer.raise_for_status()
    await made.until_registered()


async def _post(made: World, batches: Sequence[Batch]) -> int:
    """Post all batches over a few connections; answers how many were not answered 202."""
    waiting, refused = iter(batches), 0
    kind = "application/cloudevents-batch+json"
    heads = {
        agency: head_of("/v1/events", made.ports["intake"], key, kind)
        for agency, key in made.keys.items()
    }

    async def client() -> None:
        nonlocal refused
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", made.ports["intake"], limit=_ANSWER_LIMIT
        )
        for batch in waiting:
            head = heads[batch.agency]
            answer: Answer = await exchange(
                reader, writer, b"%b%d\r\n\r\n%b" % (head, len(batch.body), batch.body)
            )
            refused += answer.status != 202
        writer.close()

    async with asyncio.TaskGroup() as clients:
        for _ in range(CONNECTIONS):
            clients.create_task(client())
    return refused


async def _all_applied(made: World, events: int) -> bool:
    return await made.number(_APPLIED) >= events and await made.number(_RESTATED) == 0


async def _wrong_states(made: World, stories: Sequence[Sequence[Event]]) -> int:
    """Of a sample, how many applications the oracle judges otherwise."""
    wrong = 0
    for story in stories[:: max(1, len(stories) // SAMPLE)]:
        data = story[0]["data"]
        kept = await made.admin.fetchrow(_KEPT, data["service"], data["reference"])
        verdict = _judged(story)
        is_late = verdict["is_late"] if verdict["decided_at"] else None
        wrong += kept is None or (
            (kept["state"], kept["due_at"], kept["is_late"])
            != (verdict["state"], verdict["due_at"], is_late)
        )
    return wrong


def _judged(story: Sequence[Event]) -> Mapping[str, Any]:
    numbered = [{**event, "sequence": place} for place, event in enumerate(story, 1)]
    promised = story[0]["data"]["service"] in set(applications.promised_services())
    promise = {**applications.PROMISED, "silence_grants": False} if promised else None
    last = oracle.when(numbered[-1])
    return oracle.judge(numbered, promise, last)


async def _wrong_rollups(made: World, stories: Sequence[Sequence[Event]]) -> int:
    """How many sums are not what the lives themselves, told in order, come to."""
    ends = Counter(oracle.kind_of(story[-1]) for story in stories)
    found = await made.admin.fetchrow(_ROLLUP)
    if found is None:
        return len(ends)
    wanted = {"received": len(stories)}
    wanted |= {name: ends[name] for name in ("issued", "rejected", "withdrawn")}
    return sum(int(found[name]) != count for name, count in wanted.items())


def _none(name: str, count: int) -> Measure:
    return Measure(name=name, unit="", runs=[count], wanted=0, at_least=False)
