"""Consumers: a checkpoint instead of hope. Redis is the fast path, the feed repairs everything."""

from shared.consume.apply import CANNOT_APPLY, Applier, Apply
from shared.consume.consumer import Consumer, Source

__all__ = ["CANNOT_APPLY", "Applier", "Apply", "Consumer", "Source"]
