"""What is public: batches of answers, the sums of scopes that they make, figures with receipts."""

from alembic import op

revision = "0004"
down_revision = "0003"

ELEMENTS = (
    "requirements",
    "procedure",
    "time",
    "cost",
    "product",
    "competence",
    "behaviour",
    "complaints",
    "facilities",
)
COUNTERS = ", ".join(
    f"{name} bigint NOT NULL"
    for name in (
        "n",
        "total",
        "total_sq",
        *(f"{element}_total" for element in ELEMENTS),
        *(f"{element}_{score}" for element in ELEMENTS for score in (1, 2, 3, 4)),
        "whole",
    )
)
STATEMENTS = (
    f"""CREATE TABLE released (
        service text COLLATE "C" NOT NULL,
        place text NOT NULL,
        series text NOT NULL,
        start date NOT NULL,
        {COUNTERS},
        PRIMARY KEY (service, place, series, start)
    )""",
    f"""CREATE TABLE published (
        scope text COLLATE "C" NOT NULL,
        start date NOT NULL,
        last date NOT NULL,
        series text NOT NULL,
        {COUNTERS},
        PRIMARY KEY (scope, start, last, series)
    )""",
    """CREATE TABLE batch (
        number bigint PRIMARY KEY,
        service text COLLATE "C" NOT NULL,
        place text NOT NULL,
        series text NOT NULL,
        start date NOT NULL,
        last date NOT NULL,
        counters bigint[] NOT NULL,
        at timestamptz NOT NULL
    )""",
    """CREATE TABLE unpublished (
        service text NOT NULL,
        year integer NOT NULL,
        since timestamptz NOT NULL,
        moved_at timestamptz NOT NULL,
        looked_at timestamptz,
        PRIMARY KEY (service, year)
    )""",
    """CREATE TABLE publication (
        closed_through date NOT NULL,
        batches bigint NOT NULL,
        figures bigint NOT NULL,
        tip bytea NOT NULL
    )""",
    "INSERT INTO publication VALUES ('2019-12-31', 0, 0, decode(repeat('00', 32), 'hex'))",
    """CREATE TABLE figure (
        number bigint PRIMARY KEY,
        id text NOT NULL UNIQUE,
        scope text COLLATE "C" NOT NULL,
        period text NOT NULL,
        is_newest boolean NOT NULL,
        at timestamptz NOT NULL,
        body bytea NOT NULL,
        previous bytea NOT NULL,
        hash bytea NOT NULL
    )""",
    "CREATE UNIQUE INDEX figure_newest ON figure (period, scope) WHERE is_newest",
    "CREATE INDEX figure_history ON figure (scope, period, number)",
    """CREATE TABLE signed_head (
        day date PRIMARY KEY,
        body bytea NOT NULL,
        signature bytea NOT NULL
    )""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
