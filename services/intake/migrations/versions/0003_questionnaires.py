"""Agencies' questionnaires by version; the national one is no row."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("""CREATE TABLE questionnaire (
        agency text NOT NULL REFERENCES agency,
        version integer NOT NULL CHECK (version BETWEEN 1 AND 999999),
        valid_from date NOT NULL CHECK (extract(day FROM valid_from) = 1),
        body bytea NOT NULL CHECK (length(body) <= 262144),
        sequence bigint NOT NULL,
        PRIMARY KEY (agency, version)
    )""")
