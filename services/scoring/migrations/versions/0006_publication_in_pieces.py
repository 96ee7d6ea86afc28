"""What is still to be published, so that a round of the publisher may end after any piece."""

from alembic import op

revision = "0006"
down_revision = "0005"

STATEMENTS = (
    """CREATE TABLE figure_due (
        period text COLLATE "C" NOT NULL,
        scope text COLLATE "C" NOT NULL,
        PRIMARY KEY (period, scope)
    )""",
    """CREATE TABLE closing (
        period text PRIMARY KEY,
        after_figure bigint NOT NULL
    )""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
