"""Import jobs, the files that they still need, and the rows that were refused.

Callers have entered a tenancy before: a job of another agency is simply not there.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import (
    ARRAY,
    Integer,
    LargeBinary,
    RowMapping,
    SmallInteger,
    Text,
    TextClause,
    bindparam,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

PAGE = 1_000

_ADD = text("""
    INSERT INTO import_job (tenant, id, key_id, correlation, options, state, total)
    VALUES (:tenant, :id, :key_id, :correlation, CAST(:options AS jsonb), 'queued', :total)
""")
_ADD_PART = text("""
    INSERT INTO import_part (tenant, job, number, body) VALUES (:tenant, :job, :number, :body)
""").bindparams(bindparam("body", type_=LargeBinary))
_PART = text(
    "SELECT body FROM import_part WHERE tenant = :tenant AND job = :job AND number = :number"
)
_UNFINISHED = text("""
    SELECT count(*) FROM import_job WHERE tenant = :tenant AND state IN ('queued', 'running')
""")
_COLUMNS = """
    tenant AS agency, id, key_id, correlation, options::text, state, problem, total, done,
    accepted, duplicate, refused, per_service::text, unrecognised::text, created_at, finished_at,
    attempts
"""
_FIND = text(f"SELECT {_COLUMNS} FROM import_job WHERE id = :id")
_CLAIM = text(f"""
    UPDATE import_job SET state = 'running', worker = :worker, attempts = attempts + 1,
        lease_until = now() + make_interval(secs => :lease_s)
    WHERE (tenant, id) = (
        SELECT tenant, id FROM import_job AS waiting
        WHERE state IN ('queued', 'running') AND (lease_until IS NULL OR lease_until < now())
            AND NOT EXISTS (
                SELECT FROM import_job AS other WHERE other.tenant = waiting.tenant
                    AND other.state = 'running' AND other.lease_until >= now()
            )
        ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING {_COLUMNS}
""")
_OWNED = "WHERE tenant = :tenant AND id = :id AND worker = :worker AND state = 'running'"
_RENEW = text(f"""
    UPDATE import_job SET lease_until = now() + make_interval(secs => :lease_s)
    {_OWNED} RETURNING 1
""")
_RELEASE = text(f"UPDATE import_job SET lease_until = NULL {_OWNED} RETURNING 1")
_ADVANCE = text(f"""
    UPDATE import_job SET done = :done, accepted = :accepted, duplicate = :duplicate,
        refused = :refused, per_service = CAST(:per_service AS jsonb), attempts = 0,
        unrecognised = CAST(:unrecognised AS jsonb),
        lease_until = now() + make_interval(secs => :lease_s)
    {_OWNED} RETURNING 1
""")
_END = text(f"""
    UPDATE import_job SET state = :state, problem = :problem, finished_at = now(),
        lease_until = NULL {_OWNED} RETURNING 1
""")
_DROP_PARTS = text("DELETE FROM import_part WHERE tenant = :tenant AND job = :id")
_REFUSE = text("""
    INSERT INTO import_refusal (tenant, job, row_number, position, column_name, code)
    SELECT :tenant, :id, * FROM unnest(:numbers, :positions, :columns, :codes)
""").bindparams(
    bindparam("numbers", type_=ARRAY(Integer)),
    bindparam("positions", type_=ARRAY(SmallInteger)),
    bindparam("columns", type_=ARRAY(Text)),
    bindparam("codes", type_=ARRAY(Text)),
)
_REFUSALS = text("""
    SELECT row_number, position, column_name, code FROM import_refusal
    WHERE tenant = :tenant AND job = :id AND (row_number, position) > (:number, :position)
    ORDER BY row_number, position LIMIT :limit
""")


class Tally(msgspec.Struct):
    """What became of the rows so far."""

    done: int = 0
    accepted: int = 0
    duplicate: int = 0
    refused: int = 0
    per_service: dict[str, dict[str, int]] = {}
    unrecognised: dict[str, dict[str, int]] = {}


class Job(msgspec.Struct, frozen=True):
    """An import as it is stored. `options` is JSON."""

    agency: str
    id: str
    key_id: str
    correlation: str
    options: str
    state: str
    problem: str | None
    total: int
    tally: Tally
    created_at: datetime
    finished_at: datetime | None
    attempts: int


class Refused(msgspec.Struct, frozen=True):
    """One fault of one row; `position` numbers the faults of a row."""

    row: int
    position: int
    column: str
    code: str


async def add(
    connection: AsyncConnection,
    *,
    agency: str,
    job_id: str,
    key_id: str,
    correlation: str,
    options: str,
    total: int,
) -> None:
    """Store a new job; its file follows in parts."""
    values = {"id": job_id, "key_id": key_id, "correlation": correlation}
    await connection.execute(_ADD, {**values, "tenant": agency, "options": options, "total": total})


async def add_part(
    connection: AsyncConnection, agency: str, job_id: str, number: int, body: bytes
) -> None:
    """Store a piece of a job's file."""
    values = {"tenant": agency, "job": job_id, "number": number, "body": body}
    await connection.execute(_ADD_PART, values)


async def parts(connection: AsyncConnection, job: Job) -> AsyncIterator[bytes]:
    """The pieces of a job's file, in order, one at a time."""
    number = 0
    while True:
        values = {"tenant": job.agency, "job": job.id, "number": number}
        body = await connection.scalar(_PART, values)
        if body is None:
            return
        yield body
        number += 1


async def unfinished(connection: AsyncConnection, agency: str) -> int:
    """How many jobs of an agency wait or run."""
    return int(await connection.scalar(_UNFINISHED, {"tenant": agency}) or 0)


async def find(connection: AsyncConnection, job_id: str) -> Job | None:
    """A job, or None."""
    row = (await connection.execute(_FIND, {"id": job_id})).mappings().one_or_none()
    return _job(row) if row else None


async def claim(connection: AsyncConnection, worker: str, lease_s: float) -> Job | None:
    """The oldest job of an agency that nobody works for: one at a time each, so none is starved.

    Who dies over a job loses it after the lease.
    """
    found = await connection.execute(_CLAIM, {"worker": worker, "lease_s": lease_s})
    row = found.mappings().one_or_none()
    return _job(row) if row else None


async def renew(connection: AsyncConnection, job: Job, worker: str, lease_s: float) -> bool:
    """Keep the claim; False when it was lost."""
    return await _still(connection, _RENEW, job, worker, {"lease_s": lease_s})


async def release(connection: AsyncConnection, job: Job, worker: str) -> bool:
    """Give the claim back at once."""
    return await _still(connection, _RELEASE, job, worker, {})


async def advance(
    connection: AsyncConnection,
    job: Job,
    worker: str,
    tally: Tally,
    refused: Sequence[Refused],
    lease_s: float,
) -> bool:
    """Store how far the job is; False (and nothing stored) when the claim was lost."""
    values = {
        **msgspec.structs.asdict(tally),
        "per_service": msgspec.json.encode(tally.per_service).decode(),
        "unrecognised": msgspec.json.encode(tally.unrecognised).decode(),
        "lease_s": lease_s,
    }
    if not await _still(connection, _ADVANCE, job, worker, values):
        return False
    if refused:
        lists = {
            "numbers": [one.row for one in refused],
            "positions": [one.position for one in refused],
            "columns": [one.column for one in refused],
            "codes": [one.code for one in refused],
        }
        await connection.execute(_REFUSE, {"tenant": job.agency, "id": job.id, **lists})
    return True


async def end(
    connection: AsyncConnection, job: Job, worker: str, state: str, problem: str | None = None
) -> bool:
    """Finish a job and drop its file."""
    values = {"state": state, "problem": problem}
    ended = await _still(connection, _END, job, worker, values)
    if ended:
        await connection.execute(_DROP_PARTS, {"tenant": job.agency, "id": job.id})
    return ended


async def refusals(
    connection: AsyncConnection, job: Job, *, after: tuple[int, int] = (0, 0), limit: int = PAGE
) -> list[Refused]:
    """Refused rows in order of row, beginning after (row, position)."""
    values = {"tenant": job.agency, "id": job.id, "number": after[0], "position": after[1]}
    rows = await connection.execute(_REFUSALS, {**values, "limit": limit})
    return [Refused(*row) for row in rows]


async def _still(
    connection: AsyncConnection,
    statement: TextClause,
    job: Job,
    worker: str,
    values: Mapping[str, object],
) -> bool:
    """Run a statement that does something only while the worker holds the job."""
    owner = {"tenant": job.agency, "id": job.id, "worker": worker}
    return await connection.scalar(statement, {**owner, **values}) is not None


def _job(row: RowMapping) -> Job:
    values: dict[str, object] = {str(name): value for name, value in row.items()}
    counts = {name: values.pop(name) for name in ("done", "accepted", "duplicate", "refused")}
    for name in ("per_service", "unrecognised"):
        counts[name] = msgspec.json.decode(str(values.pop(name)))
    return msgspec.convert({**values, "tally": counts}, Job)
