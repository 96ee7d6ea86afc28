"""Runs one peer: its order is a line of JSON, it says `ready`, it starts at the next line."""

import importlib
import sys
from collections.abc import Callable

import msgspec

from bench.peers import Order
from bench.peers.running import Prepared

MODULES = {
    "copy": "copy_rows",
    "tutorial": "faststream_tutorial",
    "loop": "redis_loop",
    "loop-sync": "redis_loop",
    "bytewax": "bytewax_flow",
    "streamz": "streamz_flow",
}


def main() -> None:
    """Serve one order from stdin."""
    order = msgspec.json.decode(sys.stdin.readline(), type=Order)
    prepared = _prepare(order)
    print("ready", flush=True)
    sys.stdin.readline()
    print(msgspec.json.encode(prepared()).decode(), flush=True)
    sys.stdin.readline()


def _prepare(order: Order) -> Prepared:
    """Only the chosen peer is imported: the others may not be installed."""
    peer = importlib.import_module(f"bench.peers.{MODULES[order.peer]}")
    prepare: Callable[[Order], Prepared] = peer.prepare
    return prepare(order)


if __name__ == "__main__":
    main()
