"""The tables of notify's schema."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    func,
)

from shared.auth import key_table
from shared.consume.tables import consumer_tables

metadata = MetaData()
consumed = consumer_tables(metadata)
api_key = key_table(metadata)

item = Table(
    "item",
    metadata,
    Column("stream", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("time", DateTime(timezone=True), nullable=False),
    Column("agency", Text),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("correlation", Text),
    Column("body", LargeBinary, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("position", BigInteger),
    PrimaryKeyConstraint("stream", "sequence"),
)
tally = Table(
    "tally",
    metadata,
    Column("one", Boolean, primary_key=True),
    Column("position", BigInteger, nullable=False),
)
subscription = Table(
    "subscription",
    metadata,
    Column("tenant", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("types", ARRAY(Text), nullable=False),
    Column("scope", Text),
    Column("watches", Text, nullable=False),
    Column("endpoint", LargeBinary, nullable=False),
    Column("host", Text, nullable=False),
    Column("sealed_url", LargeBinary, nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("failing_since", DateTime(timezone=True)),
    PrimaryKeyConstraint("tenant", "id"),
)
delivery = Table(
    "delivery",
    metadata,
    Column("tenant", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("number", BigInteger, Identity(always=True), nullable=False),
    Column("subscription", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due", DateTime(timezone=True), nullable=False),
    Column("held_until", DateTime(timezone=True)),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("tenant", "subscription", "stream", "sequence"),
    ForeignKeyConstraint(
        ("tenant", "subscription"), ("subscription.tenant", "subscription.id"), ondelete="CASCADE"
    ),
    ForeignKeyConstraint(
        ("stream", "sequence"), ("item.stream", "item.sequence"), ondelete="CASCADE"
    ),
)
attempt = Table(
    "attempt",
    metadata,
    Column("tenant", Text, nullable=False),
    Column("delivery", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("status", Integer),
    Column("error", Text),
    Column("took_ms", Integer),
    PrimaryKeyConstraint("tenant", "delivery", "number"),
    ForeignKeyConstraint(
        ("tenant", "delivery"), ("delivery.tenant", "delivery.id"), ondelete="CASCADE"
    ),
)
