"""bytewax: the same runs from Redis, decoded, keyed, and kept up to date in a stateful step."""

from collections.abc import Iterable

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.inputs import DynamicSource, StatelessSourcePartition
from bytewax.operators import StatefulBatchLogic
from bytewax.testing import TestingSink, run_main

from bench.peers import Order, Outcome
from bench.peers.counting import Answer, Counters, Runs, add, keyed, nothing_counted, publish_runs
from bench.peers.running import Prepared, Stopwatch, events_as_posted

Changed = tuple[str, int]


class RunsPartition(StatelessSourcePartition[bytes]):
    """Reads runs until there are no more."""

    def __init__(self, url: str) -> None:
        self._runs = Runs(url)

    def next_batch(self) -> Iterable[bytes]:
        """The next runs."""
        found = self._runs.more()
        if not found:
            raise StopIteration
        return found


class RunsSource(DynamicSource[bytes]):
    """One partition for the one worker."""

    def __init__(self, url: str) -> None:
        self._url = url

    def build(self, step_id: str, worker_index: int, worker_count: int) -> RunsPartition:
        """The partition."""
        return RunsPartition(self._url)


class Rollup(StatefulBatchLogic[Answer, int, Counters]):
    """The counters of one key; after each batch it says its n, as a live figure must."""

    def __init__(self, counters: Counters | None) -> None:
        self._counters = counters or nothing_counted()

    def on_batch(self, values: list[Answer]) -> tuple[Iterable[int], bool]:
        """Add what came for this key."""
        for answer in values:
            add(self._counters, answer)
        return (self._counters[0],), StatefulBatchLogic.RETAIN

    def snapshot(self) -> Counters:
        """Never called: no recovery is configured."""
        return list(self._counters)


def prepare(order: Order) -> Prepared:
    """Measured: one worker, until the stream's end."""
    publish_runs(order.redis_url, [body for _, _, body in events_as_posted(order.events)])
    return lambda: _run(order.redis_url, order.events)


def _run(url: str, events: int) -> Outcome:
    changed: list[Changed] = []
    flow = Dataflow("rollup")
    runs = op.input("runs", flow, RunsSource(url))
    answers = op.flat_map("decode", runs, keyed)
    rollups = op.stateful_batch("count", answers, Rollup)
    op.output("rollups", rollups, TestingSink(changed))
    watch = Stopwatch()
    run_main(flow)  # type: ignore[no-untyped-call]  # bytewax has no types for it
    outcome = watch.outcome(events)
    if sum(dict(changed).values()) != events:
        raise SystemExit("bytewax counted wrongly")
    return outcome
