"""What the code of an answer leads to: its place in the log. Of the code only a hash is kept."""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = (
    """CREATE TABLE follow_up (
        hash bytea PRIMARY KEY CHECK (length(hash) = 32),
        stream text NOT NULL,
        sequence bigint NOT NULL,
        expires_at timestamptz NOT NULL,
        withdrawn_at timestamptz,
        taken_out text
    )""",
    "CREATE UNIQUE INDEX follow_up_of_answer ON follow_up (stream, sequence)",
    "CREATE INDEX follow_up_expired ON follow_up (expires_at)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
