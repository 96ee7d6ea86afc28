"""Sums of score × total, and whole answers apart from partial ones: everything is counted again.

Neither can be had from the counters as they were, so scoring begins anew with an empty checkpoint;
the log has every answer, and the feed brings them within minutes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ELEMENTS = (
    "requirements",
    "procedure",
    "time",
    "cost",
    "product",
    "competence",
    "behaviour",
    "complaints",
    "facilities",
)


def upgrade() -> None:
    for table in ("rollup", "profile", "dirty"):
        op.execute(f"DELETE FROM {table}")
    for table in ("checkpoint", "dead_letter"):
        op.execute(f"DELETE FROM {table} WHERE stream LIKE 'feedback.%'")
    op.add_column("rollup", sa.Column("extent", sa.Text, nullable=False))
    for element in ELEMENTS:
        op.add_column("rollup", sa.Column(f"{element}_total", sa.BigInteger, nullable=False))
    op.execute("ALTER TABLE rollup DROP CONSTRAINT rollup_pkey")
    op.execute("ALTER TABLE rollup ADD PRIMARY KEY (grain, service, place, series, start, extent)")
