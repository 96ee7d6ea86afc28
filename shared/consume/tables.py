"""The tables of a consuming service; each service adds them to its own metadata."""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE


@dataclass(frozen=True, slots=True)
class ConsumerTables:
    """`checkpoint`: what was applied; `dead_letter`: what could not be, with its reason."""

    checkpoint: Table
    dead_letter: Table


def consumer_tables(metadata: MetaData) -> ConsumerTables:
    """Declare the consumer's tables in a service's metadata."""
    return ConsumerTables(
        checkpoint=Table(
            "checkpoint",
            metadata,
            Column("stream", Text, primary_key=True),
            Column("ranges", INT8MULTIRANGE, nullable=False, server_default="{}"),
        ),
        dead_letter=Table(
            "dead_letter",
            metadata,
            Column("stream", Text, nullable=False),
            Column("sequence", BigInteger, nullable=False),
            Column("attempts", Integer, nullable=False),
            Column("reason", Text, nullable=False),
            Column("event", LargeBinary, nullable=False),
            Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
            PrimaryKeyConstraint("stream", "sequence"),
        ),
    )
