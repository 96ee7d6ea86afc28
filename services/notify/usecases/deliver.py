"""One attempt from claim to verdict; what lies between, the network, is not this module's."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notify.domain import retry, signature
from services.notify.store import claims, results, tenancy
from services.notify.store.claims import Claimed, Limits
from services.notify.store.results import Disabled, Finished
from services.notify.usecases.subscribe import Seals

AT_ONCE = 128
LIMITS = Limits(per_endpoint=2, per_tenant=AT_ONCE // 2, struggling=AT_ONCE // 2)
_HEADER_SAFE = re.compile(r"\A[!-~]{1,200}\Z")
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent: the same body and id in every attempt, signed anew for its time."""

    url: str
    headers: dict[str, str]
    body: bytes


async def begin(
    connection: AsyncConnection, *, now: datetime, hold: timedelta, limit: int
) -> Sequence[Claimed]:
    """Claim due deliveries and write their attempts, before anything is sent."""
    await tenancy.enter_all(connection)
    await claims.release_lapsed(connection, now, tries=len(retry.SCHEDULE))
    return await claims.claim(connection, now, now + hold, limit=limit, limits=LIMITS)


def letter(claimed: Claimed, seals: Seals, *, now: datetime) -> Letter:
    """The request of one attempt. Raises CannotUnseal."""
    secret = seals.secret(claimed.subscription, claimed.sealed_secret)
    headers = {
        "content-type": CONTENT_TYPE,
        **signature.headers(
            webhook_id(claimed.delivery), int(now.timestamp()), claimed.body, secret
        ),
    }
    if claimed.correlation and _HEADER_SAFE.match(claimed.correlation):
        headers["x-correlation-id"] = claimed.correlation
    return Letter(seals.url(claimed.subscription, claimed.sealed_url), headers, claimed.body)


def webhook_id(delivery: str) -> str:
    """What a receiver knows repetitions by."""
    return f"msg_{delivery}"


def conclude(
    claimed: Claimed,
    outcome: retry.Outcome,
    *,
    took_s: float,
    now: datetime,
    spread: float,
    scale: float,
) -> Finished:
    """What an attempt's outcome means for its delivery and subscription."""
    verdict = retry.after(outcome, claimed.failures, now, spread=spread, scale=scale)
    given_up = verdict.next is retry.Next.GIVEN_UP
    reason = "gone" if outcome.gone else (outcome.error or f"status_{outcome.status}")
    return Finished(
        tenant=claimed.tenant,
        subscription=claimed.subscription,
        delivery=claimed.delivery,
        attempt=claimed.attempt,
        status=outcome.status,
        error=outcome.error,
        took_ms=round(took_s * 1000),
        succeeded=outcome.succeeded,
        gone=outcome.gone,
        state=verdict.next.value,
        reason=reason if given_up else None,
        due=verdict.due,
    )


async def record(
    connection: AsyncConnection, finished: Sequence[Finished], *, now: datetime
) -> Sequence[Disabled]:
    """Store how attempts ended; answers the subscriptions that were disabled by it."""
    await tenancy.enter_all(connection)
    too_long = now - retry.DISABLE_AFTER
    return await results.record(connection, finished, now=now, failing_too_long=too_long)
