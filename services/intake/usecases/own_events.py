"""Events that intake itself tells, one at a time, at the end of a stream that is locked."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from shared import log
from shared.contracts.cloudevent import new_event

SOURCE = "/rancak/intake"


@dataclass(frozen=True, slots=True)
class End:
    """The end of a locked stream: where the next event goes."""

    stream: str
    head: log.Head

    @property
    def sequence(self) -> int:
        """That of the next event."""
        return self.head.sequence + 1


async def end_of(connection: AsyncConnection, stream: str) -> End:
    """Lock a stream until the transaction ends. Raises UnknownStream."""
    return End(stream, (await log.lock(connection, [stream]))[stream])


async def tell(
    connection: AsyncConnection,
    end: End,
    event_type: str,
    data: msgspec.Struct,
    *,
    about: str,
    now: datetime,
    correlation: str | None,
) -> None:
    """Append one event; its id is what it is `about` and its sequence."""
    event = new_event(
        event_type=event_type,
        event_id=f"{about}-{end.sequence}",
        source=SOURCE,
        time=now,
        data=data,
        correlation=correlation,
    )
    await log.write(connection, {end.stream: end.head}, {end.stream: [event]})
