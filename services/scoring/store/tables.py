"""The tables of scoring's schema."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    func,
)

from services.scoring.domain.fold import (
    EXTRA_COLUMNS,
    PAIR_COLUMNS,
    PROFILE_COLUMNS,
    SCORE_COLUMNS,
)
from shared.auth import key_table
from shared.consume.tables import consumer_tables
from shared.log.tables import log_tables

metadata = MetaData()
log = log_tables(metadata)
consumer = consumer_tables(metadata)
api_key = key_table(metadata)

_KEY = ("grain", "service", "place", "series", "start")  # not that of the fold: by what is asked

rollup = Table(
    "rollup",
    metadata,
    Column("service", Text(collation="C"), nullable=False),
    Column("place", Text, nullable=False),
    Column("series", Text, nullable=False),
    Column("grain", Text, nullable=False),
    Column("start", Date, nullable=False),
    Column("extent", Text, nullable=False),
    Column("n", Integer, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("total_sq", BigInteger, nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in PAIR_COLUMNS),
    *(Column(name, Integer, nullable=False) for name in SCORE_COLUMNS),
    PrimaryKeyConstraint(*_KEY, "extent"),
)
profile = Table(
    "profile",
    metadata,
    Column("service", Text(collation="C"), nullable=False),
    Column("place", Text, nullable=False),
    Column("series", Text, nullable=False),
    Column("grain", Text, nullable=False),
    Column("start", Date, nullable=False),
    *(Column(name, Integer, nullable=False) for name in PROFILE_COLUMNS),
    PrimaryKeyConstraint(*_KEY),
)
extra = Table(
    "extra",
    metadata,
    Column("service", Text(collation="C"), nullable=False),
    Column("place", Text, nullable=False),
    Column("series", Text, nullable=False),
    Column("grain", Text, nullable=False),
    Column("start", Date, nullable=False),
    Column("questionnaire", Text, nullable=False),
    Column("element", Text, nullable=False),
    *(Column(name, Integer, nullable=False) for name in EXTRA_COLUMNS),
    PrimaryKeyConstraint(*_KEY, "questionnaire", "element"),
)
questionnaire = Table(
    "questionnaire",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("valid_from", Date, nullable=False),
    Column("weights", ARRAY(Text)),
    Column("extra", LargeBinary, nullable=False),
    Column("sequence", BigInteger, nullable=False),
)
dirty = Table(
    "dirty",
    metadata,
    Column("service", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("correlation", Text),
    Column("since", DateTime(timezone=True), nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("service", "year"),
)
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
    Column("agency", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
)
