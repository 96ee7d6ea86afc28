"""Items: each consumed event once, with its exact body; and one delivery per subscription."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, Text, bindparam, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notify.store.tables import item

MOST_AT_ONCE = 4_000
# A delivery's id is a hash of what it delivers to whom: the same however often it is made.
DELIVERY_ID = """encode(substr(sha256(convert_to(
    s.id || ' ' || i.stream || ' ' || i.sequence, 'UTF8')), 1, 16), 'hex')"""
# An event lies in each of its scopes once and a subscription watches one: a pair is met once.
# Clocks of two services may differ a little, hence the minute.
_FAN_OUT = text(f"""
    INSERT INTO delivery (tenant, id, subscription, stream, sequence, state, due)
    SELECT s.tenant, {DELIVERY_ID}, s.id, i.stream, i.sequence, 'waiting', :now
    FROM item i
    CROSS JOIN LATERAL unnest(i.scopes) AS lies_in (scope)
    JOIN subscription s ON s.watches = lies_in.scope
        AND i.type = ANY (s.types)
        AND s.state IN ('active', 'paused')
        AND (s.tenant = '' OR s.tenant = i.agency)
        AND i.time >= s.created_at - interval '1 minute'
    WHERE i.stream = :stream AND i.sequence = ANY (:sequences)
    ORDER BY i.sequence, s.tenant, s.id
    FOR KEY SHARE OF s
    ON CONFLICT DO NOTHING
""").bindparams(bindparam("sequences", type_=ARRAY(BigInteger)))
_WATCHERS = text("SELECT count(*) FROM subscription WHERE state IN ('active', 'paused')")
_LAST_TEST = text("SELECT coalesce(max(sequence), 0) FROM item WHERE stream = :stream")
_DELIVER_TO = text(f"""
    INSERT INTO delivery (tenant, id, subscription, stream, sequence, state, due)
    SELECT s.tenant, {DELIVERY_ID}, s.id, i.stream, i.sequence, 'waiting', :now
    FROM item i, subscription s
    WHERE i.stream = :stream AND i.sequence = :sequence AND s.tenant = :tenant AND s.id = :id
    RETURNING id
""").bindparams(bindparam("stream", type_=Text))


@dataclass(frozen=True, slots=True)
class Item:
    """One event as it goes out: `body` is the CloudEvent with stream, sequence and chain."""

    stream: str
    sequence: int
    type: str
    time: datetime
    agency: str | None
    scopes: Sequence[str]
    correlation: str | None
    body: bytes


async def add(connection: AsyncConnection, items: Sequence[Item]) -> None:
    """Store items; one that is here already stays as it is."""
    if items:
        rows = [asdict(new) for new in items]
        await connection.execute(insert(item).on_conflict_do_nothing(), rows)


async def fan_out(
    connection: AsyncConnection, stream: str, sequences: Sequence[int], now: datetime
) -> None:
    """Make one delivery per item and subscription that watches it.

    In pieces: 500 events and 100 subscriptions that watch the city are 50,000 rows, more than a
    statement may take.
    """
    watchers = int(await connection.scalar(_WATCHERS) or 0)
    if not watchers:
        return
    piece = max(1, MOST_AT_ONCE // watchers)
    for start in range(0, len(sequences), piece):
        chosen = list(sequences[start : start + piece])
        await connection.execute(_FAN_OUT, {"stream": stream, "sequences": chosen, "now": now})


async def last_sequence(connection: AsyncConnection, stream: str) -> int:
    """The newest sequence of the items of one stream, 0 for none."""
    return int(await connection.scalar(_LAST_TEST, {"stream": stream}) or 0)


async def deliver_to(
    connection: AsyncConnection, tenant: str, subscription_id: str, new: Item, now: datetime
) -> str:
    """Make one delivery of an item to one subscription, whatever it watches; answers its id."""
    values = {
        "stream": new.stream,
        "sequence": new.sequence,
        "tenant": tenant,
        "id": subscription_id,
        "now": now,
    }
    return str(await connection.scalar(_DELIVER_TO, values))
