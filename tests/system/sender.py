"""Agencies' systems that post answers, and the report of what became of them."""

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

from shared.streams import partition_of
from tests.events import answer
from tests.running import SERVICE_KEY, Rancak, bearer

PAUSE_S = 0.05
PAGE = 5_000
STREAM = f"feedback.{partition_of('dpmptsp', 4)}"


@dataclass
class Report:
    """attempted; acknowledged = a 2xx was read; the rest comes from the log and the index."""

    attempted: set[str] = field(default_factory=set)
    acknowledged: dict[str, tuple[str, int]] = field(default_factory=dict)
    troubles: int = 0

    def verdict(self, logged: Sequence[str], counted: int) -> dict[str, int]:
        """In the words of promises.md, given the ids in the log and the number in the index."""
        known, acknowledged = set(logged), self.acknowledged.keys()
        return {
            "attempted": len(self.attempted),
            "acknowledged": len(acknowledged),
            "ok": counted,
            "lost": len(acknowledged - known) + max(0, len(logged) - counted),
            "unexpected": len(known - self.attempted),
            "duplicated": len(logged) - len(known) + max(0, counted - len(logged)),
            "recovered": len((known & self.attempted) - acknowledged),
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
    gives_up: bool = False,
) -> None:
    """Send batches as long as `going_on`; each until a 2xx is read, or once if it gives up."""
    while going_on():
        events = [answer(service=service) for _ in range(size)]
        report.attempted.update(event["id"] for event in events)
        for _ in range(1) if gives_up else itertools.count():
            if await _is_acknowledged(rancak, report, events):
                break
            await asyncio.sleep(PAUSE_S)


async def logged_after(rancak: Rancak, sequence: int) -> list[str]:
    """The ids of the answers that intake's log holds behind a sequence, in its order."""
    found: list[str] = []
    while True:
        page = await rancak.http.get(
            f"{rancak.urls['intake']}/v1/log/{STREAM}",
            params={"after": sequence + len(found), "limit": PAGE},
            headers=bearer(SERVICE_KEY),
        )
        assert page.status_code == 200, page.text
        if not page.content:
            return found
        found += [msgspec.json.decode(line)["id"] for line in page.content.splitlines()]


async def _is_acknowledged(rancak: Rancak, report: Report, events: list[dict[str, Any]]) -> bool:
    try:
        posted = await rancak.post(events)
    except httpx.HTTPError:
        report.troubles += 1
        return False
    if posted.status_code != 202:
        report.troubles += 1
        return False
    for result in posted.json()["results"]:
        assert result["status"] in {"accepted", "duplicate"}, result
        report.acknowledged[result["id"]] = (result["stream"], result["sequence"])
    return True
