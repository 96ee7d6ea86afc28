"""Complaints, their next deadline and their rollups; the fees of standards.

The registry is read again from its beginning: its older events say fees, too.
"""

from alembic import op

revision = "0012"
down_revision = "0011"

CLOCKS = ("verify", "first_reply", "resolve")
AMOUNTS = (
    "filed",
    "information_request",
    "aspiration",
    "complaint",
    "supervised_complaint",
    "anonymous",
    "confidential",
    "rejected",
    "archived",
    "closed",
    "reopened",
    *(f"{clock}_{how}" for clock in CLOCKS for how in ("in_time", "late", "unjudged")),
)
STATEMENTS = (
    """CREATE TABLE complaint (
        service text COLLATE "C" NOT NULL,
        reference text COLLATE "C" NOT NULL,
        place text NOT NULL,
        form text NOT NULL,
        state text NOT NULL,
        outcome text,
        filed_on date,
        due_at timestamptz,
        closes_at timestamptz,
        facts bytea NOT NULL,
        counted bytea NOT NULL,
        is_alerted boolean NOT NULL DEFAULT false,
        PRIMARY KEY (service, reference)
    )""",
    """CREATE INDEX complaint_due ON complaint (due_at)
        WHERE outcome IS NULL AND due_at IS NOT NULL AND NOT is_alerted""",
    """CREATE INDEX complaint_alerted ON complaint (service, reference)
        WHERE is_alerted AND outcome IS NOT NULL""",
    """CREATE INDEX complaint_alerted_due ON complaint (due_at)
        WHERE is_alerted AND outcome IS NULL""",
    "CREATE INDEX complaint_open ON complaint (service) WHERE outcome IS NULL",
    "CREATE INDEX complaint_closes ON complaint (closes_at) WHERE closes_at IS NOT NULL",
    f"""CREATE TABLE complaint_rollup (
        service text COLLATE "C" NOT NULL,
        place text NOT NULL,
        form text NOT NULL,
        grain text NOT NULL,
        start date NOT NULL,
        {", ".join(f"{name} bigint NOT NULL" for name in AMOUNTS)},
        PRIMARY KEY (grain, service, place, form, start)
    )""",
    """CREATE TABLE standard_fee (
        service text COLLATE "C" NOT NULL,
        version integer NOT NULL,
        valid_from date NOT NULL,
        amount bigint,
        PRIMARY KEY (service, version)
    )""",
    "UPDATE agency SET sequence = 0",
    "UPDATE place SET sequence = 0",
    "UPDATE service SET sequence = 0",
    "DELETE FROM checkpoint WHERE stream = 'registry'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
