"""The tables of intake's schema."""

from sqlalchemy import BigInteger, Column, Date, ForeignKey, MetaData, Table, Text

from shared.auth import key_table
from shared.log.idempotency import seen_table
from shared.log.notes import note_table
from shared.log.tables import log_tables

metadata = MetaData()
log = log_tables(metadata)
seen = seen_table(metadata)
note = note_table(metadata)
api_key = key_table(metadata)

agency = Table(
    "agency",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("timezone", Text),
    Column("sequence", BigInteger, nullable=False),
)
place = Table(
    "place",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("timezone", Text),
    Column("sequence", BigInteger, nullable=False),
)
service = Table(
    "service",
    metadata,
    Column("code", Text, primary_key=True),
    Column("agency", Text, ForeignKey("agency.code"), nullable=False),
    Column("name", Text, nullable=False),
    Column("valid_from", Date),
    Column("valid_until", Date),
    Column("successor", Text),
    Column("sequence", BigInteger, nullable=False),
)
