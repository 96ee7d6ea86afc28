"""Claim what is due, fairly: the attempt is written before anything is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Claims of several replicas happen one after the other, so the limits hold over all of them.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext(current_schema() || ' claim'))")
# Held for longer than any attempt can take: the process died. It may or may not have been received.
_LAPSED = text("""
    WITH lapsed AS (
        UPDATE delivery SET
            state = CASE WHEN failures + 1 >= :tries THEN 'failed' ELSE 'waiting' END,
            reason = CASE WHEN failures + 1 >= :tries THEN 'unknown' END,
            failures = failures + 1, due = :now, held_until = NULL
        WHERE state = 'sending' AND held_until < :now
        RETURNING tenant, id, attempts
    )
    UPDATE attempt SET state = 'unknown' FROM lapsed
    WHERE attempt.tenant = lapsed.tenant AND attempt.delivery = lapsed.id
        AND attempt.number = lapsed.attempts AND attempt.state = 'sending'
""")
# At most two a subscription are looked at, so a long queue behind one receiver costs nothing.
# Tenants take turns; those whose receivers fail share a part of the places.
_CLAIM = text("""
    WITH held AS MATERIALIZED (
        SELECT tenant, subscription FROM delivery WHERE state = 'sending'
    ), under_way AS (
        SELECT held.tenant, s.endpoint, s.failing_since IS NOT NULL AS struggling
        FROM held JOIN subscription s ON s.tenant = held.tenant AND s.id = held.subscription
    ), due AS (
        SELECT next.*, s.endpoint, s.failing_since IS NOT NULL AS struggling,
            row_number() OVER (PARTITION BY s.endpoint ORDER BY next.due, next.number)
                + (SELECT count(*) FROM under_way u WHERE u.endpoint = s.endpoint) AS at_endpoint
        FROM subscription s CROSS JOIN LATERAL (
            SELECT d.tenant, d.id, d.due, d.number FROM delivery d
            WHERE d.tenant = s.tenant AND d.subscription = s.id
                AND d.state = 'waiting' AND d.due <= :now
            ORDER BY d.due LIMIT :per_endpoint
        ) AS next
        WHERE s.state = 'active'
    ), queued AS (
        SELECT due.*,
            row_number() OVER (PARTITION BY tenant ORDER BY due, number)
                + (SELECT count(*) FROM under_way u WHERE u.tenant = due.tenant) AS turn,
            row_number() OVER (PARTITION BY struggling ORDER BY due, number)
                + (SELECT count(*) FROM under_way u WHERE u.struggling) AS in_lane
        FROM due WHERE at_endpoint <= :per_endpoint
    ), chosen AS (
        SELECT tenant, id FROM queued
        WHERE turn <= :per_tenant AND (NOT struggling OR in_lane <= :struggling)
        ORDER BY turn, due, number LIMIT :limit
    ), locked AS (
        SELECT d.tenant, d.id FROM delivery d JOIN chosen USING (tenant, id)
        WHERE d.state = 'waiting'
        ORDER BY d.id FOR UPDATE OF d SKIP LOCKED
    ), taken AS (
        UPDATE delivery d SET state = 'sending', attempts = d.attempts + 1, held_until = :held_until
        FROM locked WHERE d.tenant = locked.tenant AND d.id = locked.id
        RETURNING d.tenant, d.id, d.attempts, d.failures, d.subscription, d.stream, d.sequence
    ), begun AS (
        INSERT INTO attempt (tenant, delivery, number, at, state)
        SELECT tenant, id, attempts, :now, 'sending' FROM taken
    )
    SELECT taken.tenant, taken.id, taken.attempts, taken.failures, s.id, s.host, s.sealed_url,
        s.sealed_secret, i.type, i.correlation, i.body
    FROM taken
    JOIN subscription s ON s.tenant = taken.tenant AND s.id = taken.subscription
    JOIN item i ON i.stream = taken.stream AND i.sequence = taken.sequence
""")


@dataclass(frozen=True, slots=True)
class Limits:
    """How many attempts may be under way at once."""

    per_endpoint: int
    per_tenant: int
    struggling: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """One attempt to make: what, to whom, and where in the retries it stands."""

    tenant: str
    delivery: str
    attempt: int
    failures: int
    subscription: str
    host: str
    sealed_url: bytes
    sealed_secret: bytes
    type: str
    correlation: str | None
    body: bytes


async def release_lapsed(connection: AsyncConnection, now: datetime, *, tries: int) -> int:
    """Give back what a process that died had claimed; answers how many attempts are unknown."""
    return (await connection.execute(_LAPSED, {"now": now, "tries": tries})).rowcount


async def claim(
    connection: AsyncConnection,
    now: datetime,
    held_until: datetime,
    *,
    limit: int,
    limits: Limits,
) -> Sequence[Claimed]:
    """Take up to `limit` due deliveries and write an attempt for each."""
    await connection.execute(_ONE_AT_A_TIME)
    values = {
        "now": now,
        "held_until": held_until,
        "limit": limit,
        "per_endpoint": limits.per_endpoint,
        "per_tenant": limits.per_tenant,
        "struggling": limits.struggling,
    }
    return [Claimed(*row) for row in await connection.execute(_CLAIM, values)]
