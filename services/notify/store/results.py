"""Record how attempts ended, many in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ARRAY, Boolean, DateTime, Integer, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

# Recording twice (the answer to COMMIT was lost) changes nothing. An outcome that comes late, after
# its delivery was given back, still counts: it is the newest attempt until the next one begins.
_OUTCOMES = text("""
    WITH new AS (
        SELECT * FROM unnest(
            :tenants, :deliveries, :numbers, :outcomes, :statuses, :errors, :took,
            :states, :reasons, :dues
        ) AS given (tenant, delivery, number, outcome, status, error, took_ms, state, reason, due)
    ), ended AS (
        UPDATE attempt SET state = new.outcome, status = new.status, error = new.error,
            took_ms = new.took_ms
        FROM new
        WHERE attempt.tenant = new.tenant AND attempt.delivery = new.delivery
            AND attempt.number = new.number AND attempt.state IN ('sending', 'unknown')
        RETURNING new.*
    )
    UPDATE delivery SET state = ended.state, reason = ended.reason, held_until = NULL,
        due = coalesce(ended.due, delivery.due),
        failures = delivery.failures + CASE WHEN ended.state = 'delivered' THEN 0 ELSE 1 END
    FROM ended
    WHERE delivery.tenant = ended.tenant AND delivery.id = ended.delivery
        AND delivery.attempts = ended.number AND delivery.state IN ('sending', 'waiting')
""").bindparams(
    bindparam("tenants", type_=ARRAY(Text)),
    bindparam("deliveries", type_=ARRAY(Text)),
    bindparam("numbers", type_=ARRAY(Integer)),
    bindparam("outcomes", type_=ARRAY(Text)),
    bindparam("statuses", type_=ARRAY(Integer)),
    bindparam("errors", type_=ARRAY(Text)),
    bindparam("took", type_=ARRAY(Integer)),
    bindparam("states", type_=ARRAY(Text)),
    bindparam("reasons", type_=ARRAY(Text)),
    bindparam("dues", type_=ARRAY(DateTime(timezone=True))),
)
# Writes only what changes: a receiver that works costs nothing here.
_SUBSCRIPTIONS = text("""
    UPDATE subscription s SET
        failing_since = CASE WHEN new.succeeded THEN NULL ELSE coalesce(failing_since, :now) END,
        state = CASE WHEN new.gone OR NOT new.succeeded AND failing_since <= :failing_too_long
            THEN 'disabled' ELSE state END,
        reason = CASE WHEN new.gone THEN 'gone'
            WHEN NOT new.succeeded AND failing_since <= :failing_too_long THEN 'only_failures'
            ELSE reason END
    FROM unnest(:tenants, :ids, :succeeded, :gone) AS new (tenant, id, succeeded, gone)
    WHERE s.tenant = new.tenant AND s.id = new.id AND s.state IN ('active', 'paused') AND (
        new.gone
        OR new.succeeded AND failing_since IS NOT NULL
        OR NOT new.succeeded AND (failing_since IS NULL OR failing_since <= :failing_too_long)
    )
    RETURNING s.tenant, s.id, s.host, s.state, s.reason
""").bindparams(
    bindparam("tenants", type_=ARRAY(Text)),
    bindparam("ids", type_=ARRAY(Text)),
    bindparam("succeeded", type_=ARRAY(Boolean)),
    bindparam("gone", type_=ARRAY(Boolean)),
)


@dataclass(frozen=True, slots=True)
class Finished:
    """How one attempt ended and what follows for its delivery."""

    tenant: str
    subscription: str
    delivery: str
    attempt: int
    status: int | None
    error: str | None
    took_ms: int
    succeeded: bool
    gone: bool
    state: str
    reason: str | None
    due: datetime | None


@dataclass(frozen=True, slots=True)
class Disabled:
    """A subscription that was just switched off, and why."""

    tenant: str
    id: str
    host: str
    reason: str


async def record(
    connection: AsyncConnection,
    finished: Sequence[Finished],
    *,
    now: datetime,
    failing_too_long: datetime,
) -> Sequence[Disabled]:
    """Record attempts; answers the subscriptions that this has disabled."""
    outcomes = {
        "tenants": [done.tenant for done in finished],
        "deliveries": [done.delivery for done in finished],
        "numbers": [done.attempt for done in finished],
        "outcomes": ["delivered" if done.succeeded else "failed" for done in finished],
        "statuses": [done.status for done in finished],
        "errors": [done.error for done in finished],
        "took": [done.took_ms for done in finished],
        "states": [done.state for done in finished],
        "reasons": [done.reason for done in finished],
        "dues": [done.due for done in finished],
    }
    await connection.execute(_OUTCOMES, outcomes)
    times = {"now": now, "failing_too_long": failing_too_long}
    rows = await connection.execute(_SUBSCRIPTIONS, _by_subscription(finished) | times)
    return [
        Disabled(tenant, name, host, reason)
        for tenant, name, host, state, reason in rows
        if state == "disabled"
    ]


def _by_subscription(finished: Sequence[Finished]) -> dict[str, list[object]]:
    """One row each, sorted: an update that met a row twice would take either."""
    succeeded: dict[tuple[str, str], bool] = {}
    gone: dict[tuple[str, str], bool] = {}
    for done in finished:
        key = (done.tenant, done.subscription)
        succeeded[key] = succeeded.get(key, False) or done.succeeded
        gone[key] = gone.get(key, False) or done.gone
    keys = sorted(succeeded)
    return {
        "tenants": [tenant for tenant, _ in keys],
        "ids": [name for _, name in keys],
        "succeeded": [succeeded[key] for key in keys],
        "gone": [gone[key] for key in keys],
    }
