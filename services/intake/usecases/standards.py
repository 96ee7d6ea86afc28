"""Publish and read the standards of services: a new version only where something changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.domain.standard import Standard, Version, standard_faults, start_fault
from services.intake.store import registry, standards
from services.intake.usecases.own_events import end_of, tell
from services.intake.usecases.registry import UnknownService
from shared.contracts import standard as contract
from shared.contracts.registry import TOPIC


class StandardRefused(ValueError):
    """A standard that cannot be published; `faults` are JSON pointers with their codes."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(", ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Published:
    """A service with all versions of its standard, and the day it is at its agency."""

    service: Mapping[str, Any]
    agency: Mapping[str, Any]
    versions: tuple[Version, ...]
    today: date


async def published(
    connection: AsyncConnection, code: str, *, now: datetime, default_zone: str
) -> Published:
    """What a service has published. Raises UnknownService."""
    service = await registry.find(connection, "service", code)
    if service is None:
        raise UnknownService(code)
    agency = await registry.find(connection, "agency", service["agency"])
    assert agency is not None, "a service refers to its agency"
    today = now.astimezone(ZoneInfo(agency["timezone"] or default_zone)).date()
    return Published(service, agency, tuple(await standards.versions(connection, code)), today)


async def publish(
    connection: AsyncConnection,
    code: str,
    standard: Standard,
    *,
    now: datetime,
    default_zone: str,
    correlation: str | None = None,
) -> tuple[Version, bool]:
    """The version that says `standard`, and whether it is new.

    Raises UnknownService and StandardRefused.
    """
    # The lock comes first: two equal requests at once must make one version.
    end = await end_of(connection, TOPIC)
    known = await published(connection, code, now=now, default_zone=default_zone)
    newest = known.versions[-1] if known.versions else None
    if newest and newest.standard == standard:
        return newest, False
    _check(standard, newest, known.today)
    version = Version(newest.number + 1 if newest else 1, now, standard)
    await standards.add(connection, code, version, end.sequence)
    said, about = _announced(code, version), f"standard-{code}"
    await tell(
        connection, end, contract.PUBLISHED, said, about=about, now=now, correlation=correlation
    )
    return version, True


def _check(standard: Standard, newest: Version | None, today: date) -> None:
    faults = dict(standard_faults(standard, today))
    if fault := start_fault(newest.standard if newest else None, standard, today):
        faults["/valid_from"] = fault
    if faults:
        raise StandardRefused(faults)


def _announced(code: str, version: Version) -> contract.StandardPublished:
    said = msgspec.to_builtins(version.standard)
    return msgspec.convert(
        {**said, "service": code, "version": version.number}, contract.StandardPublished
    )
