"""The tables of a publishing service's log; each service adds them to its own metadata."""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    func,
)


@dataclass(frozen=True, slots=True)
class LogTables:
    """`stream`: one row per stream; `run`: the events; `relay`: how far Redis has them."""

    stream: Table
    run: Table
    relay: Table


def log_tables(metadata: MetaData) -> LogTables:
    """Declare the log's tables in a service's metadata."""
    return LogTables(
        stream=Table(
            "stream",
            metadata,
            Column("name", Text, primary_key=True),
            Column("head", BigInteger, nullable=False, server_default="0"),
            Column("tip", LargeBinary, nullable=False),
        ),
        run=Table(
            "run",
            metadata,
            Column("stream", Text, nullable=False),
            Column("last", BigInteger, nullable=False),
            Column("first", BigInteger, nullable=False),
            Column("hash", LargeBinary, nullable=False),
            Column("body", LargeBinary, nullable=False),
            Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
            PrimaryKeyConstraint("stream", "last"),
        ),
        relay=Table(
            "relay",
            metadata,
            Column("stream", Text, primary_key=True),
            Column("position", BigInteger, nullable=False),
        ),
    )
