"""The relay moves the log's tail into Redis. One is active per publishing service, others stand by.

Idempotent by construction: an entry's id is its run's last sequence, so Redis refuses a second
publication, and whatever Redis loses the consumers pull from the feed.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog
from prometheus_client import Counter
from pydantic import SecretStr
from redis.exceptions import RedisError, ResponseError
from sqlalchemy import ARRAY, BigInteger, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql.elements import TextClause

from shared.database import UNAVAILABLE
from shared.leader import leading
from shared.log.entry import EntryFormat
from shared.log.run import PackedRun
from shared.metrics import Metrics
from shared.streams import connect, key_of
from shared.tasks import is_wanted

log = structlog.get_logger()

POLL_S = 0.1  # another process of the same service cannot wake us: the index must still be live
# What is committed meanwhile goes together, and is applied together: at a thousand single events a
# second that halves the work of all three services. After a quiet moment nothing waits.
REST_S = 0.02
BACKOFF_S = 0.5
RUNS_A_ROUND = 64
STORE_POSITION_S = 1.0
KEEP_S = 3600.0
MARK_S = 60.0
_HEADS = text("SELECT name, head FROM stream ORDER BY name")
_POSITIONS = text("SELECT stream, position FROM relay")
_TAIL = text("""
    SELECT run.stream, run.first, run.last, run.body, encode(run.hash, 'hex')
    FROM unnest(:streams, :positions) AS at (stream, position)
    CROSS JOIN LATERAL (
        SELECT stream, first, last, body, hash FROM run
        WHERE run.stream = at.stream AND run.last > at.position ORDER BY run.last LIMIT :most
    ) AS run
    ORDER BY run.stream, run.last
""").bindparams(
    bindparam("streams", type_=ARRAY(Text)), bindparam("positions", type_=ARRAY(BigInteger))
)
_STORE = text("""
    INSERT INTO relay (stream, position) SELECT * FROM unnest(:streams, :positions)
    ON CONFLICT (stream) DO UPDATE SET position = excluded.position
""").bindparams(
    bindparam("streams", type_=ARRAY(Text)), bindparam("positions", type_=ARRAY(BigInteger))
)


class Relay:
    """Publishes the runs of one service's log. `wake()` after each commit that appended."""

    def __init__(
        self, engine: AsyncEngine, redis_url: SecretStr, entries: EntryFormat, metrics: Metrics
    ) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._redis = connect(redis_url)
        self._entries = entries
        self._news = asyncio.Event()
        self._positions: dict[str, int] = {}
        self._marks: deque[tuple[float, dict[str, int]]] = deque()
        self._stored: dict[str, int] = {}
        self._stored_at = 0.0
        self._published: Counter = metrics.counter("relay_runs", "Runs published to Redis")
        self._failed: Counter = metrics.counter("relay_failures", "Rounds that failed and rest")

    @property
    def positions(self) -> dict[str, int]:
        """The newest sequence that Redis was given, by stream; empty while standing by."""
        return dict(self._positions)

    def wake(self) -> None:
        """Say that something was committed."""
        self._news.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Relay"]:
        """Relay in the background until the block ends."""
        task = asyncio.create_task(self._run(), name="relay")
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._redis.aclose()

    async def _run(self) -> None:
        while is_wanted():
            try:
                async with leading(self._engine, "relay") as connection:
                    if connection:
                        await self._lead(connection)
            except (RedisError, *UNAVAILABLE) as trouble:
                self._failed.inc()
                log.warning("relay_rests", reason=type(trouble).__name__)
            self._positions = {}
            await asyncio.sleep(BACKOFF_S)

    async def _lead(self, connection: AsyncConnection) -> None:
        await self._find_positions(connection)
        log.info("relay_leads", streams=len(self._positions))
        while is_wanted():
            self._news.clear()
            published = await self._publish_tail(connection)
            await self._keep_house(connection)
            if not published:
                await self._wait_for_news()
            elif published < RUNS_A_ROUND:
                await asyncio.sleep(REST_S)

    async def _wait_for_news(self) -> None:
        try:
            async with asyncio.timeout(POLL_S):
                await self._news.wait()
        except TimeoutError:
            return

    async def _find_positions(self, connection: AsyncConnection) -> None:
        heads = await _pairs(connection, _HEADS)
        stored = await _pairs(connection, _POSITIONS)
        for stream, head in heads.items():
            in_redis = await self._last_in_redis(stream)
            if in_redis > head:
                await self._drop_foreign(stream)
                in_redis = 0
            self._positions[stream] = max(min(stored.get(stream, 0), head), in_redis)

    async def _last_in_redis(self, stream: str) -> int:
        try:
            info = await self._redis.xinfo_stream(key_of(stream))
        except ResponseError as missing:
            if "no such key" in str(missing):
                return 0
            if "WRONGTYPE" in str(missing):
                await self._drop_foreign(stream)
                return 0
            raise
        return int(bytes(info["last-generated-id"]).split(b"-")[0])

    async def _drop_foreign(self, stream: str) -> None:
        """A stranger wrote to the key. Nothing is lost by dropping it: consumers have the feed."""
        log.error("relay_drops_foreign_key", stream=stream)
        await self._redis.delete(key_of(stream))

    async def _publish_tail(self, connection: AsyncConnection) -> int:
        rows = await connection.execute(
            _TAIL,
            {
                "streams": list(self._positions),
                "positions": list(self._positions.values()),
                "most": RUNS_A_ROUND,
            },
        )
        runs = [PackedRun(*row) for row in rows]
        if runs:
            await self._publish(connection, runs)
        return len(runs)

    async def _publish(self, connection: AsyncConnection, runs: Sequence[PackedRun]) -> None:
        pipeline = self._redis.pipeline(transaction=False)
        for run in runs:
            pipeline.xadd(key_of(run.stream), await self._entries.encode(run), id=f"{run.last}-0")  # type: ignore[arg-type]  # redis-py's dict is invariant
        answers = await pipeline.execute(raise_on_error=False)
        for run, answer in zip(runs, answers, strict=True):
            if isinstance(answer, ResponseError) and "equal or smaller" in str(answer):
                await self._find_positions(connection)
                return
            if isinstance(answer, Exception):
                raise answer
            self._positions[run.stream] = run.last
        self._published.inc(len(runs))

    async def _keep_house(self, connection: AsyncConnection) -> None:
        now = time.monotonic()
        if now - self._stored_at < STORE_POSITION_S:
            return
        self._stored_at = now
        if self._positions != self._stored:
            await connection.execute(
                _STORE,
                {"streams": list(self._positions), "positions": list(self._positions.values())},
            )
            self._stored = dict(self._positions)
        if not self._marks or now - self._marks[-1][0] >= MARK_S:
            self._marks.append((now, dict(self._positions)))
        if now - self._marks[0][0] >= KEEP_S:
            _, old = self._marks.popleft()
            for stream, sequence in old.items():
                await self._redis.xtrim(key_of(stream), minid=f"{sequence}-0", approximate=True)


async def _pairs(connection: AsyncConnection, query: TextClause) -> dict[str, int]:
    return {str(stream): int(number) for stream, number in await connection.execute(query)}
