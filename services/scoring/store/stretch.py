"""The sums of one scope for many periods at once: one statement, so the periods fit together."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ARRAY, Date, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.figure import Counted
from services.scoring.domain.period import Period
from services.scoring.domain.scope import Kind, Scope
from services.scoring.store import index, publication

_PERIOD = """
    unnest(:firsts, :lasts) WITH ORDINALITY AS period (first_day, last_day, place_in)
"""
_DAYS = (bindparam("firsts", type_=ARRAY(Date)), bindparam("lasts", type_=ARRAY(Date)))
_PUBLIC = text(f"""
    SELECT place_in, {", ".join(f"sum({name})" for name in publication.COLUMNS)}
    FROM {_PERIOD} JOIN published
    ON scope = :scope AND start >= first_day AND last <= last_day GROUP BY place_in
""").bindparams(*_DAYS)
_LIVE = {
    kind: text(f"""
        SELECT place_in, extent, {index.SUMMED} FROM {_PERIOD} JOIN rollup
        ON {index.WITHIN[kind]} AND grain = :grain AND start BETWEEN first_day AND last_day
        GROUP BY place_in, extent
    """).bindparams(*_DAYS, bindparam("grain", type_=Text))
    for kind in Kind
}


async def public(
    connection: AsyncConnection, scope: Scope, periods: Sequence[Period]
) -> Mapping[str, Counted]:
    """The public sums of all series, by period; a period without any is missing."""
    rows = await connection.execute(_PUBLIC, {"scope": str(scope), **_days(periods)})
    return {
        str(periods[place - 1]): publication.as_counted([int(value) for value in sums])
        for place, *sums in rows
    }


async def live(
    connection: AsyncConnection, scope: Scope, periods: Sequence[Period]
) -> Mapping[str, Counted]:
    """What is counted of all series now, by period, all of one length."""
    values = index.values_of(periods[0], scope)
    asked = {name: values[name] for name in values.keys() - {"first", "last"}}
    found: dict[str, Counted] = {}
    for place, extent, *sums in await connection.execute(
        _LIVE[scope.kind], {**asked, **_days(periods)}
    ):
        name = str(periods[place - 1])
        found[name] = found.get(name, Counted()) + index.as_counted(extent, sums)
    return found


def _days(periods: Sequence[Period]) -> dict[str, object]:
    return {
        "firsts": [period.first for period in periods],
        "lasts": [period.last for period in periods],
    }
