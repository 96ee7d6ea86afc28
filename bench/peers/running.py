"""How a peer is run and timed: prepared first, then measured in one piece."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.city import BATCH, Citizens, Ids
from bench.peers import Outcome

Prepared = Callable[[], Outcome]


@dataclass(slots=True)
class Stopwatch:
    """Wall and CPU time of this process since it was made."""

    wall: float = field(default_factory=time.perf_counter)
    cpu: float = field(default_factory=time.process_time)

    def outcome(self, events: int) -> Outcome:
        """What was done until now."""
        return Outcome(
            events=events,
            seconds=time.perf_counter() - self.wall,
            cpu_seconds=time.process_time() - self.cpu,
        )


def events_as_posted(how_many: int) -> list[tuple[str, bytes, bytes]]:
    """(agency, id, JSON) of events like those that the product is given."""
    citizens, ids = Citizens(2), Ids(9_000)
    found: list[tuple[str, bytes, bytes]] = []
    for template in citizens.batches(-(-how_many // BATCH)):
        keys = ids.take(template.agency, template.events)
        for at, key in enumerate(keys):
            before = template.glue[at].rpartition(b'{"specversion"')[2]
            after = template.glue[at + 1].partition(b',{"specversion"')[0].removesuffix(b"]")
            found.append((template.agency, key, b'{"specversion"' + before + key + after))
    return found[:how_many]
