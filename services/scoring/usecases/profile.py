"""Who answered, as far as they told: tables of respondents for the agency that they answered to."""

from collections.abc import Mapping

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.elements import SERIES
from services.scoring.domain.period import Grain, Period
from services.scoring.domain.publication.cells import LIMIT_WITHIN_AGENCY
from services.scoring.domain.publication.shown import shown_profile
from services.scoring.domain.scope import Scope
from services.scoring.store import index, profile
from services.scoring.usecases.registered import check_known


class AttributeAnswer(msgspec.Struct, frozen=True):
    """Respondents by what they told of one thing; null is not shown.

    `rest` are those who did not tell, and all whose cell is not shown.
    """

    cells: dict[str, int | None]
    rest: int


class ProfileAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Tables of the n respondents of a scope and period. A cell or a rest of fewer than
    `withheld_below` is not shown, nor is what would tell it; null: nothing of a table may be shown.
    """

    scope: str
    name: str | None
    period: str
    view: str
    n: int
    withheld_below: int
    attributes: dict[str, AttributeAnswer | None]


async def own_profile(connection: AsyncConnection, scope: Scope, period: Period) -> ProfileAnswer:
    """Of an agency's own answers as they are counted now, all series together.

    Raises UnknownScope, and profile.TooFine for a day. Read it in one REPEATABLE READ.
    """
    told = await profile.read(connection, scope, period, SERIES)
    reading = await index.read(connection, scope, period)
    check_known(reading.called, scope, is_used=bool(reading.by_series))
    n = sum(part.n for part in reading.by_series.values())
    return ProfileAnswer(
        scope=str(scope),
        name=reading.called.name,
        period=str(period),
        view="live",
        n=n,
        withheld_below=LIMIT_WITHIN_AGENCY,
        attributes=shown_tables(told, n),
    )


async def own_tables(
    connection: AsyncConnection, scope: Scope, period: Period, n: int
) -> dict[str, AttributeAnswer | None]:
    """The same tables of n respondents; none of a day, whose profile would name persons."""
    if period.grain is Grain.DAY:
        return {}
    return shown_tables(await profile.read(connection, scope, period, SERIES), n)


def shown_tables(
    told: Mapping[str, Mapping[str, int]], n: int
) -> dict[str, AttributeAnswer | None]:
    """What may be shown within an agency of who told what: {"sex": {"female": 12, …}, …}."""
    tables: dict[str, AttributeAnswer | None] = {}
    for attribute, counts in told.items():
        seen = shown_profile(list(counts.values()), n, LIMIT_WITHIN_AGENCY)
        cells = None if seen is None else dict(zip(counts, seen.cells, strict=True))
        tables[attribute] = (
            None if seen is None or cells is None else AttributeAnswer(cells, seen.rest)
        )
    return tables
