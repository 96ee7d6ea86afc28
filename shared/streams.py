"""The streams in Redis: their keys, the partition of a tenant, a connection that fails fast."""

import zlib
from collections.abc import Sequence

from pydantic import SecretStr
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

ANSWER_S = 2.0


class UnsafeRedis(RuntimeError):
    """The server must not be used: the message says what to change."""


def connect(url: SecretStr) -> Redis:
    """A client that says at once when Redis is away: redis-py's ten retries would hang a minute."""
    return Redis.from_url(
        url.get_secret_value(),
        protocol=2,
        socket_timeout=ANSWER_S,
        socket_connect_timeout=ANSWER_S,
        retry=Retry(NoBackoff(), 0),
    )


async def check_redis(url: SecretStr) -> None:
    """Refuse a Redis that may evict streams. One that is away is no reason not to start."""
    redis = connect(url)
    try:
        policy = (await redis.config_get("maxmemory-policy")).get("maxmemory-policy", "noeviction")
    except (RedisError, OSError):
        return
    finally:
        await redis.aclose()
    if policy not in {"noeviction", b"noeviction"}:
        raise UnsafeRedis("Redis may evict streams: set maxmemory-policy to noeviction")


def key_of(stream: str) -> str:
    """The Redis key of a stream; the braces make the partition the Redis Cluster slot."""
    topic, _, partition = stream.partition(".")
    return f"rancak:{topic}:{{{partition or 0}}}"


def partition_of(tenant: str, partitions: int) -> int:
    """A tenant's partition, stable over processes and versions; `partitions` is a power of two."""
    return zlib.crc32(tenant.encode()) & (partitions - 1)


def partitioned(topic: str, partitions: int) -> Sequence[str]:
    """All streams of a partitioned topic."""
    return [f"{topic}.{number}" for number in range(partitions)]
