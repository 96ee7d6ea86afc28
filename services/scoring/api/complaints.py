"""`/v1/complaints`: figures for anybody; one complaint, explained, for its agency alone."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.api.applications import ServiceText, services_asked, several
from services.scoring.api.asked import Answering, AskedAbout
from services.scoring.api.index import (
    PROBLEMS,
    as_json,
)
from services.scoring.usecases.applications import SeveralServices
from services.scoring.usecases.complaints import (
    ComplaintAnswer,
    ComplaintsAnswer,
    complaints_of,
    explained,
    find,
)
from services.scoring.usecases.promising import WorkTimes
from shared.auth import Keyring, Principal
from shared.http import Problem
from shared.http.openapi import answers

_ONE = {
    401: "Missing or invalid key",
    403: "The key lacks index:live",
    404: "No such complaint among those of the key's agency",
    409: "Several services of the agency use this reference: add service=",
    422: "A parameter is not valid",
    503: "Try again (Retry-After)",
}


def router(
    engine: AsyncEngine, keyring: Keyring, times: WorkTimes, now: Callable[[], datetime]
) -> APIRouter:
    """The routes of complaints. `now` gives the time in the zone that answers show."""
    routes = APIRouter(prefix="/v1/complaints", tags=["complaints"])
    answering = Answering(engine, keyring)

    @routes.get(
        "",
        summary="Pengaduan menurut bentuk dan tenggat · Complaints by form and by clock",
        responses=answers(ComplaintsAnswer, PROBLEMS),
    )
    async def complaints(request: Request, asked: AskedAbout) -> Response:
        """What came in, what was verified, replied to and settled in time, what waits now.

        No number below ten is told; to the agency's own key (`view=live`), none below five.
        """
        return await answering.answer(
            request,
            asked,
            lambda connection: complaints_of(
                connection, asked.scope, asked.period, asked.view, now=now()
            ),
        )

    @routes.get(
        "/{reference:path}",
        summary="Satu pengaduan, dijelaskan · One complaint, explained",
        responses=answers(ComplaintAnswer, _ONE),
    )
    async def one(
        reference: Annotated[str, Path(min_length=1, max_length=64)],
        service: ServiceText = None,
        principal: Principal = Depends(keyring.needs("index:live")),
    ) -> Response:
        """Its state, its clocks day by day, its rounds, and what of its events does not fit."""
        services = services_asked(principal, service, _unknown())
        async with engine.connect() as connection:
            try:
                row = await find(connection, reference, services)
            except SeveralServices:
                raise several("complaints") from None
            if row is None:
                raise _unknown()
            answer = await explained(connection, row, times, now=now())
        return as_json(answer, "live")

    return routes


def _unknown() -> Problem:
    return Problem(404, "unknown_complaint", "Pengaduan tidak ditemukan · No such complaint")
