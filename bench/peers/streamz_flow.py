"""streamz: decode and accumulate, event by event. In its favour: from memory, nothing is stored."""

from streamz import Stream

from bench.peers import Order, Outcome
from bench.peers.counting import Counters, add, keyed, nothing_counted
from bench.peers.running import Prepared, Stopwatch, events_as_posted

Rollups = dict[str, Counters]


def prepare(order: Order) -> Prepared:
    """Measured: emitting every event through the stream."""
    bodies = [body for _, _, body in events_as_posted(order.events)]
    return lambda: _run(bodies)


def _run(bodies: list[bytes]) -> Outcome:
    rollups: Rollups = {}
    source = Stream()
    kept = source.map(keyed).accumulate(_count, start=rollups)  # streamz refers to it weakly
    watch = Stopwatch()
    for body in bodies:
        source.emit(body)
    outcome = watch.outcome(len(bodies))
    kept.destroy()
    if sum(counters[0] for counters in rollups.values()) != len(bodies):
        raise SystemExit("streamz counted wrongly")
    return outcome


def _count(rollups: Rollups, answer: tuple[str, tuple[int, ...]]) -> Rollups:
    key, scores = answer
    add(rollups.setdefault(key, nothing_counted()), scores)
    return rollups
