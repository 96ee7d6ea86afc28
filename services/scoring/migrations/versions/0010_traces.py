"""Traces of how answers came to be: what marks of integrity are computed from.

A follower fills them from intake's log at its own pace, from the first event on.
"""

from alembic import op

revision = "0010"
down_revision = "0009"

STATEMENTS = (
    """CREATE TABLE trace (
        service text COLLATE "C" NOT NULL,
        day date NOT NULL,
        place text NOT NULL,
        series text NOT NULL,
        key text NOT NULL,
        n integer NOT NULL,
        whole integer NOT NULL,
        straight integer NOT NULL,
        all_four integer NOT NULL,
        minutes bigint[] NOT NULL,
        PRIMARY KEY (service, day, place, series, key)
    ) WITH (fillfactor = 80)""",
    # What a scope other than an agency or a service reads. No updated column is in it.
    "CREATE INDEX trace_by_day ON trace (day)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
