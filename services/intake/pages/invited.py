"""`/isi/t/{token}`: the form behind a one-use link; only a complete answer spends it."""

from collections.abc import Mapping
from dataclasses import replace

from fastapi import APIRouter, Request, Response
from structlog.contextvars import get_contextvars

from services.intake.domain.invitation import Invitation, hash_of
from services.intake.domain.questionnaire import NATIONAL
from services.intake.pages.survey import (
    QUESTIONNAIRE,
    SERVICE,
    Entry,
    Survey,
    answered,
    form_page,
    is_service,
    kind_of,
    read_entry,
)
from services.intake.usecases.group_commit import NotCommitted
from services.intake.usecases.invitations import LinkGone, UnknownLink, find
from services.intake.usecases.survey import Subject, event_of, unnamed
from shared.database import UNAVAILABLE
from shared.http import Problem
from shared.web.forms import check_origin, read_form
from shared.web.pages import NEVER_STORED


def router(survey: Survey) -> APIRouter:
    """The form and its answer; the thanks are those of the service."""
    routes = APIRouter(prefix="/isi/t", include_in_schema=False)

    @routes.api_route("/{token}", methods=["GET", "HEAD"])
    async def form(request: Request, token: str) -> Response:
        invitation = await _find(survey, token)
        subject = await _subject(survey, invitation)
        if invitation.is_spent:
            return _spent(survey, request, subject)
        service, place = invitation.service, invitation.place
        asked = await survey.answers.form_of(service, place, None, fresh=True)
        return form_page(survey, request, subject, Entry(asked), address=_address(token))

    @routes.post("/{token}")
    async def answer(request: Request, token: str) -> Response:
        check_origin(request, survey.public_url)
        fields = await read_form(request)
        try:
            return await _answer(survey, request, token, fields)
        except (NotCommitted, *UNAVAILABLE):
            survey.replies.labels("not_committed").inc()
            return _once_more(survey, request, token, fields)

    return routes


async def _answer(
    survey: Survey, request: Request, token: str, fields: Mapping[str, str]
) -> Response:
    invitation = await _find(survey, token)
    service, place = invitation.service, invitation.place
    version = fields.get(QUESTIONNAIRE)
    asked = await survey.answers.form_of(service, place, version, fresh=False)
    entry = read_entry(survey, _address(token), asked, fields)
    if entry.faults or entry.ticket is None:
        subject = await _subject(survey, invitation)
        if invitation.is_spent:
            return _spent(survey, request, subject)
        return form_page(survey, request, subject, entry, 422, address=_address(token))
    event = event_of(service, place, entry.ticket, entry.reply, asked.version, series="invited")
    # Also where the token is spent: the same form that is sent again is thanked again.
    outcome = await survey.answers.submit(
        event, get_contextvars()["correlation_id"], hash_of(token)
    )
    survey.replies.labels(kind_of(outcome)).inc()
    if kind_of(outcome) == "spent":
        return _spent(survey, request, await _subject(survey, invitation))
    return answered(survey, request, event, outcome)


def _once_more(survey: Survey, request: Request, token: str, fields: Mapping[str, str]) -> Response:
    """The form as it was sent: which service it is about, only its own field can tell now."""
    named = fields.get(SERVICE, "")
    service = named if is_service(named) else "-"
    asked = survey.answers.known_form(service, fields.get(QUESTIONNAIRE)) or NATIONAL
    entry = read_entry(survey, _address(token), asked, fields)
    about = unnamed(service, None)
    return form_page(survey, request, about, entry, 503, address=_address(token))


async def _find(survey: Survey, token: str) -> Invitation:
    """What the token opens. Raises the 404 or 410 problem."""
    try:
        async with survey.engine.connect() as connection:
            return await find(connection, token, today=survey.now().date())
    except UnknownLink:
        raise Problem(
            404, "unknown_link", "Tautan ini tidak dikenal · This link is not known"
        ) from None
    except LinkGone:
        raise Problem(
            410,
            "link_expired",
            "Tautan ini sudah lewat 60 hari · This link is more than 60 days old",
        ) from None


async def _subject(survey: Survey, invitation: Invitation) -> Subject:
    """A service that has ended since may still be judged by whom it served."""
    subject = await survey.subject(invitation.service, invitation.place)
    return replace(subject, is_offered=True)


def _spent(survey: Survey, request: Request, subject: Subject) -> Response:
    return survey.pages.render(request, "spent.html", 410, NEVER_STORED, subject=subject)


def _address(token: str) -> str:
    """The form's address below `/isi/`, to which its ticket is bound."""
    return f"t/{token}"
