"""P9, sampled while a fault lasts: head = applied + waiting + dead, and nothing ever goes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from tests.running import Rancak

PAUSE_S = 0.1


@asynccontextmanager
async def balance_sampled(rancak: Rancak) -> AsyncIterator[None]:
    """Look at every stream again and again until the block ends; void without a single look."""
    over, looks = asyncio.Event(), Looks()
    task = asyncio.create_task(_sample(rancak, over, looks))
    try:
        yield
    finally:
        over.set()
        await task
    assert looks.taken > 0, "void: no look at the streams succeeded"


@dataclass
class Looks:
    """How often the streams could be looked at."""

    taken: int = 0


async def _sample(rancak: Rancak, over: asyncio.Event, looks: Looks) -> None:
    counted: dict[str, int] = {}
    while not over.is_set():
        try:
            rows = await rancak.streams()
        except (httpx.HTTPError, KeyError):  # the process that is asked may be the one killed
            rows = {}
        for stream, row in rows.items():
            done = row["applied"] + row["dead"]
            assert done >= counted.get(stream, 0), f"{stream} went back"
            counted[stream] = done
        looks.taken += bool(rows)
        try:
            async with asyncio.timeout(PAUSE_S):
                await over.wait()
        except TimeoutError:
            continue
