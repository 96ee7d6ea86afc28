"""One-use links: what each token opens, and of which applications the link waits to be fetched.

For `invited` callers have entered a tenancy before; `invitation` knows no agency and no
application.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ARRAY, Date, LargeBinary, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.domain.invitation import Invitation

# An application: its service and the reference that its agency chose.
Case = tuple[str, str]

# One link for each application, however often it is told to be finished. In the order of the
# hashes, so that not even the order of the rows pairs a token with an application.
_ADD = text("""
    WITH made AS (
        SELECT * FROM unnest(:tenants, :services, :references, :places, :expiries, :sealed, :hashes)
            AS made (tenant, service, reference, place, expires_on, sealed, token_hash)
    ), new AS (
        INSERT INTO invited (tenant, service, reference, expires_on, sealed)
        SELECT tenant, service, reference, expires_on, sealed FROM made
        ON CONFLICT DO NOTHING RETURNING service, reference
    )
    INSERT INTO invitation (token_hash, service, place, expires_on)
    SELECT token_hash, service, place, expires_on
    FROM made JOIN new USING (service, reference) ORDER BY token_hash
""").bindparams(
    *(bindparam(name, type_=ARRAY(Text)) for name in ("tenants", "services", "references")),
    bindparam("places", type_=ARRAY(Text)),
    bindparam("expiries", type_=ARRAY(Date)),
    bindparam("sealed", type_=ARRAY(LargeBinary)),
    bindparam("hashes", type_=ARRAY(LargeBinary)),
)
_SPEND = text("""
    UPDATE invitation SET is_spent = true WHERE token_hash = ANY(:hashes) AND NOT is_spent
    RETURNING token_hash
""").bindparams(bindparam("hashes", type_=ARRAY(LargeBinary)))
_FIND = text("""
    SELECT service, place, expires_on, is_spent FROM invitation WHERE token_hash = :hash
""")
_ONE = text("""
    SELECT service, reference, expires_on, sealed FROM invited
    WHERE tenant = :tenant AND service = :service AND reference = :reference
""")
_WAITING = text("""
    SELECT service, reference, expires_on, sealed FROM invited
    WHERE tenant = :tenant AND sealed IS NOT NULL AND expires_on >= :today
        AND (service, reference) > (:service, :reference)
    ORDER BY service, reference LIMIT :most
""")
_HAND_OVER = text("""
    UPDATE invited SET sealed = NULL
    FROM unnest(:services, :references) AS fetched (service, reference)
    WHERE tenant = :tenant AND sealed IS NOT NULL AND expires_on >= :today
        AND invited.service = fetched.service AND invited.reference = fetched.reference
    RETURNING invited.service, invited.reference
""").bindparams(
    bindparam("services", type_=ARRAY(Text)), bindparam("references", type_=ARRAY(Text))
)
_ERASE = text("""
    UPDATE invited SET sealed = NULL WHERE (tenant, service, reference) IN (
        SELECT tenant, service, reference FROM invited
        WHERE sealed IS NOT NULL AND expires_on < :today
        ORDER BY expires_on LIMIT :most FOR UPDATE SKIP LOCKED
    )
""")
_FORGET = text("""
    DELETE FROM invitation WHERE token_hash IN (
        SELECT token_hash FROM invitation WHERE expires_on < :day
        ORDER BY expires_on LIMIT :most FOR UPDATE SKIP LOCKED
    )
""")


@dataclass(frozen=True, slots=True)
class Made:
    """A link that is made, if its application has had none."""

    service: str
    reference: str
    place: str | None
    expires_on: date
    sealed: bytes
    token_hash: bytes


@dataclass(frozen=True, slots=True)
class Waiting:
    """An application that has a link; `sealed` None: the agency has it, or it was too late."""

    service: str
    reference: str
    expires_on: date
    sealed: bytes | None


async def add(connection: AsyncConnection, made: Sequence[Made]) -> None:
    """Store links, each application at most once in `made`; one that had a link gets no other."""
    await connection.execute(
        _ADD,
        {
            "tenants": [each.service.partition(".")[0] for each in made],
            "services": [each.service for each in made],
            "references": [each.reference for each in made],
            "places": [each.place for each in made],
            "expiries": [each.expires_on for each in made],
            "sealed": [each.sealed for each in made],
            "hashes": [each.token_hash for each in made],
        },
    )


async def spend(connection: AsyncConnection, hashes: Collection[bytes]) -> set[bytes]:
    """Spend tokens; answers those that were not spent before. The row lock decides races."""
    return set(await connection.scalars(_SPEND, {"hashes": sorted(hashes)}))


async def find(connection: AsyncConnection, token_hash: bytes) -> Invitation | None:
    """What a token opens, or None."""
    row = (await connection.execute(_FIND, {"hash": token_hash})).one_or_none()
    return None if row is None else Invitation(*row)


async def one(connection: AsyncConnection, tenant: str, case: Case) -> Waiting | None:
    """The link of an application, or None where it has none."""
    values = {"tenant": tenant, "service": case[0], "reference": case[1]}
    row = (await connection.execute(_ONE, values)).one_or_none()
    return None if row is None else Waiting(*row)


async def waiting(
    connection: AsyncConnection, tenant: str, after: Case, *, today: date, most: int
) -> list[Waiting]:
    """The links that an agency has not fetched and that still hold, in order of application."""
    values = {
        "tenant": tenant,
        "service": after[0],
        "reference": after[1],
        "today": today,
        "most": most,
    }
    return [Waiting(*row) for row in await connection.execute(_WAITING, values)]


async def hand_over(
    connection: AsyncConnection, tenant: str, cases: Collection[Case], *, today: date
) -> list[Case]:
    """Erase what pairs applications with their tokens; answers those that had waited, in order."""
    values = {
        "tenant": tenant,
        "services": [service for service, _ in cases],
        "references": [reference for _, reference in cases],
        "today": today,
    }
    rows = await connection.execute(_HAND_OVER, values)
    return sorted((service, reference) for service, reference in rows)


async def erase_unfetched(connection: AsyncConnection, today: date, most: int) -> int:
    """Erase up to `most` pairs whose link no longer holds; answers how many."""
    return (await connection.execute(_ERASE, {"today": today, "most": most})).rowcount


async def forget(connection: AsyncConnection, before: date, most: int) -> int:
    """Delete up to `most` links that ended before a day; answers how many."""
    return (await connection.execute(_FORGET, {"day": before, "most": most})).rowcount
