"""What was consumed, the keys, subscriptions, and the deliveries with their attempts."""

from alembic import op

revision = "0001"
down_revision = None

CONSUMED = (
    """CREATE TABLE checkpoint (
        stream text PRIMARY KEY CHECK (length(stream) <= 80),
        ranges int8multirange NOT NULL DEFAULT '{}'
    ) WITH (fillfactor = 50)""",
    """CREATE TABLE dead_letter (
        stream text NOT NULL,
        sequence bigint NOT NULL,
        attempts integer NOT NULL,
        reason text NOT NULL,
        event bytea NOT NULL,
        at timestamptz NOT NULL DEFAULT now(),
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
)
# `position` is given in order of sequence once everything before it is here; readers of the live
# stream follow it. `tally` holds the newest one and is locked by whoever gives the next.
ITEMS = (
    """CREATE TABLE item (
        stream text NOT NULL,
        sequence bigint NOT NULL CHECK (sequence >= 1),
        type text NOT NULL,
        time timestamptz NOT NULL,
        agency text,
        scopes text[] NOT NULL,
        correlation text,
        body bytea NOT NULL,
        at timestamptz NOT NULL DEFAULT now(),
        position bigint,
        PRIMARY KEY (stream, sequence)
    )""",
    "CREATE UNIQUE INDEX item_by_position ON item (position) WHERE position IS NOT NULL",
    "CREATE INDEX item_unplaced ON item (stream, sequence) WHERE position IS NULL",
    "CREATE INDEX item_by_age ON item (at)",
    """CREATE TABLE tally (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        position bigint NOT NULL
    )""",
    "INSERT INTO tally (position) VALUES (0)",
)
SUBSCRIPTIONS = (
    """CREATE TABLE subscription (
        tenant text NOT NULL,
        id text NOT NULL,
        channel text NOT NULL CHECK (channel IN ('webhook')),
        types text[] NOT NULL CHECK (cardinality(types) BETWEEN 1 AND 50),
        scope text,
        watches text NOT NULL CHECK (length(watches) <= 100),
        endpoint bytea NOT NULL CHECK (length(endpoint) = 32),
        host text NOT NULL,
        sealed_url bytea NOT NULL,
        sealed_secret bytea NOT NULL,
        state text NOT NULL CHECK (state IN ('active', 'paused', 'disabled', 'deleted')),
        reason text,
        created_at timestamptz NOT NULL,
        failing_since timestamptz,
        PRIMARY KEY (tenant, id)
    )""",
    "CREATE INDEX subscription_by_watch ON subscription (watches) WHERE state <> 'deleted'",
)
DELIVERIES = (
    """CREATE TABLE delivery (
        tenant text NOT NULL,
        id text NOT NULL,
        number bigint GENERATED ALWAYS AS IDENTITY,
        subscription text NOT NULL,
        stream text NOT NULL,
        sequence bigint NOT NULL,
        state text NOT NULL CHECK (state IN ('waiting', 'sending', 'delivered', 'failed')),
        reason text,
        failures integer NOT NULL DEFAULT 0,
        attempts integer NOT NULL DEFAULT 0,
        due timestamptz NOT NULL,
        held_until timestamptz,
        PRIMARY KEY (tenant, id),
        UNIQUE (tenant, subscription, stream, sequence),
        FOREIGN KEY (tenant, subscription) REFERENCES subscription ON DELETE CASCADE,
        FOREIGN KEY (stream, sequence) REFERENCES item ON DELETE CASCADE,
        CHECK ((state = 'sending') = (held_until IS NOT NULL))
    ) WITH (fillfactor = 80)""",
    """CREATE INDEX delivery_due ON delivery (tenant, subscription, due)
        WHERE state = 'waiting'""",
    "CREATE INDEX delivery_held ON delivery (held_until) WHERE state = 'sending'",
    "CREATE INDEX delivery_newest ON delivery (tenant, subscription, number)",
    "CREATE INDEX delivery_by_item ON delivery (stream, sequence)",
    """CREATE TABLE attempt (
        tenant text NOT NULL,
        delivery text NOT NULL,
        number integer NOT NULL,
        at timestamptz NOT NULL,
        state text NOT NULL CHECK (state IN ('sending', 'delivered', 'failed', 'unknown')),
        status integer,
        error text,
        took_ms integer,
        PRIMARY KEY (tenant, delivery, number),
        FOREIGN KEY (tenant, delivery) REFERENCES delivery ON DELETE CASCADE
    ) WITH (fillfactor = 80)""",
)
# Nothing is visible until a transaction says for whom it works; the prefix keeps an unset value
# (which reads as '') apart from the platform's own tenant, which is ''.
TENANCY = tuple(
    statement
    for table in ("subscription", "delivery", "attempt")
    for statement in (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"""CREATE POLICY tenant_only ON {table}
            USING (current_setting('rancak.tenant', true) IN ('all', 'tenant:' || tenant))""",
    )
)


def upgrade() -> None:
    for statement in CONSUMED + ITEMS + SUBSCRIPTIONS + DELIVERIES + TENANCY:
        op.execute(statement)
