"""What the public pages need beside figures: the years that have answers, an agency's name."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.period import Grain

# Hops from year to year on the index, however many rows a year has.
_YEARS = text(f"""
    WITH RECURSIVE found (start) AS (
        SELECT max(start) FROM rollup WHERE grain = '{Grain.YEAR}'
        UNION ALL
        SELECT (SELECT max(start) FROM rollup
                WHERE grain = '{Grain.YEAR}' AND rollup.start < found.start)
        FROM found WHERE found.start IS NOT NULL
    )
    SELECT extract(year FROM start)::int FROM found WHERE start IS NOT NULL
""")
_AGENCY = text("SELECT name FROM agency WHERE code = :code")


async def years_with_answers(connection: AsyncConnection) -> Sequence[int]:
    """The years in which anything was counted, newest first."""
    return [year for (year,) in await connection.execute(_YEARS)]


async def agency_name(connection: AsyncConnection, code: str) -> str | None:
    """An agency's name, or None if it is not registered."""
    name: str | None = await connection.scalar(_AGENCY, {"code": code})
    return name
