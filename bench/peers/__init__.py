"""Other people's ways of doing the same, each in a process of its own.

What each one is, is said where it is written; every simplification is in the peer's favour.
"""

from collections.abc import Mapping, Sequence

import msgspec

from bench.results import Peer
from bench.world import World

WHAT: Mapping[str, str] = {
    "copy": "asyncpg COPY of the same events as rows (agency, id, JSON), 500 a commit, no index",
    "tutorial": (
        "FastStream as in its tutorial: one JSON message, one pydantic model, one SQLAlchemy "
        "upsert and commit per event (async, pooled, prepared; a day's n and nine sums only)"
    ),
    "loop": "bare redis-py (asyncio) + msgspec: reads one entry per event, 500 a time, decodes it",
    "loop-sync": "the same with blocking redis-py",
    "bytewax": "bytewax, one worker: the same runs from Redis into a day's same counters in memory",
    "streamz": "streamz: the same, event by event",
}


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What a peer needs to run."""

    peer: str
    redis_url: str
    database_url: str
    events: int


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a peer did: events in seconds, and the CPU time of its own process."""

    events: int
    seconds: float
    cpu_seconds: float


async def run(world: World, peer: str, events: int) -> Outcome:
    """Run a peer on a world's servers. It leaves nothing behind."""
    order = Order(
        peer=peer,
        redis_url=world.servers.valkey.url,
        database_url=world.servers.postgres.url(),
        events=events,
    )
    child = await world.helper("bench.peers", order)
    outcome = msgspec.json.decode(await child.ask(b"go"), type=Outcome)
    await child.finish()
    return outcome


def as_peer(name: str, outcomes: Sequence[Outcome]) -> Peer:
    """A peer's rounds as a part of a row."""
    spent = sum(outcome.cpu_seconds for outcome in outcomes)
    events = sum(outcome.events for outcome in outcomes)
    return Peer(
        name=name,
        what=WHAT[name],
        runs=[round(outcome.events / outcome.seconds, 1) for outcome in outcomes],
        cpu_us_per_event=round(spent / events * 1e6, 2),
    )
