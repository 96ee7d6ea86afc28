"""Which services' index moved, by year of the answers, until that is announced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, Integer, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

_MARK = text("""
    INSERT INTO dirty (service, year, correlation)
    SELECT * FROM unnest(:services, :years, :correlations)
    ON CONFLICT (service, year) DO UPDATE SET correlation = excluded.correlation
""").bindparams(
    bindparam("services", type_=ARRAY(Text)),
    bindparam("years", type_=ARRAY(Integer)),
    bindparam("correlations", type_=ARRAY(Text)),
)
# The oldest year of each service: two years of one service are announced a second apart. Rows that
# a consumer holds are left for the next time: waiting for it would hold up both.
_CLAIM = text("""
    DELETE FROM dirty WHERE (service, year) IN (
        SELECT service, year FROM dirty AS oldest
        WHERE service > :after AND NOT EXISTS (
            SELECT FROM dirty AS other WHERE other.service = oldest.service
            AND (other.since, other.year) < (oldest.since, oldest.year)
        )
        ORDER BY service LIMIT :most FOR UPDATE SKIP LOCKED
    )
    RETURNING service, year, correlation
""")


@dataclass(frozen=True, slots=True)
class Dirty:
    """The index of `service` for `year` moved; `correlation` is that of the last event."""

    service: str
    year: int
    correlation: str | None


async def mark(connection: AsyncConnection, moved: Mapping[tuple[str, int], str | None]) -> None:
    """Say that these indexes moved: (service, year) → correlation id of the last event."""
    if moved:
        keys = sorted(moved)
        await connection.execute(
            _MARK,
            {
                "services": [service for service, _ in keys],
                "years": [year for _, year in keys],
                "correlations": [moved[key] for key in keys],
            },
        )


async def claim(connection: AsyncConnection, *, after: str, most: int) -> Sequence[Dirty]:
    """Take up to `most` services past `after`, in order; gone once the transaction commits."""
    rows = await connection.execute(_CLAIM, {"after": after, "most": most})
    return sorted((Dirty(*row) for row in rows), key=lambda dirty: dirty.service)
