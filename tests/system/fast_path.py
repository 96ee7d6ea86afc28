"""What came through Redis, told apart from what the feed repaired."""

import re

from tests.processes import Processes
from tests.waiting import wait_until

_APPLIED = re.compile(r"^rancak_scoring_events_applied_total (\S+)$", re.MULTILINE)


async def applied_fast(system: Processes) -> int:
    """How many events scoring's fast path has applied since scoring started."""
    answer = await system.rancak.http.get(system.rancak.urls["scoring"] + "/metrics")
    found = _APPLIED.search(answer.text)
    assert found is not None, answer.text[:500]
    return int(float(found[1]))


async def carries_all(system: Processes, *, timeout: float = 10) -> None:
    """Post answers until a batch of them is counted through Redis alone."""

    async def came_through_redis() -> bool:
        before, counted = await applied_fast(system), (await system.rancak.index())["n"]
        await system.rancak.answered(10)
        await system.rancak.counted(counted + 10)
        return await applied_fast(system) == before + 10

    await wait_until(came_through_redis, "answers to come through Redis", timeout=timeout)
