"""The published versions of services' standards. Rows are added, never changed."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.domain.standard import Standard, Version
from services.intake.store.tables import standard as table

_COLUMNS = (table.c.version, table.c.published_at, table.c.body)


async def versions(connection: AsyncConnection, service: str) -> list[Version]:
    """All versions of a service's standard, the first one first."""
    query = select(*_COLUMNS).where(table.c.service == service).order_by(table.c.version)
    return [_version(row) for row in await connection.execute(query)]


async def newest(
    connection: AsyncConnection, *, after: str, limit: int
) -> Sequence[tuple[str, Version]]:
    """Each service's newest version in order of its code, beginning after a code."""
    query = (
        select(table.c.service, *_COLUMNS)
        .ext(distinct_on(table.c.service))
        .where(table.c.service > after)
        .order_by(table.c.service, table.c.version.desc())
        .limit(limit)
    )
    return [(row.service, _version(row)) for row in await connection.execute(query)]


async def add(connection: AsyncConnection, service: str, version: Version, sequence: int) -> None:
    """Keep a version; `sequence` is that of the registry event that says so."""
    values = {
        "service": service,
        "version": version.number,
        "published_at": version.published_at,
        "body": msgspec.to_builtins(version.standard),
        "sequence": sequence,
    }
    await connection.execute(insert(table).values(values))


def _version(row: Any) -> Version:
    return Version(row.version, row.published_at, msgspec.convert(row.body, Standard))
