"""What agencies measured elsewhere: every event, so that which one holds is a function of the set.

What was told before this version is not missed: no version before took such events in.
"""

from alembic import op

revision = "0008"
down_revision = "0007"

STATEMENTS = (
    """CREATE TABLE external (
        stream text NOT NULL,
        sequence bigint NOT NULL,
        scope text COLLATE "C" NOT NULL,
        period text NOT NULL,
        first date NOT NULL,
        last date NOT NULL,
        method text NOT NULL,
        withdrawn boolean NOT NULL,
        received timestamptz NOT NULL,
        body bytea NOT NULL,
        PRIMARY KEY (stream, sequence)
    )""",
    "CREATE INDEX external_of_scope ON external (scope, first, last)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
