"""`GET /v1/comments`: what citizens wrote, in full for the agency's own officer alone."""

from dataclasses import dataclass
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.intake.api.registry import SERVICE_CODE
from services.intake.store import registry
from services.intake.usecases.comments import Page, comments_of
from shared.auth import Keyring, Principal, forbidden
from shared.contracts import feedback
from shared.http import Problem
from shared.http.openapi import answers
from shared.sealing import Sealer
from shared.streams import partition_of

PROBLEMS = {
    401: "Missing or invalid key",
    403: "The key lacks comments:read, or is one of the sandbox",
    404: "No such service, or another agency's",
    422: "A parameter is not valid",
    503: "Try again (Retry-After)",
}
MOST = 100


@dataclass(frozen=True, slots=True)
class Commenting:
    """What reading comments needs."""

    engine: AsyncEngine
    keyring: Keyring
    sealer: Sealer
    partitions: int


def router(commenting: Commenting) -> APIRouter:
    """The route of the comments."""
    routes = APIRouter(prefix="/v1/comments", tags=["comments"])

    @routes.get(
        "",
        summary="Saran dan isi pengaduan · Comments and the texts of complaints",
        responses=answers(Page, PROBLEMS),
    )
    async def comments(
        service: Annotated[str, Query(pattern=SERVICE_CODE, examples=["dpmptsp.nib"])],
        limit: Annotated[int, Query(ge=1, le=MOST, description="How many to look at")] = 50,
        cursor: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
        principal: Principal = Depends(commenting.keyring.needs("comments:read")),
    ) -> Response:
        """Newest first. A key of the agency reads them as they were written; any other key without
        NIK, phone, e-mail and plates, and nothing that is confidential."""
        if principal.mode == "test":
            raise forbidden()
        agency = service.partition(".")[0]
        if principal.agency not in (None, agency):
            raise _unknown()
        async with commenting.engine.connect() as connection:
            if await registry.find(connection, "service", service) is None:
                raise _unknown()
            page = await comments_of(
                connection,
                service,
                f"{feedback.TOPIC}.{partition_of(agency, commenting.partitions)}",
                commenting.sealer,
                is_officer=principal.agency == agency,
                before=cursor,
                most=limit,
            )
        return Response(
            msgspec.json.encode(page),
            media_type="application/json",
            headers={"Cache-Control": "private, no-store"},
        )

    return routes


def _unknown() -> Problem:
    return Problem(404, "unknown_service", "Layanan tidak dikenal · Unknown service")
