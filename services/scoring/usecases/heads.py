"""Signed heads: once a day, where every hash chain stood. Whoever keeps one finds later changes."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Protocol

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.scoring.store import heads as store
from services.scoring.store import publication
from services.scoring.store.heads import SignedHead
from services.scoring.usecases.read_log import Head
from shared.consume.feed_client import FEED_TROUBLE
from shared.database import UNAVAILABLE
from shared.log import read
from shared.signing import Signer
from shared.tasks import in_background

log = structlog.get_logger()

# Changing it makes another key.
PURPOSE = "signed heads"
# Beside the streams, one of which has the events that tell of figures, is the chain of receipts.
RECEIPTS = "receipts"
ROUND_S = 5.0


class StreamEnd(msgspec.Struct, frozen=True):
    """A stream's newest sequence and the hex hash of the run that ends there."""

    head: int
    tip: str


class ReceiptsEnd(msgspec.Struct, frozen=True):
    """The number of the last figure and its hex hash."""

    number: int
    tip: str


class HeadsBody(msgspec.Struct, frozen=True):
    """What is signed, as canonical JSON. `key` is the public key: ed25519, base64url."""

    day: str
    at: str
    key: str
    heads: Mapping[str, StreamEnd | ReceiptsEnd]


class Signed(msgspec.Struct, frozen=True):
    """A day as it is published: the members of the body, and the signature over them."""

    day: str
    at: str
    key: str
    heads: Mapping[str, Mapping[str, int | str]]
    signature: str


class HeadsOfLog(Protocol):
    """Where the heads of intake's streams come from."""

    async def heads(self) -> Mapping[str, Head]: ...


class HeadSigner:
    """Signs in the background, at the start and whenever a new day began.

    All replicas do; the first one's row stays.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        intake: HeadsOfLog,
        signer: Signer,
        now: Callable[[], datetime],
        *,
        round_s: float = ROUND_S,
    ) -> None:
        self._engine = engine
        self._intake = intake
        self._signer = signer
        self._now = now
        self._round_s = round_s
        self._done: date | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator["HeadSigner"]:
        """Sign in the background until the block ends."""
        async with in_background(self._run(), name="head signer"):
            yield self

    async def _run(self) -> None:
        while True:
            try:
                await self.sign_today()
            except (*FEED_TROUBLE, *UNAVAILABLE) as trouble:
                log.info("heads_not_signed_yet", reason=type(trouble).__name__)
            await asyncio.sleep(self._round_s)

    async def sign_today(self) -> bool:
        """The heads of today, unless somebody signed them; answers whether this call did.

        Raises one of FEED_TROUBLE or UNAVAILABLE; then nothing is stored.
        """
        now = self._now()
        if self._done == now.date() or await self._is_signed(now.date()):
            self._done = now.date()
            return False
        intakes = await self._intake.heads()  # no transaction is open meanwhile
        async with self._engine.begin() as connection:
            body = _body(intakes, await _own_ends(connection), self._signer.key_id, now)
            signature = self._signer.sign(body)
            stored = await store.keep(connection, SignedHead(now.date(), body, signature))
        self._done = now.date()
        return stored

    async def _is_signed(self, day: date) -> bool:
        async with self._engine.connect() as connection:
            return await store.is_signed(connection, day)


async def days(connection: AsyncConnection, first: date, last: date, most: int) -> Sequence[Signed]:
    """The signed days of a span, newest first."""
    return [_signed(head) for head in await store.between(connection, first, last, most)]


async def _own_ends(connection: AsyncConnection) -> dict[str, StreamEnd | ReceiptsEnd]:
    ends: dict[str, StreamEnd | ReceiptsEnd] = {
        each.name: StreamEnd(each.head, each.tip.hex()) for each in await read.heads(connection)
    }
    stand = await publication.stand(connection)  # does not hold up who publishes the next figure
    return {**ends, RECEIPTS: ReceiptsEnd(stand.figures, stand.tip.hex())}


def _body(
    intakes: Mapping[str, Head],
    own: Mapping[str, StreamEnd | ReceiptsEnd],
    key: str,
    now: datetime,
) -> bytes:
    of_intake = {name: StreamEnd(each.head, each.tip) for name, each in intakes.items()}
    body = HeadsBody(
        day=now.date().isoformat(),
        at=now.isoformat(timespec="seconds"),
        key=key,
        heads={**of_intake, **own},
    )
    return msgspec.json.encode(body, order="sorted")


def _signed(head: SignedHead) -> Signed:
    members = msgspec.json.decode(head.body)
    return Signed(**members, signature=b64encode(head.signature).decode())
