"""Imports: jobs with their files, and what became of each row."""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = (
    """CREATE TABLE import_job (
        tenant text NOT NULL,
        id text NOT NULL CHECK (length(id) <= 64),
        key_id text NOT NULL,
        correlation text NOT NULL,
        options jsonb NOT NULL,
        state text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
        problem text,
        total integer NOT NULL CHECK (total >= 0),
        done integer NOT NULL DEFAULT 0 CHECK (done BETWEEN 0 AND total),
        accepted integer NOT NULL DEFAULT 0,
        duplicate integer NOT NULL DEFAULT 0,
        refused integer NOT NULL DEFAULT 0,
        per_service jsonb NOT NULL DEFAULT '{}',
        unrecognised jsonb NOT NULL DEFAULT '{}',
        created_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz,
        lease_until timestamptz,
        worker text,
        attempts integer NOT NULL DEFAULT 0,
        PRIMARY KEY (tenant, id),
        CHECK (accepted + duplicate + refused = done)
    ) WITH (fillfactor = 60)""",
    """CREATE INDEX import_job_unfinished ON import_job (created_at)
        WHERE state IN ('queued', 'running')""",
    """CREATE TABLE import_part (
        tenant text NOT NULL,
        job text NOT NULL,
        number integer NOT NULL,
        body bytea STORAGE EXTERNAL NOT NULL,
        PRIMARY KEY (tenant, job, number),
        FOREIGN KEY (tenant, job) REFERENCES import_job ON DELETE CASCADE
    )""",
    """CREATE TABLE import_refusal (
        tenant text NOT NULL,
        job text NOT NULL,
        row_number integer NOT NULL,
        position smallint NOT NULL,
        column_name text NOT NULL,
        code text NOT NULL,
        PRIMARY KEY (tenant, job, row_number, position),
        FOREIGN KEY (tenant, job) REFERENCES import_job ON DELETE CASCADE
    )""",
)
# Nothing is visible until a transaction says for whom it works.
TENANCY = tuple(
    statement
    for table in ("import_job", "import_part", "import_refusal")
    for statement in (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"""CREATE POLICY tenant_only ON {table}
            USING (current_setting('rancak.tenant', true) IN ('all', 'tenant:' || tenant))""",
    )
)


def upgrade() -> None:
    for statement in TABLES + TENANCY:
        op.execute(statement)
