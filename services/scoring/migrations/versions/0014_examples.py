"""Which agencies, places and services are examples: made up to show Rancak, not official.

The registry is read again from its beginning: its older events say it, too.
"""

from alembic import op

revision = "0014"
down_revision = "0012"

STATEMENTS = (
    *(
        f"ALTER TABLE {unit} ADD COLUMN example boolean NOT NULL DEFAULT false"
        for unit in ("agency", "place", "service")
    ),
    *(f"UPDATE {unit} SET sequence = 0" for unit in ("agency", "place", "service")),
    "DELETE FROM checkpoint WHERE stream = 'registry'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
