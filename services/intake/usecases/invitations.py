"""One-use links: made with the event that finishes an application, handed over once, then unknown.

While a link waits, its token is sealed beside the reference; once its agency has it, nothing here
says any more which application a token came from.
"""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.domain.invitation import TOKEN_BYTES, Invitation, hash_of, is_token
from services.intake.store import invitations as store
from services.intake.store import tenancy
from services.intake.store.invitations import Case, Made, Waiting
from services.intake.usecases.candidates import Candidate, Finished
from services.intake.usecases.own_events import SOURCE
from shared import log
from shared.contracts import applications
from shared.contracts.cloudevent import new_event
from shared.sealing import CannotUnseal, Sealer
from shared.streams import partition_of

logger = structlog.get_logger()


class UnknownLink(LookupError):
    """No such token, or none of this agency's applications that has finished."""


class LinkGone(LookupError):
    """Made more than 60 days ago, or sealed with a key that is not ours any more."""


class AlreadyHandedOver(LookupError):
    """The agency has said that it has the link: it cannot be told again."""


@dataclass(frozen=True, slots=True)
class Link:
    """The link to an answer about one application; `expires_on` is its last day (UTC)."""

    service: str
    reference: str
    token: str
    expires_on: date


class Inviter:
    """Makes links and reads them again while they wait."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    async def invite(self, connection: AsyncConnection, candidates: Iterable[Candidate]) -> None:
        """A link for each application that these new events finish and that has had none."""
        made = {
            (each.finished.service, each.finished.reference): self._made(each.finished)
            for each in candidates
            if each.finished is not None
        }
        if made:
            await tenancy.enter_all(connection)
            await store.add(connection, list(made.values()))

    def _made(self, finished: Finished) -> Made:
        token = secrets.token_hex(TOKEN_BYTES)
        return Made(
            service=finished.service,
            reference=finished.reference,
            place=finished.place,
            expires_on=finished.expires_on,
            sealed=self._sealer.seal(
                token.encode(), _context((finished.service, finished.reference))
            ),
            token_hash=hash_of(token),
        )

    async def waiting(
        self, connection: AsyncConnection, agency: str, after: Case, *, today: date, most: int
    ) -> list[Link]:
        """Links that the agency has not yet said to have, in order of application."""
        await tenancy.enter(connection, agency)
        links = []
        for each in await store.waiting(connection, agency, after, today=today, most=most):
            try:
                links.append(self._link(each))
            except LinkGone:
                logger.warning("link_cannot_be_unsealed", service=each.service)
        return links

    async def one(
        self, connection: AsyncConnection, agency: str, case: Case, *, today: date
    ) -> Link:
        """The link of one application. Raises UnknownLink, LinkGone or AlreadyHandedOver."""
        await tenancy.enter(connection, agency)
        found = await store.one(connection, agency, case)
        if found is None:
            raise UnknownLink(case)
        if found.expires_on < today:
            raise LinkGone(case)
        return self._link(found)

    def _link(self, waiting: Waiting) -> Link:
        case = waiting.service, waiting.reference
        if waiting.sealed is None:
            raise AlreadyHandedOver(case)
        try:
            token = self._sealer.unseal(waiting.sealed, _context(case)).decode()
        except CannotUnseal:
            raise LinkGone(case) from None
        return Link(*case, token, waiting.expires_on)


@dataclass(frozen=True, slots=True)
class Fetching:
    """Which agency has links now, when, and with which correlation id."""

    agency: str
    now: datetime
    correlation: str | None


async def hand_over(
    connection: AsyncConnection, cases: Collection[Case], fetching: Fetching, partitions: int
) -> int:
    """The agency has these links: forget which application each came from, and tell that they are
    out. Answers how many had waited, so a repetition answers 0.
    """
    # The stream first, as the group commit does: nobody waits for the other.
    stream = f"{applications.TOPIC}.{partition_of(fetching.agency, partitions)}"
    head = (await log.lock(connection, [stream]))[stream]
    await tenancy.enter(connection, fetching.agency)
    today = fetching.now.date()
    handed = await store.hand_over(connection, fetching.agency, cases, today=today)
    events = [
        _invited(case, f"{stream}-{sequence}", fetching)
        for sequence, case in enumerate(handed, head.sequence + 1)
    ]
    await log.write(connection, {stream: head}, {stream: events})
    return len(handed)


async def find(connection: AsyncConnection, token: str, *, today: date) -> Invitation:
    """What a token opens, also when it is spent. Raises UnknownLink or LinkGone."""
    found = await store.find(connection, hash_of(token)) if is_token(token) else None
    if found is None:
        raise UnknownLink
    if found.expires_on < today:
        raise LinkGone
    return found


def _context(case: Case) -> bytes:
    return ":".join(case).encode()


def _invited(case: Case, place: str, fetching: Fetching) -> bytes:
    service, reference = case
    return new_event(
        event_type=applications.INVITED,
        event_id=f"invited-{place}",
        source=SOURCE,
        time=fetching.now,
        data=applications.ApplicationInvited(reference=reference, service=service),
        correlation=fetching.correlation,
    )
