"""`/tiket/{code}`: who answered sees the answer again and may withdraw it; needs no JavaScript."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.contextvars import get_contextvars

from services.intake.domain.follow_up import NoCode, read_code
from services.intake.domain.questionnaire import questionnaire_on
from services.intake.usecases.follow_up import Followed, UnknownCode, follow, withdraw
from services.intake.usecases.registry import UnknownService
from services.intake.usecases.survey import Subject, subject_of, unnamed
from shared.http import Problem
from shared.sealing import Sealer
from shared.web import Pages
from shared.web.forms import check_origin, read_form
from shared.web.language import PARAMETER
from shared.web.pages import NEVER_STORED

CONFIRMED = ("yakin", "ya")
_LONGEST = 64
# What is found by a secret address is for its owner, not for a search engine or a cache.
_PRIVATE = {**NEVER_STORED, "X-Robots-Tag": "noindex, nofollow"}

Code = Annotated[str, Path(max_length=_LONGEST)]


@dataclass(frozen=True, slots=True)
class FollowUps:
    """What the page needs. `zone` is that of agencies and places that name none."""

    engine: AsyncEngine
    sealer: Sealer
    pages: Pages
    now: Callable[[], datetime]
    after_commit: Callable[[], None]
    public_url: str
    zone: str

    async def look(self, code: str) -> tuple[Followed, Subject]:
        """The answer and what it is about. Raises the 404 problem."""
        async with self.engine.connect() as connection:
            try:
                found = await follow(connection, code, self.sealer, now=self.now())
            except UnknownCode:
                raise _unknown() from None
            about = found.answer.service, found.answer.place
            try:
                subject = await subject_of(
                    connection, *about, now=self.now(), default_zone=self.zone
                )
            except UnknownService:
                subject = unnamed(*about)
        return found, subject

    async def withdraw(self, code: str) -> None:
        """Committed when it returns. Raises the 404 problem."""
        correlation = get_contextvars().get("correlation_id")
        try:
            async with self.engine.begin() as connection:
                is_new = await withdraw(connection, code, now=self.now(), correlation=correlation)
        except UnknownCode:
            raise _unknown() from None
        if is_new:
            self.after_commit()


def router(follow_ups: FollowUps) -> APIRouter:
    """Where a code is entered, what it leads to, and the withdrawal."""
    routes = APIRouter(prefix="/tiket", include_in_schema=False)

    @routes.get("")
    async def ask(
        request: Request, entered: Annotated[str, Query(alias="kode", max_length=_LONGEST)] = ""
    ) -> Response:
        try:
            return _to(request, read_code(entered))
        except NoCode:
            return follow_ups.pages.render(
                request, "ticket_entry.html", 422 if entered else 200, _PRIVATE, entered=entered
            )

    @routes.get("/{code}")
    async def show(request: Request, code: Code) -> Response:
        return await _page(follow_ups, request, code)

    @routes.post("/{code}")
    async def take_back(request: Request, code: Code) -> Response:
        check_origin(request, follow_ups.public_url)
        name, yes = CONFIRMED
        if (await read_form(request)).get(name) != yes:
            return await _page(follow_ups, request, code, 422)
        await follow_ups.withdraw(code)
        return _to(request, read_code(code))

    return routes


async def _page(follow_ups: FollowUps, request: Request, code: str, status: int = 200) -> Response:
    found, subject = await follow_ups.look(code)
    zone = ZoneInfo(follow_ups.zone)
    withdrawn_at = found.follow_up.withdrawn_at
    return follow_ups.pages.render(
        request,
        "ticket.html",
        status,
        _PRIVATE,
        code=read_code(code),
        subject=subject,
        found=found,
        answered_on=date.fromisoformat(found.day),
        questionnaire=questionnaire_on(date.fromisoformat(found.day)),
        withdrawn_at=withdrawn_at and withdrawn_at.astimezone(zone).isoformat(timespec="seconds"),
        expires_on=found.follow_up.expires_at.astimezone(zone).date(),
        confirmed=CONFIRMED,
        is_unconfirmed=status == 422,
    )


def _to(request: Request, code: str) -> Response:
    language = "?bahasa=en" if request.query_params.get(PARAMETER) == "en" else ""
    return RedirectResponse(f"/tiket/{code}{language}", 303, headers=_PRIVATE)


def _unknown() -> Problem:
    return Problem(
        404, "unknown_code", "Kode tidak dikenal atau sudah lewat · Unknown or expired code"
    )
