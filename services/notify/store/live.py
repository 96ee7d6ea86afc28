"""The live stream: items in an order that never changes, given once nothing before is missing."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

# Locked in a statement of its own: the next one then sees what the holder before has placed.
_LOCK = text("SELECT position FROM tally FOR UPDATE")
_PLACE = text("""
    WITH ready AS (
        SELECT i.stream, i.sequence
        FROM checkpoint c
        CROSS JOIN LATERAL (
            SELECT upper(span) AS beyond FROM unnest(c.ranges) AS span WHERE lower(span) = 1
        ) AS complete
        JOIN item i ON i.stream = c.stream AND i.sequence < complete.beyond
        WHERE i.position IS NULL
        ORDER BY i.stream, i.sequence LIMIT :most
    ), placed AS (
        SELECT stream, sequence, row_number() OVER (ORDER BY stream, sequence) AS place FROM ready
    )
    UPDATE item SET position = :head + placed.place FROM placed
    WHERE item.stream = placed.stream AND item.sequence = placed.sequence
""")
_ADVANCE = text("UPDATE tally SET position = :head")
_HEAD = text("SELECT position FROM tally")
_COLUMNS = "position, stream, sequence, type, agency, scopes, body"
_AFTER = text(f"""
    SELECT {_COLUMNS} FROM item WHERE position > :after ORDER BY position LIMIT :limit
""")
_WANTED = text(f"""
    SELECT {_COLUMNS} FROM item
    WHERE position > :after AND position <= :upto
        AND (CAST(:types AS text[]) IS NULL OR type = ANY (:types))
        AND (CAST(:agency AS text) IS NULL OR agency = :agency)
        AND :scope = ANY (scopes)
    ORDER BY position
""").bindparams(bindparam("types", type_=ARRAY(Text)), bindparam("scope", type_=Text))
# None when the item or the one after it is not kept any more: something would be missed.
_POSITION_OF = text("""
    SELECT start.position FROM tally t, (
        SELECT position FROM item WHERE stream = :stream AND sequence = :sequence
        UNION ALL SELECT 0 WHERE CAST(:sequence AS bigint) = 0
    ) AS start
    WHERE start.position = t.position
        OR EXISTS (SELECT FROM item next WHERE next.position = start.position + 1)
""")
_ID_AT = text("SELECT stream || ':' || sequence FROM item WHERE position = :position")


@dataclass(frozen=True, slots=True)
class Placed:
    """An item with its place in the live stream."""

    position: int
    stream: str
    sequence: int
    type: str
    agency: str | None
    scopes: Sequence[str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items a reader wants and may see; None is all."""

    types: Sequence[str] | None
    agency: str | None
    scope: str

    def includes(self, item: Placed) -> bool:
        """The same choice as the query's, for items in memory."""
        return (
            (self.types is None or item.type in self.types)
            and (self.agency is None or item.agency == self.agency)
            and self.scope in item.scopes
        )


async def place(connection: AsyncConnection, *, most: int) -> int:
    """Give positions to items of which nothing before is missing any more; answers how many."""
    head = int(await connection.scalar(_LOCK) or 0)
    placed = (await connection.execute(_PLACE, {"head": head, "most": most})).rowcount
    if placed:
        await connection.execute(_ADVANCE, {"head": head + placed})
    return placed


async def head(connection: AsyncConnection) -> int:
    """The newest position."""
    return int(await connection.scalar(_HEAD) or 0)


async def items_after(connection: AsyncConnection, after: int, *, limit: int) -> Sequence[Placed]:
    """All items behind a position, in order."""
    values = {"after": after, "limit": limit}
    return [Placed(*row) for row in await connection.execute(_AFTER, values)]


async def wanted_between(
    connection: AsyncConnection, after: int, upto: int, wanted: Wanted
) -> Sequence[Placed]:
    """The wanted items behind `after`, up to `upto`, in order."""
    values = {
        "after": after,
        "upto": upto,
        "types": None if wanted.types is None else list(wanted.types),
        "agency": wanted.agency,
        "scope": wanted.scope,
    }
    return [Placed(*row) for row in await connection.execute(_WANTED, values)]


async def position_of(connection: AsyncConnection, stream: str, sequence: int) -> int | None:
    """The position of an item, or None when it or what follows it is not kept any more."""
    values = {"stream": stream, "sequence": sequence}
    found = await connection.scalar(_POSITION_OF, values)
    return None if found is None else int(found)


async def id_at(connection: AsyncConnection, position: int) -> str | None:
    """The `<stream>:<sequence>` at a position, or None."""
    found = await connection.scalar(_ID_AT, {"position": position})
    return None if found is None else str(found)
