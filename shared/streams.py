"""The streams by name: which Redis key a stream has, and which partition a tenant's events go to."""

import zlib
from collections.abc import Sequence


def key_of(stream: str) -> str:
    """The Redis key of a stream; the braces make the partition the Redis Cluster slot."""
    topic, _, partition = stream.partition(".")
    return f"rancak:{topic}:{{{partition or 0}}}"


def partition_of(tenant: str, partitions: int) -> int:
    """The partition of a tenant: stable over processes and versions. `partitions` = power of two."""
    return zlib.crc32(tenant.encode()) & (partitions - 1)


def partitioned(topic: str, partitions: int) -> Sequence[str]:
    """All streams of a partitioned topic."""
    return [f"{topic}.{number}" for number in range(partitions)]
