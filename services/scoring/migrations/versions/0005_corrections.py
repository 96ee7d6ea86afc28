"""Corrections as their events say, and what of the counted answers they still have to change."""

from alembic import op

revision = "0005"
down_revision = "0004"

STATEMENTS = (
    """CREATE TABLE correction (
        stream text NOT NULL,
        id text NOT NULL,
        proposal bytea,
        needs_approval boolean,
        answer bigint,
        sequence bigint,
        proposed_at timestamptz,
        approved_by text,
        lifted_by text,
        lifted_because text,
        PRIMARY KEY (stream, id)
    )""",
    """CREATE TABLE adjustment (
        number bigserial PRIMARY KEY,
        stream text NOT NULL,
        correction text NOT NULL,
        is_preview boolean NOT NULL,
        before text[] NOT NULL,
        after text[] NOT NULL,
        spans text NOT NULL,
        state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done')),
        effect bytea
    )""",
    # Which leaves were taken back, and what went out of a leaf.
    "CREATE INDEX batch_label ON batch (service, place, series, start)",
    "CREATE INDEX adjustment_waiting ON adjustment (number) WHERE state = 'waiting'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
