"""Runs one peer: its order comes as a line of JSON, it says `ready`, and starts at the next line."""

import sys

import msgspec

from bench.peers import Order
from bench.peers.running import Prepared


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
    match order.peer:
        case "copy":
            from bench.peers import copy_rows as peer
        case "tutorial":
            from bench.peers import faststream_tutorial as peer
        case "loop" | "loop-sync":
            from bench.peers import redis_loop as peer
        case "bytewax":
            from bench.peers import bytewax_flow as peer
        case "streamz":
            from bench.peers import streamz_flow as peer
        case unknown:
            raise SystemExit(f"no such peer: {unknown}")
    return peer.prepare(order)


if __name__ == "__main__":
    main()
