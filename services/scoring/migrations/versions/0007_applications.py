"""Applications, their deadlines and what was promised; zones of agencies and places.

The registry is read again from its beginning: its older events say zones and standards, too.
"""

from alembic import op

revision = "0007"
down_revision = "0006"

HOURS = (4, 8, 16, 24, 40, 56, 80, 112, 160, 240, 480)
AMOUNTS = (
    "received",
    "issued",
    "rejected",
    "withdrawn",
    "on_time",
    "late",
    "unpromised",
    "paused",
    "elapsed_minutes",
    "paused_minutes",
    *(f"elapsed_{hours}" for hours in HOURS),
    "elapsed_more",
)
STATEMENTS = (
    "ALTER TABLE agency ADD COLUMN timezone text",
    "ALTER TABLE place ADD COLUMN timezone text",
    """CREATE TABLE standard_deadline (
        service text COLLATE "C" NOT NULL,
        version integer NOT NULL,
        valid_from date NOT NULL,
        number integer,
        unit text,
        starts text,
        pauses text[],
        PRIMARY KEY (service, version)
    )""",
    """CREATE TABLE application (
        service text COLLATE "C" NOT NULL,
        reference text COLLATE "C" NOT NULL,
        place text NOT NULL,
        state text NOT NULL,
        outcome text,
        received_on date,
        registered_at timestamptz,
        decided_on date,
        due_at timestamptz,
        is_late boolean,
        elapsed_minutes integer,
        paused_minutes integer,
        facts bytea NOT NULL,
        is_alerted boolean NOT NULL DEFAULT false,
        PRIMARY KEY (service, reference)
    )""",
    """CREATE INDEX application_due ON application (due_at)
        WHERE outcome IS NULL AND due_at IS NOT NULL AND NOT is_alerted""",
    # What has an alert is past its time as a rule: only what has one for no reason is looked for.
    """CREATE INDEX application_alerted ON application (service, reference)
        WHERE is_alerted AND outcome IS NOT NULL""",
    """CREATE INDEX application_alerted_due ON application (due_at)
        WHERE is_alerted AND outcome IS NULL""",
    """CREATE INDEX application_open ON application (service, received_on)
        WHERE outcome IS NULL""",
    f"""CREATE TABLE deadline (
        service text COLLATE "C" NOT NULL,
        place text NOT NULL,
        grain text NOT NULL,
        start date NOT NULL,
        {", ".join(f"{name} bigint NOT NULL" for name in AMOUNTS)},
        PRIMARY KEY (grain, service, place, start)
    )""",
    """CREATE TABLE restatement (
        service text COLLATE "C" PRIMARY KEY,
        after text NOT NULL DEFAULT ''
    )""",
    "CREATE TABLE work_calendar (fingerprint text NOT NULL)",
    "UPDATE agency SET sequence = 0",
    "UPDATE place SET sequence = 0",
    "UPDATE service SET sequence = 0",
    "DELETE FROM checkpoint WHERE stream = 'registry'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
