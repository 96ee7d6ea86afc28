"""Consumers: a checkpoint instead of hope. Redis is the fast path, the feed repairs everything."""

from shared.consume.apply import CANNOT_APPLY, Applier, Apply

# `Consumer` stands in its own module: it brings FastStream, which commands do not need.
__all__ = ["CANNOT_APPLY", "Applier", "Apply"]
