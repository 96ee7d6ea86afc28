"""Published standards, version by version; entries that are only examples say so."""

from alembic import op

revision = "0005"
down_revision = "0004"

STATEMENTS = (
    """CREATE TABLE standard (
        service text NOT NULL REFERENCES service,
        version integer NOT NULL CHECK (version >= 1),
        published_at timestamptz NOT NULL,
        body jsonb NOT NULL,
        sequence bigint NOT NULL,
        PRIMARY KEY (service, version)
    )""",
    *(
        f"ALTER TABLE {table} ADD COLUMN example boolean NOT NULL DEFAULT false"
        for table in ("agency", "place", "service")
    ),
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
