"""PostgreSQL through SQLAlchemy and asyncpg: engines with limits, checks at the start."""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
from pydantic import SecretStr
from sqlalchemy import event, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

# What "the database is away" looks like: refused, hung up, no answer in time, no connection free.
UNAVAILABLE = (DBAPIError, OSError, PoolTimeout, TimeoutError)
# SQLSTATE classes that say "not now" rather than "never": connection, resources, intervention,
# rollback (deadlock, serialisation), lock not available.
_PASSING_STATES = ("08", "53", "57", "40", "55")
KEEPALIVE_S = 2
MUST_BE_ON = ("fsync", "synchronous_commit", "full_page_writes")


class UnsafeDatabase(RuntimeError):
    """The server or the role must not be used: the message says what to change."""


def engine(
    url: SecretStr | str, *, pool: int = 5, statement_s: float = 2, lock_s: float = 1
) -> AsyncEngine:
    """An engine that never waits long: connect 2 s, pool 1 s, the given seconds a statement."""
    raw = url.get_secret_value() if isinstance(url, SecretStr) else url
    made = create_async_engine(
        make_url(raw).set(drivername="postgresql+asyncpg"),
        pool_size=pool,
        max_overflow=0,
        pool_timeout=1,
        connect_args={
            "timeout": 2,
            "command_timeout": statement_s + 1,
            "server_settings": _limits(statement_s, lock_s),
        },
    )
    event.listen(made.sync_engine, "handle_error", _leave_silent_link)
    event.listen(made.sync_engine, "close", _hang_up)
    return made


def _limits(statement_s: float, lock_s: float) -> dict[str, str]:
    return {
        "statement_timeout": f"{int(statement_s * 1000)}",
        "lock_timeout": f"{int(lock_s * 1000)}",
        "idle_in_transaction_session_timeout": "5000",
        "jit": "off",
        # Between two messages of ours, or within a COPY, no limit above ends the session of a lost
        # link: it would keep its locks for the two hours that the kernel waits before it asks.
        "tcp_keepalives_idle": f"{KEEPALIVE_S}",
        "tcp_keepalives_interval": "1",
        "tcp_keepalives_count": "3",
    }


async def copy_rows(
    connection: AsyncConnection, table: str, rows: Sequence[tuple[object, ...]]
) -> None:
    """Add rows (all columns, in order) by COPY, inside the connection's transaction.

    Raises IntegrityError if one does not fit the table, else DBAPIError as any statement does.
    """
    raw = (await connection.get_raw_connection()).driver_connection
    if raw is None:
        raise OperationalError(f"COPY {table}", None, ConnectionError("the connection is gone"))
    try:
        await raw.copy_records_to_table(table, records=rows)
    except (TimeoutError, asyncio.CancelledError):
        await connection.invalidate()  # as after a statement, or the rollback would wait again
        raise
    except asyncpg.IntegrityConstraintViolationError as reason:
        raise IntegrityError(f"COPY {table}", None, reason) from reason
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as reason:
        raise OperationalError(f"COPY {table}", None, reason) from reason


def is_passing(error: BaseException) -> bool:
    """Whether trying again may succeed: the database is away or busy, the data is not wrong."""
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None)
        return state is None or state.startswith(_PASSING_STATES)
    return isinstance(error, UNAVAILABLE)


async def check_server(connection: AsyncConnection) -> None:
    """Refuse a server that may forget a commit, and a role that could read everything."""
    for name in MUST_BE_ON:
        value = await connection.scalar(text("SELECT current_setting(:name)"), {"name": name})
        if value == "off":
            raise UnsafeDatabase(f"PostgreSQL runs with {name}=off; turn it on before starting")
    if await connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")):
        raise UnsafeDatabase("the database role is a superuser; use the service's own role")


async def check_schema(connection: AsyncConnection, head: str) -> None:
    """Refuse a schema that another version of this service made. `head` is the newest revision."""
    known = await connection.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
    found = (
        await connection.scalar(text("SELECT version_num FROM alembic_version")) if known else None
    )
    if found != head:
        raise UnsafeDatabase(
            f"the schema is at revision {found or 'none'}, this service needs {head}: run migrate"
        )


def _leave_silent_link(context: ExceptionContext) -> None:
    """No answer in time: the other connections are lost as well, do not try one after the other."""
    if isinstance(context.original_exception, TimeoutError | asyncio.CancelledError):
        context.is_disconnect = context.invalidate_pool_on_disconnect = True


def _hang_up(connection: Any, _: object) -> None:
    """Say no goodbye: SQLAlchemy would wait 2 s for the answer of a server that is silent."""
    connection.driver_connection.terminate()
