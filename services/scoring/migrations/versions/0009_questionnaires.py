"""Agencies' questionnaires by version, and the counters of their own elements."""

from alembic import op

revision = "0009"
down_revision = "0008"

STATEMENTS = (
    # `weights`: of the nine in their order, as "1/9"; NULL: all the same. `extra`: JSON by code.
    """CREATE TABLE questionnaire (
        agency text NOT NULL,
        version integer NOT NULL,
        valid_from date NOT NULL,
        weights text[] CHECK (cardinality(weights) = 9),
        extra bytea NOT NULL,
        sequence bigint NOT NULL,
        PRIMARY KEY (agency, version)
    )""",
    """CREATE TABLE extra (
        service text COLLATE "C" NOT NULL,
        place text NOT NULL,
        series text NOT NULL,
        grain text NOT NULL CHECK (grain IN ('d', 'm')),
        start date NOT NULL,
        questionnaire text NOT NULL,
        element text NOT NULL,
        score_1 integer NOT NULL,
        score_2 integer NOT NULL,
        score_3 integer NOT NULL,
        score_4 integer NOT NULL,
        PRIMARY KEY (grain, service, place, series, start, questionnaire, element)
    ) WITH (fillfactor = 80)""",
    # What a place or the city reads.
    "CREATE INDEX extra_by_start ON extra (grain, start)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
