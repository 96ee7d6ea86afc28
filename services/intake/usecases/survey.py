"""The citizens' form: what it is about, and taking in what was answered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.domain.follow_up import KEPT, hash_of
from services.intake.domain.questionnaire import (
    QUESTIONNAIRES,
    Questionnaire,
    questionnaire_on,
)
from services.intake.domain.registry import is_valid_on
from services.intake.domain.reply import Reply
from services.intake.store import registry as store
from services.intake.usecases.accept import Checker, zone_of
from services.intake.usecases.candidates import PLATFORM_FORM, Candidate, Outcome, Promise, Refusal
from services.intake.usecases.follow_up import FollowUpCodes
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
    service: str,
    place: str | None,
    ticket: Ticket,
    reply: Reply,
    questionnaire: str,
    *,
    series: Series = "open",
) -> FeedbackSubmittedEvent:
    """A reply without faults as an event; the same form with the same answers is the same event."""
    data: dict[str, object] = {"service": service, "series": series, "answers": reply.answers}
    data["questionnaire"] = questionnaire
    if reply.extra:
        data["extra"] = reply.extra
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
    """Takes in what the platform's own forms bring; who answers gets a code."""

    def __init__(
        self,
        registry: RegistryCache,
        commit: GroupCommit,
        codes: FollowUpCodes,
        now: Callable[[], datetime],
        partitions: int,
    ) -> None:
        self._registry = registry
        self._codes = codes
        self._commit = commit
        self._now = now
        self._partitions = partitions

    async def form_of(
        self, service: str, place: str | None, asked: str | None, *, fresh: bool
    ) -> Questionnaire:
        """The questionnaire of a service's agency: the version `asked` for, or the one in force.

        `fresh`: as the registry is now. Raises one of UNAVAILABLE.
        """
        named = self.known_form(service, asked)
        if fresh or (asked is not None and named is None):
            await self._registry.refresh()
            named = self.known_form(service, asked)
        if named is not None:
            return named
        agency = service.partition(".")[0]
        zone = zone_of(self._registry.snapshot, agency, place) or UTC  # unknown: refused later
        return questionnaire_on(self._now().astimezone(zone).date(), self._forms_of(service))

    def known_form(self, service: str, asked: str | None) -> Questionnaire | None:
        """The version `asked` for, as far as it is known without asking the database."""
        return next((form for form in self._forms_of(service) if form.version == asked), None)

    def _forms_of(self, service: str) -> Sequence[Questionnaire]:
        known = self._registry.snapshot.questionnaires
        return known.get(service.partition(".")[0], QUESTIONNAIRES)

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
        promise = Promise(hash_of(self.code_of(event)), self._now() + KEPT)
        candidate = msgspec.structs.replace(checked, promise=promise, invitation=invitation)
        return (await self._commit.submit([candidate]))[0]

    def code_of(self, event: FeedbackSubmittedEvent) -> str:
        """The code that leads to an answer."""
        return self._codes.issue(event.id)

    def _check(self, event: FeedbackSubmittedEvent, correlation: str) -> Candidate | Refusal:
        checker = Checker(
            self._registry.snapshot, PLATFORM_FORM, self._now(), correlation, self._partitions
        )
        return checker.check(event)
