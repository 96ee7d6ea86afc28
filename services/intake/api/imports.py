"""Imports: send a file, watch it being worked on, read which rows were refused and why."""

import asyncio
import csv
import io
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated, Any, BinaryIO, cast

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.contextvars import get_contextvars

from services.intake.api.import_options import CSV, XLSX, ImportQuery, kind_of, options_of
from services.intake.domain.imports.faults import FileFault, row_message
from services.intake.domain.imports.problems import job_message
from services.intake.store import imports as store
from services.intake.store import tenancy
from services.intake.store.imports import Job
from services.intake.usecases.imports import submit
from services.intake.usecases.imports.options import Options
from services.intake.usecases.registry_cache import RegistryCache
from shared.auth import Keyring, Principal, forbidden
from shared.http import FieldError, Problem
from shared.http.problem import PROBLEM_JSON, invalid

SHOWN_REFUSALS = 100
IN_MEMORY = 1024 * 1024
UPLOAD_S = 300
AT_ONCE = 4  # uploads that may be looked at at the same time
_NO_STORE = {"Cache-Control": "no-store"}
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Importing:
    """What the routes need."""

    engine: AsyncEngine
    keyring: Keyring
    registry: RegistryCache
    limit_bytes: int
    after_commit: Callable[[], None]


def router(importing: Importing) -> APIRouter:
    """`/v1/imports`: an agency for itself, an admin for a named agency."""
    routes = APIRouter(prefix="/v1/imports", tags=["imports"])
    _add_post(routes, importing)
    _add_reading(routes, importing)
    return routes


def _add_post(routes: APIRouter, importing: Importing) -> None:
    busy = asyncio.Semaphore(AT_ONCE)

    @routes.post(
        "",
        status_code=202,
        summary="Impor berkas CSV atau XLSX · Import a CSV or XLSX file",
        description=_DESCRIPTION,
        operation_id="post_import",
        responses=_PROBLEMS,
        openapi_extra=_request_body(),
    )
    async def post(
        request: Request,
        query: Annotated[ImportQuery, Query()],
        principal: Principal = Depends(importing.keyring.needs("import:write")),
    ) -> Response:
        kind = kind_of(request.headers)
        options = options_of(query, kind, _agency(query, principal), principal)
        if options.create_services and not principal.may("registry:write"):
            raise forbidden()
        await _check_references(importing, options)
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as spooled:
            file = cast(BinaryIO, spooled)
            await _receive(request, file, importing.limit_bytes)
            async with busy:
                job_id, total = await _take_in(importing, file, options, principal)
        importing.after_commit()
        body = {"id": job_id, "state": "queued", "total": total}
        headers = {**_NO_STORE, "Location": f"/v1/imports/{job_id}"}
        return _json(body, 202, headers)


def _add_reading(routes: APIRouter, importing: Importing) -> None:
    needs = importing.keyring.needs("import:write")

    @routes.get(
        "/{job_id}",
        summary="Keadaan suatu impor · The state of an import",
        operation_id="get_import",
    )
    async def read(
        job_id: str = Path(max_length=64), principal: Principal = Depends(needs)
    ) -> Response:
        async with importing.engine.begin() as connection:
            await _enter(connection, principal)
            job = await _found(connection, job_id)
            refused = await store.refusals(connection, job, limit=SHOWN_REFUSALS)
        return _json(_report(job, refused), 200, _NO_STORE)

    @routes.get(
        "/{job_id}/report.csv",
        summary="Semua baris yang ditolak · All refused rows",
        operation_id="get_import_report",
        responses={200: {"content": {CSV: {}}}},
    )
    async def report(
        job_id: str = Path(max_length=64), principal: Principal = Depends(needs)
    ) -> Response:
        async with importing.engine.begin() as connection:
            await _enter(connection, principal)
            job = await _found(connection, job_id)
        headers = {**_NO_STORE, "Content-Disposition": f'attachment; filename="{job.id}.csv"'}
        lines = _report_lines(importing.engine, job)
        return StreamingResponse(lines, media_type=f"{CSV}; charset=utf-8", headers=headers)


def _agency(query: ImportQuery, principal: Principal) -> str:
    """The tenant comes from the key; only the platform's own key names one."""
    if principal.is_admin:
        if query.agency is None:
            raise invalid(FieldError("/query/agency", "missing_field"))
        return query.agency
    if query.agency not in {None, principal.agency} or principal.agency is None:
        raise Problem(404, "unknown_agency", "Instansi tidak terdaftar · Unknown agency")
    return principal.agency


async def _check_references(importing: Importing, options: Options) -> None:
    try:
        submit.check_references(await importing.registry.refresh(), options)
        options.wanted()
    except submit.WrongReference as wrong:
        raise invalid(FieldError(f"/query/{wrong.option}", f"unknown_{wrong.kind}")) from None
    except FileFault as fault:
        raise _problem(fault) from None


async def _receive(request: Request, file: BinaryIO, limit: int) -> None:
    """Copy the body to a file, counting; what is over the limit is not read."""
    if int(request.headers.get("content-length") or 0) > limit:
        raise _too_large()
    size = 0
    try:
        async with asyncio.timeout(UPLOAD_S):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise _too_large()
                file.write(chunk)
    except TimeoutError:
        raise Problem(
            408,
            "too_slow",
            "Unggahan terlalu lama · The upload took too long",
            headers={"Connection": "close"},
        ) from None


async def _take_in(
    importing: Importing, file: BinaryIO, options: Options, principal: Principal
) -> tuple[str, int]:
    most_unpacked = importing.limit_bytes * submit.UNPACKED_RATIO
    try:
        known = importing.registry.snapshot.services
        total = await asyncio.to_thread(submit.inspect, file, options, most_unpacked, known)
        job_id = await submit.store_job(
            importing.engine,
            file,
            options,
            total,
            principal=principal,
            correlation=str(get_contextvars()["correlation_id"]),
        )
    except FileFault as fault:
        raise _problem(fault) from None
    except submit.TooManyImports:
        raise Problem(
            429,
            "too_many_imports",
            "Masih banyak impor menunggu · Many imports are waiting still",
            headers={"Retry-After": "30"},
        ) from None
    return job_id, total


async def _enter(connection: Any, principal: Principal) -> None:
    if principal.is_admin:
        await tenancy.enter_all(connection)
    else:
        await tenancy.enter(connection, principal.agency or "")


async def _found(connection: Any, job_id: str) -> Job:
    job = await store.find(connection, job_id)
    if job is None:
        raise Problem(404, "unknown_import", "Impor tidak ditemukan · No such import")
    return job


def _report(job: Job, refused: list[store.Refused]) -> dict[str, Any]:
    counts = msgspec.to_builtins(job.tally)
    failed = {"code": job.problem, "message": job_message(job.problem)} if job.problem else None
    return {
        "id": job.id,
        "agency": job.agency,
        "state": job.state,
        "dry_run": msgspec.json.decode(job.options, type=Options).dry_run,
        "problem": failed,
        "total": job.total,
        **counts,
        "refusals": [
            {
                "row": one.row,
                "column": one.column,
                "code": one.code,
                "message": row_message(one.code),
            }
            for one in refused
        ],
        "report": f"/v1/imports/{job.id}/report.csv",
        "created_at": job.created_at,
        "finished_at": job.finished_at,
    }


async def _report_lines(engine: AsyncEngine, job: Job) -> AsyncIterator[str]:
    """Page by page, so that neither memory nor a transaction has to hold all of it."""
    yield "\ufeffrow,column,code,message\r\n"
    after = (0, 0)
    while True:
        async with engine.begin() as connection:
            await tenancy.enter(connection, job.agency)
            page = await store.refusals(connection, job, after=after)
        if not page:
            return
        text = io.StringIO()
        writer = csv.writer(text)
        for one in page:
            writer.writerow((one.row, _harmless(one.column), one.code, row_message(one.code)))
        yield text.getvalue()
        after = (page[-1].row, page[-1].position)


def _harmless(header: str) -> str:
    """A spreadsheet must not take a header from somebody's file for a formula."""
    return f"'{header}" if header.startswith(_FORMULA_STARTS) else header


def _problem(fault: FileFault) -> Problem:
    errors = [FieldError(pointer, fault.code) for pointer in fault.pointers]
    return Problem(422, fault.code, fault.message, errors=errors)


def _too_large() -> Problem:
    return Problem(
        413,
        "too_large",
        "Berkas terlalu besar, bagi menurut bulan · The file is too large; split it by month",
        headers={"Connection": "close"},
    )


def _json(body: object, status: int, headers: dict[str, str]) -> Response:
    return Response(
        msgspec.json.encode(body), status, media_type="application/json", headers=headers
    )


def _request_body() -> dict[str, Any]:
    file = {"schema": {"type": "string", "format": "binary"}}
    return {"requestBody": {"required": True, "content": {CSV: file, XLSX: file}}}


_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {PROBLEM_JSON: {}}}
    for status, text in (
        (403, "The key lacks import:write, or registry:write for create_services"),
        (404, "Another agency's key"),
        (413, "The file is larger than RANCAK_IMPORT_LIMIT_MB"),
        (415, "Neither text/csv nor XLSX, or with a content encoding"),
        (422, "The options or the file cannot be used; nothing was stored"),
        (429, "Too many imports of this agency are waiting"),
        (503, "Try again (Retry-After)"),
    )
}
_DESCRIPTION = (
    "The body is the file itself; the options say what its columns are. The whole file is looked "
    "at before the answer: a wrong encoding, a missing column or a formula is a 422 and nothing is "
    "stored. Rows are then counted in the background, the same row once however often the file is "
    "sent: watch `GET /v1/imports/{id}`. Rows that cannot be counted are listed there with the "
    "reason. U8 and U9 are never guessed, because sources swap them: state them with `map` or "
    "`preset`."
)
