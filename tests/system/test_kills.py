"""P1: whatever process is killed, what was answered 2xx is counted exactly once."""

import asyncio
import os
import random

import pytest

from tests.processes import Processes, processes
from tests.system.sampler import balance_sampled
from tests.system.sender import Report, send_while

SEEDS = range(int(os.environ.get("RANCAK_SEEDS", "3")))  # `make storm` takes ten


async def kill_at_random(system: Processes, seed: int, times: int) -> None:
    chance = random.Random(seed)
    victims = ["intake", "scoring", *chance.choices(("intake", "scoring"), k=times - 2)]
    chance.shuffle(victims)
    for victim in victims:
        await asyncio.sleep(chance.uniform(0.1, 0.6))
        system.kill(victim)
        await system.start(victim)


@pytest.mark.parametrize("seed", SEEDS)
async def test_no_answer_is_lost_or_counted_twice_when_processes_are_killed(seed: int) -> None:
    async with processes() as system:
        await system.rancak.register("dpmptsp", "nib")
        report = Report()

        killing = asyncio.create_task(kill_at_random(system, seed, 3))
        senders = [send_while(system.rancak, report, lambda: not killing.done()) for _ in range(4)]
        async with balance_sampled(system.rancak):
            await asyncio.gather(killing, *senders)
            await system.rancak.counted(len(report.attempted), timeout=30)

        assert report.troubles > 0, "void: no request was cut"
        verdict = report.verdict(counted=len(report.attempted))
        assert verdict == {"lost": 0, "unexpected": 0, "recovered": 0}
        places = list(report.acknowledged.values())
        assert len(set(places)) == len(places), "two events share a sequence"
