"""The log, the registry and the keys."""

from alembic import op

revision = "0001"
down_revision = None

STATEMENTS = (
    """CREATE TABLE stream (
        name text PRIMARY KEY CHECK (length(name) <= 80),
        head bigint NOT NULL DEFAULT 0 CHECK (head >= 0),
        tip bytea NOT NULL CHECK (length(tip) = 32)
    ) WITH (fillfactor = 50)""",
    """CREATE TABLE run (
        stream text NOT NULL,
        last bigint NOT NULL,
        first bigint NOT NULL,
        hash bytea NOT NULL CHECK (length(hash) = 32),
        body bytea STORAGE EXTERNAL NOT NULL,
        at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (stream, last),
        CHECK (first >= 1 AND last >= first AND last - first < 1000)
    )""",
    "CREATE TABLE relay (stream text PRIMARY KEY, position bigint NOT NULL)",
    """CREATE TABLE seen (
        agency text NOT NULL,
        key bytea NOT NULL,
        body_hash bytea NOT NULL CHECK (length(body_hash) = 16),
        stream text NOT NULL,
        sequence bigint NOT NULL,
        PRIMARY KEY (agency, key)
    )""",
    """CREATE TABLE note (
        stream text NOT NULL,
        sequence bigint NOT NULL,
        sealed bytea NOT NULL,
        PRIMARY KEY (stream, sequence)
    )""",
    """CREATE TABLE api_key (
        id text PRIMARY KEY,
        agency text,
        scopes text[] NOT NULL,
        mode text NOT NULL CHECK (mode IN ('live', 'test')),
        secret_hash text NOT NULL,
        revoked boolean NOT NULL,
        sequence bigint NOT NULL
    )""",
    """CREATE TABLE agency (
        code text PRIMARY KEY CHECK (code ~ '^[a-z0-9-]{1,40}$'),
        name text NOT NULL,
        kind text NOT NULL,
        timezone text,
        sequence bigint NOT NULL
    )""",
    """CREATE TABLE place (
        code text PRIMARY KEY CHECK (code ~ '^[a-z0-9-]{1,40}$'),
        name text NOT NULL,
        kind text NOT NULL,
        timezone text,
        sequence bigint NOT NULL
    )""",
    """CREATE TABLE service (
        code text PRIMARY KEY CHECK (code ~ '^[a-z0-9-]{1,40}[.][a-z0-9-]{1,40}$'),
        agency text NOT NULL REFERENCES agency,
        name text NOT NULL,
        valid_from date,
        valid_until date,
        successor text,
        sequence bigint NOT NULL
    )""",
    "CREATE INDEX service_by_agency ON service (agency, code)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
