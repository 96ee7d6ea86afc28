"""Sums over answers to agencies' own elements, which are outside the index."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ARRAY, Date, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import TextClause

from services.scoring.domain.fold import EXTRA_COLUMNS
from services.scoring.domain.ikm import Tally
from services.scoring.domain.period import Period
from services.scoring.domain.scope import Kind, Scope
from services.scoring.store.index import DURING, WITHIN, values_of


def _counted(kind: Kind) -> TextClause:
    return text(f"""
        SELECT questionnaire, element, {", ".join(f"sum({column})" for column in EXTRA_COLUMNS)}
        FROM extra WHERE {WITHIN[kind]} AND {DURING} AND series = ANY(:series)
        GROUP BY questionnaire, element ORDER BY questionnaire, element
    """).bindparams(
        bindparam("grain", type_=Text),
        bindparam("first", type_=Date),
        bindparam("last", type_=Date),
        bindparam("series", type_=ARRAY(Text)),
    )


_COUNTED = {kind: _counted(kind) for kind in Kind}


async def read(
    connection: AsyncConnection, scope: Scope, period: Period, series: Sequence[str]
) -> Mapping[tuple[str, str], Tally]:
    """How often each score was given, by questionnaire and element."""
    # As of services: their own elements have no years.
    values = {**values_of(period, scope, Kind.SERVICE), "series": list(series)}
    return {
        (questionnaire, element): Tally((int(one), int(two), int(three), int(four)))
        for questionnaire, element, one, two, three, four in await connection.execute(
            _COUNTED[scope.kind], values
        )
    }
