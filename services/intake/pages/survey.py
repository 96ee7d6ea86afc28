"""`/isi/{service}`: the form that a citizen fills in; works without JavaScript on any phone."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.contextvars import get_contextvars

from services.intake.domain.follow_up import NoCode, read_code
from services.intake.domain.questionnaire import NATIONAL, Questionnaire
from services.intake.domain.reply import LONGEST_COMMENT, Reply, read_reply
from services.intake.usecases.candidates import Outcome, Refusal
from services.intake.usecases.form_ticket import FormTickets, Ticket, TicketRefused
from services.intake.usecases.group_commit import NotCommitted
from services.intake.usecases.registry import UnknownService
from services.intake.usecases.survey import (
    FormAnswers,
    Subject,
    event_of,
    subject_of,
    unnamed,
)
from shared.contracts.feedback import FeedbackSubmittedEvent
from shared.database import UNAVAILABLE
from shared.http import FieldError, Problem
from shared.http.problem import invalid
from shared.web import Pages
from shared.web.forms import check_origin, read_form
from shared.web.language import PARAMETER
from shared.web.pages import NEVER_STORED

TICKET, QUESTIONNAIRE, SERVICE = "form", "questionnaire", "service"
THANKS = "terima-kasih"
# Carries the code of the answer to the page of thanks; in the address it would stay in the history.
COOKIE = "tiket"
COOKIE_S = 600

_SERVICE = re.compile(r"[a-z0-9-]{1,40}\.[a-z0-9-]{1,40}")
_PLACE = re.compile(r"[a-z0-9-]{1,40}")


def is_service(text: str) -> bool:
    """Whether a service can have this code."""
    return _SERVICE.fullmatch(text) is not None


def _service(service: str) -> str:
    if not is_service(service):
        raise _unknown_service()
    return service


def _place(place: Annotated[str | None, Query(alias="tempat")] = None) -> str | None:
    """A place that cannot exist is left out, like one that nobody registered."""
    return place if place and _PLACE.fullmatch(place) else None


ServiceCode = Annotated[str, Depends(_service)]
PlaceCode = Annotated[str | None, Depends(_place)]


@dataclass(frozen=True, slots=True)
class Entry:
    """A form as it came back: the raw fields, what they say, and its ticket while that holds.

    `questionnaire` is the version that was asked.
    """

    questionnaire: Questionnaire = NATIONAL
    fields: Mapping[str, str] = field(default_factory=dict)
    reply: Reply = field(default_factory=Reply)
    ticket: Ticket | None = None

    @property
    def faults(self) -> Mapping[str, str]:
        """The fields that are not valid, and why."""
        return self.reply.faults


@dataclass(frozen=True, slots=True)
class Survey:
    """What the form needs. `zone` is that of agencies and places that name none."""

    engine: AsyncEngine
    answers: FormAnswers
    tickets: FormTickets
    pages: Pages
    replies: Counter
    now: Callable[[], datetime]
    public_url: str
    zone: str

    async def subject(self, service: str, place: str | None) -> Subject:
        """What the form is about. Raises the 404 problem."""
        try:
            async with self.engine.connect() as connection:
                return await subject_of(
                    connection, service, place, now=self.now(), default_zone=self.zone
                )
        except UnknownService:
            raise _unknown_service() from None


def router(survey: Survey) -> APIRouter:
    """The form, its answer and the thanks."""
    routes = APIRouter(prefix="/isi", include_in_schema=False)

    @routes.get("/{service}")
    async def form(request: Request, service: ServiceCode, place: PlaceCode) -> Response:
        subject = await survey.subject(service, place)
        asked = request.query_params.get("tempat")
        unknown_place = bool(asked) and subject.place is None
        questionnaire = await survey.answers.form_of(service, subject.place, None, fresh=True)
        entry = Entry(questionnaire)
        return form_page(survey, request, subject, entry, unknown_place=unknown_place)

    @routes.post("/{service}")
    async def answer(request: Request, service: ServiceCode, place: PlaceCode) -> Response:
        check_origin(request, survey.public_url)
        fields = await read_form(request)
        version = fields.get(QUESTIONNAIRE)
        asked = await survey.answers.form_of(service, place, version, fresh=False)
        entry = read_entry(survey, service, asked, fields)
        if entry.faults or entry.ticket is None:
            subject = await survey.subject(service, place)
            return form_page(survey, request, subject, entry, 422)
        event = event_of(service, place, entry.ticket, entry.reply, asked.version)
        try:
            outcome = await survey.answers.submit(event, get_contextvars()["correlation_id"])
        except (NotCommitted, *UNAVAILABLE):
            survey.replies.labels("not_committed").inc()
            return form_page(survey, request, unnamed(service, place), entry, 503)
        survey.replies.labels(kind_of(outcome)).inc()
        return answered(survey, request, event, outcome)

    @routes.get(f"/{{service}}/{THANKS}")
    async def thanks(request: Request, service: ServiceCode, place: PlaceCode) -> Response:
        try:
            subject = await survey.subject(service, place)
        except UNAVAILABLE:  # who comes here was counted, and must not read of an error
            subject = unnamed(service, place)
        code = _code(request)
        page = survey.pages.render(
            request,
            "thanks.html",
            headers=NEVER_STORED,
            subject=subject,
            code=code,
            entry=urlsplit(survey.public_url).netloc + "/tiket",
        )
        if code is not None:  # shown once: the next one at this device must not see it
            page.delete_cookie(COOKIE, **_cookie(survey, service))
        return page

    return routes


def read_entry(
    survey: Survey, address: str, questionnaire: Questionnaire, fields: Mapping[str, str]
) -> Entry:
    """What came back; its ticket holds at the address, below `/isi/`, where the form was."""
    try:
        ticket = survey.tickets.read(fields.get(TICKET, ""), address, survey.now())
    except TicketRefused:
        ticket = None
    return Entry(questionnaire, fields, read_reply(questionnaire, fields), ticket)


def form_page(
    survey: Survey,
    request: Request,
    subject: Subject,
    entry: Entry,
    status: int = 200,
    *,
    address: str | None = None,
    unknown_place: bool = False,
) -> Response:
    """The form with what was entered so far. A ticket that still holds is kept.

    `address`, below `/isi/`, is where it is posted: that of a one-use link, or the service's own.
    """
    if not subject.is_offered:
        return survey.pages.render(request, "closed.html", 410, NEVER_STORED, subject=subject)
    now = survey.now()
    kept = entry.fields.get(TICKET) if entry.ticket else None
    return survey.pages.render(
        request,
        "form.html",
        status,
        {**NEVER_STORED, "Retry-After": "1"} if status == 503 else NEVER_STORED,
        questionnaire=entry.questionnaire,
        subject=subject,
        entered=entry.fields,
        faults=entry.faults,
        link_address=address,
        ticket=kept or survey.tickets.issue(address or subject.service, now),
        is_expired=status == 422 and not entry.faults,
        is_away=status == 503,
        unknown_place=unknown_place,
        longest_comment=LONGEST_COMMENT,
    )


def answered(
    survey: Survey, request: Request, event: FeedbackSubmittedEvent, outcome: Outcome | Refusal
) -> Response:
    """What whoever sent a form sees next; the page of thanks gets the code of the answer."""
    service, place = event.data.service, event.data.place or None
    if isinstance(outcome, Refusal):
        if outcome.code in {"unknown_service", "unknown_source"}:
            raise _unknown_service()
        if outcome.code == "service_not_valid_then":
            raise Problem(
                410, "service_closed", "Layanan ini sudah ditutup · This service has ended"
            )
        raise invalid(FieldError(outcome.pointer, outcome.code))
    if outcome.status == "revoked":
        raise _unknown_service()
    if outcome.status == "conflict":
        subject = unnamed(service, place)
        return survey.pages.render(request, "counted.html", 409, NEVER_STORED, subject=subject)
    query = {"tempat": place, PARAMETER: request.query_params.get(PARAMETER)}
    given = {name: value for name, value in query.items() if value}
    path = f"/isi/{service}/{THANKS}"
    thanks = RedirectResponse(f"{path}?{urlencode(given)}" if given else path, status_code=303)
    code = survey.answers.code_of(event)
    thanks.set_cookie(COOKIE, code, **_cookie(survey, service), max_age=COOKIE_S)
    return thanks


def kind_of(outcome: Outcome | Refusal) -> str:
    """What became of a form, in a word."""
    return "refused" if isinstance(outcome, Refusal) else outcome.status


def _cookie(survey: Survey, service: str) -> dict[str, Any]:
    """Only the page of thanks gets the code, no script and no other site."""
    return {
        "path": f"/isi/{service}/{THANKS}",
        "httponly": True,
        "samesite": "strict",
        "secure": survey.public_url.startswith("https:"),
    }


def _code(request: Request) -> str | None:
    try:
        return read_code(request.cookies.get(COOKIE, ""))
    except NoCode:
        return None


def _unknown_service() -> Problem:
    return Problem(404, "unknown_service", "Layanan tidak ditemukan · No such service")
