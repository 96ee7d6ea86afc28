"""The tables of intake's schema."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

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
    Column("example", Boolean, nullable=False),
    Column("sequence", BigInteger, nullable=False),
)
place = Table(
    "place",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("timezone", Text),
    Column("example", Boolean, nullable=False),
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
    Column("example", Boolean, nullable=False),
    Column("sequence", BigInteger, nullable=False),
)
standard = Table(
    "standard",
    metadata,
    Column("service", Text, ForeignKey("service.code"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("published_at", DateTime(timezone=True), nullable=False),
    Column("body", JSONB, nullable=False),
    Column("sequence", BigInteger, nullable=False),
)
questionnaire = Table(
    "questionnaire",
    metadata,
    Column("agency", Text, ForeignKey("agency.code"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("valid_from", Date, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("sequence", BigInteger, nullable=False),
)
invitation = Table(
    "invitation",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("service", Text, nullable=False),
    Column("place", Text),
    Column("expires_on", Date, nullable=False),
    Column("is_spent", Boolean, nullable=False),
)
invited = Table(
    "invited",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("service", Text(collation="C"), primary_key=True),
    Column("reference", Text(collation="C"), primary_key=True),
    Column("expires_on", Date, nullable=False),
    Column("sealed", LargeBinary),
)
import_job = Table(
    "import_job",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("key_id", Text, nullable=False),
    Column("correlation", Text, nullable=False),
    Column("options", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("problem", Text),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("duplicate", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("per_service", JSONB, nullable=False),
    Column("unrecognised", JSONB, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True)),
    Column("lease_until", DateTime(timezone=True)),
    Column("worker", Text),
    Column("attempts", Integer, nullable=False),
)
import_part = Table(
    "import_part",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("job", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
import_refusal = Table(
    "import_refusal",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("job", Text, primary_key=True),
    Column("row_number", Integer, primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("column_name", Text, nullable=False),
    Column("code", Text, nullable=False),
)
