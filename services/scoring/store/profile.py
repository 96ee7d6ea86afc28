"""Sums over profile rows: who answered, as far as volunteered."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ARRAY, Date, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import TextClause

from services.scoring.domain.fold import PROFILE_COLUMNS, PROFILE_VALUES
from services.scoring.domain.period import Grain, Period
from services.scoring.domain.scope import Kind, Scope
from services.scoring.store.index import DURING, WITHIN, values_of

_SUMS = ", ".join(f"coalesce(sum({column}), 0)" for column in PROFILE_COLUMNS)


def _profile(kind: Kind) -> TextClause:
    return text(f"""
        SELECT {_SUMS} FROM profile
        WHERE {WITHIN[kind]} AND {DURING} AND series = ANY(:series)
    """).bindparams(
        bindparam("grain", type_=Text),
        bindparam("first", type_=Date),
        bindparam("last", type_=Date),
        bindparam("series", type_=ARRAY(Text)),
    )


class TooFine(ValueError):
    """Who answered is kept by month: a day's profile would name persons."""


_PROFILE = {kind: _profile(kind) for kind in Kind}


async def read(
    connection: AsyncConnection, scope: Scope, period: Period, series: Sequence[str]
) -> Mapping[str, Mapping[str, int]]:
    """Per attribute the number of respondents by value: {"sex": {"female": 12, "male": 9}, …}.

    Raises TooFine for a day.
    """
    if period.grain is Grain.DAY:
        raise TooFine(str(period))
    values = {**values_of(period, scope), "series": list(series)}
    row = (await connection.execute(_PROFILE[scope.kind], values)).one()
    counts = iter(row)
    return {
        attribute: {value: next(counts) for value in known}
        for attribute, known in PROFILE_VALUES.items()
    }
