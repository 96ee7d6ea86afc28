"""What is public beside what was counted, read as a whole, for whoever compares them."""

from collections.abc import AsyncIterator, Sequence
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.fold import MONTH, SCORE_COLUMNS
from services.scoring.domain.publication.release import Counters
from services.scoring.domain.publication.sums import SumKey
from services.scoring.store.publication import COLUMNS

# Those that are sums over all answers, whole or not.
COUNTS = ("n", *SCORE_COLUMNS)
Leaf = tuple[str, str, str, date]

_PUBLISHED = text(f"SELECT scope, start, last, series, {', '.join(COLUMNS)} FROM published")
_MEMBERS = ", ".join(COUNTS)
_SUMMED = ", ".join(f"sum({name}) AS {name}" for name in COUNTS)
_LEAF = "service, place, series, start"
_RELEASED = text(f"SELECT {_LEAF}, {_MEMBERS} FROM released ORDER BY {_LEAF}")
_COUNTED = text(f"""
    SELECT {_LEAF}, {_SUMMED} FROM rollup WHERE grain = '{MONTH}'
    GROUP BY {_LEAF} ORDER BY {_LEAF}
""")
_NOT_NEWEST = text("""
    SELECT id FROM figure AS one
    WHERE is_newest <> (number = (
        SELECT max(number) FROM figure AS other
        WHERE other.scope = one.scope AND other.period = one.period
    )) ORDER BY number LIMIT :most
""")
# Adding up what was read of a large city takes longer than a request may idle.
_PATIENCE = text("SET LOCAL idle_in_transaction_session_timeout = '10min'")


async def see_one_moment(connection: AsyncConnection) -> None:
    """Let everything that is read in this transaction be of one moment."""
    await connection.execution_options(isolation_level="REPEATABLE READ")
    await connection.execute(_PATIENCE)


async def published(connection: AsyncConnection) -> dict[SumKey, Counters]:
    """All public sums."""
    rows = await connection.stream(_PUBLISHED)
    return {(row[0], row[1], row[2], row[3]): tuple(row[4:]) async for row in rows}


async def released(connection: AsyncConnection) -> AsyncIterator[tuple[Leaf, Counters]]:
    """What is out of each leaf: COUNTS."""
    async for row in await connection.stream(_RELEASED):
        yield (row[0], row[1], row[2], row[3]), tuple(map(int, row[4:]))


async def counted(connection: AsyncConnection) -> AsyncIterator[tuple[Leaf, Counters]]:
    """What was counted of each leaf: COUNTS."""
    async for row in await connection.stream(_COUNTED):
        yield (row[0], row[1], row[2], row[3]), tuple(map(int, row[4:]))


async def wrongly_newest(connection: AsyncConnection, most: int) -> Sequence[str]:
    """Figures that are shown though a newer one is there, or the other way round."""
    return [each for (each,) in await connection.execute(_NOT_NEWEST, {"most": most})]
