"""Intake's own rows of agencies, places and services."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.store.tables import agency, place, service

TABLES: Mapping[str, Table] = {"agency": agency, "place": place, "service": service}


async def find(connection: AsyncConnection, kind: str, code: str) -> dict[str, Any] | None:
    """One row without its sequence, or None."""
    table = TABLES[kind]
    row = (await connection.execute(select(table).where(table.c.code == code))).one_or_none()
    return _without_sequence(row) if row else None


async def listed(
    connection: AsyncConnection, kind: str, *, after: str, limit: int
) -> Sequence[dict[str, Any]]:
    """Rows in order of code, beginning after a code."""
    table = TABLES[kind]
    query = select(table).where(table.c.code > after).order_by(table.c.code).limit(limit)
    return [_without_sequence(row) for row in await connection.execute(query)]


async def successors(connection: AsyncConnection) -> dict[str, str]:
    """Which service took over from which: code → code."""
    query = select(service.c.code, service.c.successor).where(service.c.successor.is_not(None))
    return {row.code: row.successor for row in await connection.execute(query)}


async def put(
    connection: AsyncConnection, kind: str, row: Mapping[str, Any], sequence: int
) -> None:
    """Insert or replace a row; `sequence` is that of the registry event that says so."""
    values = {**row, "sequence": sequence}
    statement = insert(TABLES[kind]).values(values)
    changed = {name: value for name, value in values.items() if name != "code"}
    await connection.execute(statement.on_conflict_do_update(index_elements=["code"], set_=changed))


def _without_sequence(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name != "sequence"}
