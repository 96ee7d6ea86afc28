"""`/layanan/{service}/standar`: what a service promises, on any phone and on paper."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.intake.domain.completeness import COMPONENTS, completeness
from services.intake.domain.registry import is_valid_on
from services.intake.domain.standard import (
    Change,
    Version,
    changes,
    in_force_on,
    is_review_overdue,
    review_due_on,
    shown_on,
)
from services.intake.pages.survey import ServiceCode
from services.intake.usecases.registry import UnknownService, heir_on
from services.intake.usecases.standards import Published, published
from shared.http import Problem
from shared.web import Pages

NAMES: Mapping[str, tuple[str, str]] = {
    "valid_from": ("Mulai berlaku", "Valid from"),
    **{each.member: (each.indonesian, each.english) for each in COMPONENTS},
    "maklumat": ("Maklumat pelayanan", "Signed promise"),
    "reviewed_on": ("Tanggal peninjauan", "Day of review"),
    "example": ("Tanda contoh", "Mark as an example"),
}
_CACHING = {"Cache-Control": "public, max-age=60"}

VersionNumber = Annotated[int | None, Query(alias="versi", ge=1, le=2**31 - 1)]


@dataclass(frozen=True, slots=True)
class Standards:
    """What the page needs."""

    engine: AsyncEngine
    pages: Pages
    now: Callable[[], datetime]
    default_zone: str

    async def page(self, request: Request, service: str, number: int | None) -> Response:
        """The version in force, or the one asked for. Raises the 404 problems."""
        async with self.engine.connect() as connection:
            try:
                known = await published(
                    connection, service, now=self.now(), default_zone=self.default_zone
                )
            except UnknownService:
                raise Problem(
                    404, "unknown_service", "Layanan tidak ditemukan · No such service"
                ) from None
            closing = await _closing(connection, known)
        version = _version(known, number)
        return self.pages.render(
            request,
            "standard.html",
            headers=_CACHING,
            known=known,
            version=version,
            current=in_force_on(known.versions, known.today),
            judged=completeness(version.standard) if version else None,
            overdue_since=_overdue_since(known, version),
            history=_history(known.versions),
            components=COMPONENTS,
            names=NAMES,
            **closing,
        )


def router(standards: Standards) -> APIRouter:
    """The page of a service's standard."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/layanan/{service}/standar")
    async def standard(
        request: Request, service: ServiceCode, number: VersionNumber = None
    ) -> Response:
        return await standards.page(request, service, number)

    return routes


async def _closing(connection: AsyncConnection, known: Published) -> dict[str, Any]:
    """Whether the service is given today, and what stands in for one that is not."""
    service, today = known.service, known.today
    is_offered = is_valid_on(service["valid_from"], service["valid_until"], today)
    heir = None if is_offered else await heir_on(connection, service["code"], today)
    return {"is_offered": is_offered, "heir": heir}


def _version(known: Published, number: int | None) -> Version | None:
    if number is None:
        return shown_on(known.versions, known.today)
    if number > len(known.versions):
        raise Problem(404, "no_standard", "Tidak ada versi itu · No such version")
    return known.versions[number - 1]


def _overdue_since(known: Published, version: Version | None) -> date | None:
    is_late = version is not None and is_review_overdue(version.standard, known.today)
    return review_due_on(version.standard) if version and is_late else None


def _history(versions: tuple[Version, ...]) -> list[tuple[Version, list[Change]]]:
    """The newest first, each with what it changed."""
    later = versions[1:]
    pairs = zip(versions, later, strict=False)
    changed = [changes(before.standard, after.standard) for before, after in pairs]
    return list(zip(versions, [[], *changed], strict=False))[::-1]
