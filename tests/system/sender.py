"""An agency's system that repeats until it reads a 2xx, and the report of what became of it."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.events import answer
from tests.running import Rancak

PAUSE_S = 0.05


@dataclass
class Report:
    """attempted; acknowledged = a 2xx was read; the rest is compared with what was counted."""

    attempted: set[str] = field(default_factory=set)
    acknowledged: dict[str, tuple[str, int]] = field(default_factory=dict)
    troubles: int = 0

    def verdict(self, counted: int) -> dict[str, int]:
        """lost, unexpected and recovered, given the number of answers that were counted."""
        return {
            "lost": max(0, len(self.acknowledged) - counted),
            "unexpected": max(0, counted - len(self.attempted)),
            "recovered": max(0, counted - len(self.acknowledged)),
        }


async def send_for(rancak: Rancak, report: Report, seconds: float) -> None:
    """Send batches for a while, each repeated with the same ids until a 2xx is read."""
    ends = time.monotonic() + seconds
    await send_while(rancak, report, lambda: time.monotonic() < ends)


async def send_while(
    rancak: Rancak,
    report: Report,
    going_on: Callable[[], bool],
    *,
    size: int = 5,
    service: str = "dpmptsp.nib",
) -> None:
    """Send batches as long as `going_on`, each repeated until a 2xx is read."""
    while going_on():
        events = [answer(service=service) for _ in range(size)]
        report.attempted.update(event["id"] for event in events)
        await _until_acknowledged(rancak, report, events)


async def _until_acknowledged(rancak: Rancak, report: Report, events: list[dict[str, Any]]) -> None:
    while True:
        try:
            posted = await rancak.post(events)
        except httpx.HTTPError:
            report.troubles += 1
        else:
            if posted.status_code == 202:
                break
            report.troubles += 1
        await asyncio.sleep(PAUSE_S)
    for result in posted.json()["results"]:
        assert result["status"] in {"accepted", "duplicate"}, result
        report.acknowledged[result["id"]] = (result["stream"], result["sequence"])
