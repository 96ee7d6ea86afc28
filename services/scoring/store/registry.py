"""The registry as scoring needs it: names and belongings. The newest sequence wins."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_NAMED = """
    INSERT INTO {table} (code, name, kind, sequence) VALUES (:code, :name, :kind, :sequence)
    ON CONFLICT (code) DO UPDATE
    SET name = excluded.name, kind = excluded.kind, sequence = excluded.sequence
    WHERE {table}.sequence < excluded.sequence
"""
_AGENCY = text(_NAMED.format(table="agency"))
_PLACE = text(_NAMED.format(table="place"))
_SERVICE = text("""
    INSERT INTO service (code, agency, name, sequence) VALUES (:code, :agency, :name, :sequence)
    ON CONFLICT (code) DO UPDATE SET name = excluded.name, sequence = excluded.sequence
    WHERE service.sequence < excluded.sequence
""")


async def store_agency(
    connection: AsyncConnection, code: str, name: str, kind: str, sequence: int
) -> None:
    """Store or rename an agency."""
    values = {"code": code, "name": name, "kind": kind, "sequence": sequence}
    await connection.execute(_AGENCY, values)


async def store_place(
    connection: AsyncConnection, code: str, name: str, kind: str, sequence: int
) -> None:
    """Store or rename a place."""
    values = {"code": code, "name": name, "kind": kind, "sequence": sequence}
    await connection.execute(_PLACE, values)


async def store_service(connection: AsyncConnection, code: str, name: str, sequence: int) -> None:
    """Store or rename a service; its agency is the first part of its code."""
    agency = code.partition(".")[0]
    values = {"code": code, "agency": agency, "name": name, "sequence": sequence}
    await connection.execute(_SERVICE, values)
