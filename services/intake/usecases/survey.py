"""The citizens' form: what it is about, and taking in what was answered."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.domain.registry import is_valid_on
from services.intake.domain.reply import Reply
from services.intake.store import registry as store
from services.intake.usecases.accept import (
    PLATFORM_FORM,
    Candidate,
    Checker,
    Outcome,
    Refusal,
)
from services.intake.usecases.form_ticket import Ticket
from services.intake.usecases.group_commit import GroupCommit
from services.intake.usecases.registry import UnknownService, heir_on
from services.intake.usecases.registry_cache import RegistryCache
from shared.contracts.feedback import FeedbackSubmitted, FeedbackSubmittedEvent, Series


@dataclass(frozen=True, slots=True)
class Subject:
    """The service that a form asks about and the place where it was given, if that is known."""

    service: str
    name: str
    agency: str
    agency_name: str
    place: str | None = None
    place_name: str | None = None
    is_offered: bool = True
    successor: str | None = None
    successor_name: str | None = None
    example: bool = False


async def subject_of(
    connection: AsyncConnection,
    service: str,
    place: str | None,
    *,
    now: datetime,
    default_zone: str,
) -> Subject:
    """Service, agency and place by name; a place that nobody registered is left out.

    Raises UnknownService.
    """
    found = await store.find(connection, "service", service)
    if found is None:
        raise UnknownService(service)
    agency = await store.find(connection, "agency", found["agency"])
    assert agency is not None, "a service refers to its agency"
    where = await store.find(connection, "place", place) if place else None
    zone = (where or agency)["timezone"] or default_zone
    today = now.astimezone(ZoneInfo(zone)).date()
    is_offered = is_valid_on(found["valid_from"], found["valid_until"], today)
    heir = None if is_offered else await heir_on(connection, service, today)
    return Subject(
        service=service,
        name=found["name"],
        agency=agency["code"],
        agency_name=agency["name"],
        place=where["code"] if where else None,
        place_name=where["name"] if where else None,
        is_offered=is_offered,
        successor=heir["code"] if heir else None,
        successor_name=heir["name"] if heir else None,
        example=found["example"],
    )


def unnamed(service: str, place: str | None) -> Subject:
    """What can be said of a service while the database is away."""
    agency = service.partition(".")[0]
    return Subject(service, service, agency, agency, place, place)


def event_of(
    service: str, place: str | None, ticket: Ticket, reply: Reply, *, series: Series = "open"
) -> FeedbackSubmittedEvent:
    """A reply without faults as an event; the same form with the same answers is the same event."""
    data: dict[str, object] = {"service": service, "series": series, "answers": reply.answers}
    if reply.respondent:
        data["respondent"] = reply.respondent
    if place is not None:
        data["place"] = place
    if reply.comment is not None:
        data["comment"] = reply.comment
    return FeedbackSubmittedEvent(
        specversion="1.0",
        id=ticket.event_id,
        source=f"/agencies/{service.partition('.')[0]}",
        time=ticket.opened,
        datacontenttype="application/json",
        data=msgspec.convert(data, FeedbackSubmitted),
    )


class FormAnswers:
    """Takes in what the platform's own forms bring."""

    def __init__(
        self,
        registry: RegistryCache,
        commit: GroupCommit,
        now: Callable[[], datetime],
        partitions: int,
    ) -> None:
        self._registry = registry
        self._commit = commit
        self._now = now
        self._partitions = partitions

    async def submit(
        self, event: FeedbackSubmittedEvent, correlation: str, invitation: bytes | None = None
    ) -> Outcome | Refusal:
        """Answers after the commit, which spends the `invitation`. Raises NotCommitted."""
        checked = self._check(event, correlation)
        if isinstance(checked, Refusal):
            await self._registry.refresh()  # registered a moment ago, elsewhere
            checked = self._check(event, correlation)
        if isinstance(checked, Refusal):
            return checked
        spending = msgspec.structs.replace(checked, invitation=invitation)
        return (await self._commit.submit([spending]))[0]

    def _check(self, event: FeedbackSubmittedEvent, correlation: str) -> Candidate | Refusal:
        checker = Checker(
            self._registry.snapshot, PLATFORM_FORM, self._now(), correlation, self._partitions
        )
        return checker.check(event)
