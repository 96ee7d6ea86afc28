"""Take in a file: look at all of it once, then store it with a job. Nothing is counted yet."""

import asyncio
import secrets
from collections.abc import Container
from typing import BinaryIO

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from services.intake.domain.imports.columns import find_columns
from services.intake.domain.imports.faults import FileFault
from services.intake.domain.imports.names import are_too_many, service_code
from services.intake.store import imports as store
from services.intake.store import tenancy
from services.intake.store.registry_snapshot import Snapshot
from services.intake.usecases.imports.options import Options
from services.intake.usecases.imports.tables import read_table
from shared.auth import Principal

PART_BYTES = 512 * 1024
MOST_UNFINISHED = 20
MOST_COUNTERS = 10_000  # spellings of services that are looked at before a file is taken in
UNPACKED_RATIO = 2  # a workbook may unpack to this many times the limit of a file


class WrongReference(LookupError):
    """An option names something that is not registered: `option` says which."""

    def __init__(self, option: str) -> None:
        super().__init__(option)
        self.option = option
        self.kind = option.removeprefix("general_")


class TooManyImports(RuntimeError):
    """The agency has too many imports waiting."""


def check_references(snapshot: Snapshot, options: Options) -> None:
    """Refuse unregistered agencies, places and services. Raises WrongReference or FileFault."""
    if options.agency not in snapshot.agencies:
        raise WrongReference("agency")
    if options.place is not None and options.place not in snapshot.places:
        raise WrongReference("place")
    if not (options.service or options.service_column or options.general_service):
        raise FileFault("no_service", "/query/service")
    for option in ("service", "general_service"):
        name = getattr(options, option)
        code = service_code(options.agency, name) if name else ""
        if code is None or (code and code not in snapshot.services and not options.create_services):
            raise WrongReference(option)


def inspect(file: BinaryIO, options: Options, most_unpacked: int, known: Container[str]) -> int:
    """Read the whole file once and count its rows. Blocks. Raises FileFault.

    `known` are the services that are registered.
    """
    file.seek(0)
    headers, rows = read_table(file, options, most_unpacked=most_unpacked)
    place = find_columns(headers, options.wanted()).service
    counters: set[str] = set()
    total = 0
    for _, cells in rows:
        total += 1
        if place is not None and place < len(cells) and len(counters) <= MOST_COUNTERS:
            counters.add(cells[place])
    if total == 0:
        raise FileFault("no_rows")
    named = {service_code(options.agency, name) for name in counters if name.strip()}
    new = sum(1 for code in named if code is not None and code not in known)
    if options.create_services and are_too_many(new, total):
        raise FileFault("too_many_services", "/query/service_column")
    return total


async def store_job(
    engine: AsyncEngine,
    file: BinaryIO,
    options: Options,
    total: int,
    *,
    principal: Principal,
    correlation: str,
) -> str:
    """Store the job with its file; answers its id. Raises TooManyImports."""
    job_id = f"imp_{secrets.token_hex(12)}"
    file.seek(0)
    async with engine.begin() as connection:
        await tenancy.enter(connection, options.agency)
        if await store.unfinished(connection, options.agency) >= MOST_UNFINISHED:
            raise TooManyImports
        await store.add(
            connection,
            agency=options.agency,
            job_id=job_id,
            key_id=principal.key_id,
            correlation=correlation,
            options=msgspec.json.encode(options).decode(),
            total=total,
        )
        number = 0
        while part := await asyncio.to_thread(file.read, PART_BYTES):
            await store.add_part(connection, options.agency, job_id, number, part)
            number += 1
    return job_id
