"""Applications whose link was handed over, and their number beside the other deadline figures."""

from alembic import op

revision = "0011"
down_revision = "0010"

STATEMENTS = (
    "ALTER TABLE application ADD COLUMN is_invited boolean NOT NULL DEFAULT false",
    "ALTER TABLE deadline ADD COLUMN invited bigint NOT NULL DEFAULT 0",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
