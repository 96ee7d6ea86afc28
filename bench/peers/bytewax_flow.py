"""bytewax: decode, key, fold. In its favour: events come from memory, nothing is stored anywhere."""

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.testing import TestingSink, TestingSource, run_main

from bench.city import BATCH
from bench.peers import Order, Outcome
from bench.peers.counting import Counters, add, keyed, nothing_counted
from bench.peers.running import Prepared, Stopwatch, events_as_posted


def prepare(order: Order) -> Prepared:
    """Measured: one worker, until every fold is final."""
    bodies = [body for _, _, body in events_as_posted(order.events)]
    return lambda: _run(bodies)


def _run(bodies: list[bytes]) -> Outcome:
    folded: list[tuple[str, Counters]] = []
    flow = Dataflow("rollup")
    events = op.input("events", flow, TestingSource(bodies, batch_size=BATCH))
    answers = op.map("decode", events, keyed)
    rollups = op.fold_final("fold", answers, nothing_counted, add)
    op.output("rollups", rollups, TestingSink(folded))
    watch = Stopwatch()
    run_main(flow)
    outcome = watch.outcome(len(bodies))
    if sum(counters[0] for _, counters in folded) != len(bodies):
        raise SystemExit("bytewax counted wrongly")
    return outcome
