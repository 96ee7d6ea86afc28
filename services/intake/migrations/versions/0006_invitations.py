"""One-use links of finished applications: what a token opens, and which applications had one.

No key and no moment leads from one table to the other; days do not tell the applications of a day
apart, where a moment would say which row of the log was written with it.
"""

from alembic import op

revision = "0006"
down_revision = "0005"

STATEMENTS = (
    """CREATE TABLE invitation (
        token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
        service text NOT NULL,
        place text,
        expires_on date NOT NULL,
        is_spent boolean NOT NULL DEFAULT false
    )""",
    "CREATE INDEX invitation_by_expiry ON invitation (expires_on)",
    # `sealed` is the token for as long as the agency has not fetched it, and then nothing.
    """CREATE TABLE invited (
        tenant text NOT NULL,
        service text COLLATE "C" NOT NULL,
        reference text COLLATE "C" NOT NULL,
        expires_on date NOT NULL,
        sealed bytea,
        PRIMARY KEY (tenant, service, reference)
    )""",
    """CREATE INDEX invited_waiting ON invited (tenant, service, reference)
        WHERE sealed IS NOT NULL""",
    "CREATE INDEX invited_unfetched ON invited (expires_on) WHERE sealed IS NOT NULL",
    "ALTER TABLE invited ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE invited FORCE ROW LEVEL SECURITY",
    """CREATE POLICY tenant_only ON invited
        USING (current_setting('rancak.tenant', true) IN ('all', 'tenant:' || tenant))""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
