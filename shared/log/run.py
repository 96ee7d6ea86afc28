"""A run: 1-1,000 consecutive events of one stream, stored, sent and applied as one piece."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec
from zstandard import ZstdCompressor, ZstdDecompressor

MAX_RUN = 1_000
MAX_BODY = 300 * 1024 * 1024
GENESIS = bytes(32)
# Level 1: 0.3 µs and 42 bytes an event in runs of 500; the compressed run is stored, sent to Redis
# and read as it is, so PostgreSQL compresses nothing (the embedded one has no lz4) and every hop is
# an eighth of the size. One of each per process: the event loop is their only thread.
_COMPRESSOR = ZstdCompressor(level=1)
_DECOMPRESSOR = ZstdDecompressor()
_RAW_EVENTS = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True, slots=True)
class Run:
    """Events `first` … `last` of a stream; `body` is their JSON array, byte for byte as stored.

    `chain` is the hex hash of the stored run that holds them; a part of a run keeps it.
    """

    stream: str
    first: int
    last: int
    body: bytes
    chain: str

    def events(self) -> list[bytes]:
        """Each event's exact JSON bytes, in order of sequence."""
        return [bytes(event) for event in _RAW_EVENTS.decode(self.body)]

    def only(self, spans: Iterable[tuple[int, int]]) -> list["Run"]:
        """The parts of this run within the given inclusive spans."""
        wanted = [
            (max(low, self.first), min(high, self.last))
            for low, high in spans
            if low <= self.last and high >= self.first
        ]
        if wanted == [(self.first, self.last)]:
            return [self]
        events = self.events() if wanted else []
        return [
            replace(
                self,
                first=low,
                last=high,
                body=pack(events[low - self.first : high - self.first + 1]),
            )
            for low, high in wanted
        ]


@dataclass(frozen=True, slots=True)
class PackedRun:
    """A run as it lies in the log and in Redis: its body compressed."""

    stream: str
    first: int
    last: int
    packed: bytes
    chain: str

    def unpacked(self) -> Run:
        """The run with its exact JSON bytes."""
        body = _DECOMPRESSOR.decompress(self.packed, max_output_size=MAX_BODY)
        return Run(self.stream, self.first, self.last, body, self.chain)


def compress(body: bytes) -> bytes:
    """A body as it is stored and sent."""
    return _COMPRESSOR.compress(body)


def pack(events: Sequence[bytes]) -> bytes:
    """Complete JSON objects as one JSON array."""
    return b"[" + b",".join(events) + b"]"


def chained(previous: bytes, body: bytes) -> bytes:
    """The hash of a run: SHA-256(previous hash ‖ body)."""
    return hashlib.sha256(previous + body).digest()
