"""Alerts that stand, what their rules still have to look at, and up to which day all was looked at.

Whatever exists is looked at once, at the first start.
"""

from alembic import op

revision = "0014"
down_revision = "0013"

STATEMENTS = (
    """CREATE TABLE alert (
        cause text COLLATE "C" PRIMARY KEY,
        rule text NOT NULL,
        version integer NOT NULL,
        scope text COLLATE "C" NOT NULL,
        since timestamptz NOT NULL,
        severity text,
        told_at timestamptz
    )""",
    "CREATE INDEX alert_of_scope ON alert (scope)",
    """CREATE TABLE alert_due (
        watch text NOT NULL,
        scope text COLLATE "C" NOT NULL,
        PRIMARY KEY (watch, scope)
    )""",
    "CREATE TABLE alert_day (day date NOT NULL)",
    "INSERT INTO alert_day VALUES ('2019-12-31')",
    """INSERT INTO alert_due
        SELECT DISTINCT 'figures', scope FROM figure
        WHERE is_newest AND (scope LIKE 'agency:%' OR scope LIKE 'service:%')""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
