"""Alerts: which causes stand and how, and which scopes the rules have to look at again."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ARRAY, Date, DateTime, Integer, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.alert_rules import QUIET, Severity, Standing

# What moved: a published figure, decisions on applications, or the day.
FIGURES, DECIDED, DAYS = "figures", "decided", "days"

_ORDER = text("""
    INSERT INTO alert_due (watch, scope) SELECT :watch, unnest(:scopes) ON CONFLICT DO NOTHING
""").bindparams(bindparam("scopes", type_=ARRAY(Text)))
_ORDER_ALL = text("""
    INSERT INTO alert_due (watch, scope) SELECT :watch, 'service:' || code FROM service
    ON CONFLICT DO NOTHING
""")
_TAKE = text("""
    DELETE FROM alert_due WHERE (watch, scope) IN (
        SELECT watch, scope FROM alert_due
        WHERE watch = (SELECT watch FROM alert_due ORDER BY watch DESC LIMIT 1)
        ORDER BY scope LIMIT :most FOR UPDATE SKIP LOCKED
    ) RETURNING watch, scope
""")
_NEXT_DAY = text("UPDATE alert_day SET day = :day WHERE day < :day").bindparams(
    bindparam("day", type_=Date)
)
_STANDINGS = text("""
    SELECT cause, since, severity FROM alert WHERE scope = ANY(:scopes) FOR UPDATE
""").bindparams(bindparam("scopes", type_=ARRAY(Text)))
_KEEP = text("""
    INSERT INTO alert (cause, rule, version, scope, since, severity, told_at)
    SELECT * FROM unnest(:causes, :rules, :versions, :scopes, :since, :severities, :told)
    ON CONFLICT (cause) DO UPDATE SET version = excluded.version, since = excluded.since,
        severity = excluded.severity, told_at = coalesce(excluded.told_at, alert.told_at)
""").bindparams(
    *(bindparam(name, type_=ARRAY(Text)) for name in ("causes", "rules", "scopes", "severities")),
    bindparam("versions", type_=ARRAY(Integer)),
    bindparam("since", type_=ARRAY(DateTime(timezone=True))),
    bindparam("told", type_=ARRAY(DateTime(timezone=True))),
)
_FORGET = text("DELETE FROM alert WHERE cause = ANY(:causes)").bindparams(
    bindparam("causes", type_=ARRAY(Text))
)


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a cause stands after a look, and when something was told of it, if it was now."""

    cause: str
    rule: str
    version: int
    scope: str
    standing: Standing
    told_at: datetime | None


async def order(connection: AsyncConnection, watch: str, scopes: Iterable[str]) -> None:
    """Say that something moved in these scopes."""
    if ordered := sorted(set(scopes)):
        await connection.execute(_ORDER, {"watch": watch, "scopes": ordered})


async def order_day(connection: AsyncConnection, day: date) -> bool:
    """Once a day: look at every service; whether that was now."""
    if (await connection.execute(_NEXT_DAY, {"day": day})).rowcount == 0:
        return False
    await connection.execute(_ORDER_ALL, {"watch": DAYS})
    return True


async def take(connection: AsyncConnection, most: int) -> tuple[str, Sequence[str]]:
    """Some scopes of one watch to look at, which nobody else takes; the slow one comes last."""
    rows = (await connection.execute(_TAKE, {"most": most})).all()
    return (rows[0].watch if rows else ""), sorted(row.scope for row in rows)


async def standings(connection: AsyncConnection, scopes: Collection[str]) -> dict[str, Standing]:
    """The causes of these scopes that are bad, held until the transaction ends."""
    rows = await connection.execute(_STANDINGS, {"scopes": list(scopes)})
    return {
        row.cause: Standing(row.since, Severity(row.severity) if row.severity else None)
        for row in rows
    }


async def keep(connection: AsyncConnection, kept: Sequence[Kept]) -> None:
    """Keep where these causes stand now; those that are quiet are forgotten."""
    quiet = [each.cause for each in kept if each.standing == QUIET]
    bad = sorted((each for each in kept if each.standing != QUIET), key=lambda each: each.cause)
    if quiet:
        await connection.execute(_FORGET, {"causes": quiet})
    if bad:
        await connection.execute(_KEEP, _columns(bad))


def _columns(bad: Sequence[Kept]) -> Mapping[str, object]:
    return {
        "causes": [each.cause for each in bad],
        "rules": [each.rule for each in bad],
        "versions": [each.version for each in bad],
        "scopes": [each.scope for each in bad],
        "since": [each.standing.since for each in bad],
        "severities": [each.standing.severity for each in bad],
        "told": [each.told_at for each in bad],
    }
