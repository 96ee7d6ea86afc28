"""Send a simulated year through the public API, and wait until it is counted."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import httpx
import msgspec

from services.commands.client import Client, decoded, explain, stop
from services.commands.demo.events import Happening

BATCH = 500
_HEADERS = {"Content-Type": "application/cloudevents-batch+json"}
_BUSY = (429, 503)
_TRIES = 10
_POLL_S = 0.25
# Counting that stands still for so long is somebody's to look at: `rancak streams`, `doctor`.
_PATIENCE_S = 20


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a batch: its newest event, and how many were `accepted` or `duplicate`."""

    newest: Happening
    statuses: Counter[str]


def send(rancak: Client, told: Sequence[Happening]) -> Iterator[Sent]:
    """Post everything in batches, in order. Ends the command where an event is refused."""
    for start in range(0, len(told), BATCH):
        part = told[start : start + BATCH]
        body = msgspec.json.encode([each.event for each in part])
        results = decoded(_posted(rancak, body))["results"]
        statuses = Counter(str(result["status"]) for result in results)
        refused = [each for each in results if each["status"] == "rejected"]
        if refused:
            stop(f"Refused: {msgspec.json.encode(refused[0]).decode()}")
        yield Sent(part[-1], statuses)


def _posted(rancak: Client, body: bytes) -> httpx.Response:
    """Repeating is safe: the ids say what was sent before."""
    for _ in range(_TRIES):
        answer = rancak.try_send("POST", "/v1/events", content=body, headers=_HEADERS)
        if answer.status_code not in _BUSY:
            break
        time.sleep(float(answer.headers.get("retry-after", "1")))
    if answer.is_error:
        stop(explain(answer))
    return answer


def wait_for(seen: Callable[[], int], wanted: int, show: Callable[[int], None]) -> bool:
    """Wait until so much is counted; False if it does not get on any more."""
    most, since = -1, time.monotonic()
    while (count := seen()) < wanted:
        if count > most:
            most, since = count, time.monotonic()
        elif time.monotonic() - since > _PATIENCE_S:
            return False
        show(count)
        time.sleep(_POLL_S)
    show(wanted)
    return True
