"""The fast path: FastStream subscribers on Redis Streams, one per stream, supervised by us.

FastStream creates groups at `$`, stops for good on NOGROUP and spins on other errors; so groups are
made here at 0, every second, and a subscriber runs only while that succeeds.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from faststream import AckPolicy
from faststream.redis import RedisBroker, StreamSub
from pydantic import SecretStr
from redis.exceptions import RedisError, ResponseError

from shared.log.entry import EntryFormat, ForgedEntry
from shared.log.run import Run
from shared.streams import connect, key_of
from shared.tasks import is_wanted

log = structlog.get_logger()

Handle = Callable[[str, Sequence[Run]], Awaitable[None]]
ENTRIES_A_TIME = 32
CHECK_S = 1.0
START_TROUBLE = (RedisError, OSError, TimeoutError)


class FastPath:
    """Delivers the runs of the given streams to `handle`, as fast as Redis has them."""

    def __init__(
        self,
        redis_url: SecretStr,
        group: str,
        streams: Sequence[str],
        entries: EntryFormat,
        handle: Handle,
        on_forged: Callable[[], None],
    ) -> None:
        self.works = False
        self._url = redis_url.get_secret_value()
        self._redis = connect(redis_url)
        self._group = group
        self._streams = streams
        self._entries = entries
        self._handle = handle
        self._on_forged = on_forged
        self._broker: RedisBroker | None = None

    async def run(self) -> None:
        """Keep the subscribers alive until cancelled."""
        try:
            await self._check()
            while is_wanted():
                await asyncio.sleep(CHECK_S)
                await self._check()
        finally:
            await self._stop()
            await self._redis.aclose()

    async def _check(self) -> None:
        try:
            for stream in self._streams:
                await self._ensure_group(stream)
            await self._start()
        except START_TROUBLE as trouble:
            if self.works:
                log.warning("fast_path_rests", reason=type(trouble).__name__)
            self.works = False
            await self._stop()
        else:
            if not self.works:
                log.info("fast_path_works", streams=len(self._streams))
            self.works = True

    async def _ensure_group(self, stream: str) -> None:
        """Made at 0, or what was published before the first start would be skipped."""
        try:
            await self._redis.xgroup_create(key_of(stream), self._group, id="0", mkstream=True)
        except ResponseError as known:
            if "BUSYGROUP" not in str(known):
                raise

    async def _start(self) -> None:
        if self._broker is None:
            broker = build_broker(
                self._url, self._group, self._streams, self._entries, self._handle, self._on_forged
            )
            self._broker = broker
            await broker.start()
        for subscriber in self._broker.subscribers:
            if not subscriber.running:
                log.warning("subscriber_restarts")
                await subscriber.start()

    async def _stop(self) -> None:
        broker, self._broker = self._broker, None
        if broker is not None:
            await broker.stop()


def build_broker(
    url: str,
    group: str,
    streams: Sequence[str],
    entries: EntryFormat,
    handle: Handle,
    on_forged: Callable[[], None],
) -> RedisBroker:
    """A FastStream broker with one batch subscriber per stream that hands raw entries over."""
    # socket_timeout: a Redis that hangs is noticed. FastStream's logger would repeat it.
    # RESP2 is faster than RESP3 here (140,000 against 97,000 entries a second).
    broker = RedisBroker(
        f"{url}{'&' if '?' in url else '?'}protocol=2",
        apply_types=False,
        logger=_quiet(),
        graceful_timeout=5,
        socket_timeout=5,
    )
    consumer = f"{socket.gethostname()}-{os.getpid()}"
    for stream in streams:
        sub = StreamSub(
            key_of(stream),
            group=group,
            consumer=consumer,
            batch=True,
            max_records=ENTRIES_A_TIME,
        )
        broker.subscriber(
            stream=sub,
            parser=_raw_parser,
            decoder=_raw_decoder,
            ack_policy=AckPolicy.NACK_ON_ERROR,
            title=stream,
        )(_handler(stream, entries, handle, on_forged))
    return broker


def _handler(
    stream: str, entries: EntryFormat, handle: Handle, on_forged: Callable[[], None]
) -> Callable[[Any], Awaitable[None]]:
    async def handle_entries(batch: Any) -> None:
        runs = []
        for entry_id, fields in batch:
            try:
                runs.append(entries.decode(stream, entry_id, fields))
            except ForgedEntry as forged:
                on_forged()
                log.warning("forged_entry", reason=str(forged))
        if runs:
            await handle(stream, runs)

    return handle_entries


def _quiet() -> logging.Logger:
    logger = logging.getLogger("faststream.quiet")
    logger.setLevel(logging.CRITICAL + 1)
    return logger


async def _raw_parser(message: Any, original: Any) -> Any:
    """FastStream's batch parser decodes JSON three times and dies of one bad entry: pass it by.

    `_build_message` is private; the version is pinned, and the messaging tests run through it.
    """
    return original.__self__._build_message(
        raw_message=message,
        body=b"",
        headers={},
        batch_headers=[],
        path={},
        reply_to="",
        content_type=None,
        message_id="",
        correlation_id="",
    )


async def _raw_decoder(message: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    raw = message.raw_message
    return list(zip(raw["message_ids"], raw["data"], strict=True))
