"""streamz: the same runs from Redis through its operators, event by event into the rollups."""

from streamz import Stream

from bench.peers import Order, Outcome
from bench.peers.counting import Answer, Counters, Runs, add, keyed, nothing_counted, publish_runs
from bench.peers.running import Prepared, Stopwatch, events_as_posted

Rollups = dict[str, Counters]


def prepare(order: Order) -> Prepared:
    """Measured: until the stream's end."""
    publish_runs(order.redis_url, [body for _, _, body in events_as_posted(order.events)])
    return lambda: _run(order.redis_url, order.events)


def _run(url: str, events: int) -> Outcome:
    rollups: Rollups = {}
    source, runs = Stream(), Runs(url)
    kept = source.map(keyed).flatten().accumulate(_count, start=rollups)  # held only weakly else
    watch = Stopwatch()
    while found := runs.more():
        for run in found:
            source.emit(run)
    outcome = watch.outcome(events)
    kept.destroy()
    if sum(counters[0] for counters in rollups.values()) != events:
        raise SystemExit("streamz counted wrongly")
    return outcome


def _count(rollups: Rollups, answer: tuple[str, Answer]) -> Rollups:
    key, scores = answer
    add(rollups.setdefault(key, nothing_counted()), scores)
    return rollups
