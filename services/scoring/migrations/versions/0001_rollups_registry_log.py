"""Rollups and profiles, the registry as scoring needs it, checkpoint, scoring's own log."""

from alembic import op

revision = "0001"
down_revision = None

STATEMENTS = (
    """CREATE TABLE rollup (
        service text COLLATE "C" NOT NULL,
        place text NOT NULL,
        series text NOT NULL,
        grain text NOT NULL CHECK (grain IN ('d', 'm', 'y')),
        start date NOT NULL,
        n integer NOT NULL CHECK (n >= 0),
        total bigint NOT NULL,
        total_sq bigint NOT NULL,
        requirements_1 integer NOT NULL,
        requirements_2 integer NOT NULL,
        requirements_3 integer NOT NULL,
        requirements_4 integer NOT NULL,
        procedure_1 integer NOT NULL,
        procedure_2 integer NOT NULL,
        procedure_3 integer NOT NULL,
        procedure_4 integer NOT NULL,
        time_1 integer NOT NULL,
        time_2 integer NOT NULL,
        time_3 integer NOT NULL,
        time_4 integer NOT NULL,
        cost_1 integer NOT NULL,
        cost_2 integer NOT NULL,
        cost_3 integer NOT NULL,
        cost_4 integer NOT NULL,
        product_1 integer NOT NULL,
        product_2 integer NOT NULL,
        product_3 integer NOT NULL,
        product_4 integer NOT NULL,
        competence_1 integer NOT NULL,
        competence_2 integer NOT NULL,
        competence_3 integer NOT NULL,
        competence_4 integer NOT NULL,
        behaviour_1 integer NOT NULL,
        behaviour_2 integer NOT NULL,
        behaviour_3 integer NOT NULL,
        behaviour_4 integer NOT NULL,
        complaints_1 integer NOT NULL,
        complaints_2 integer NOT NULL,
        complaints_3 integer NOT NULL,
        complaints_4 integer NOT NULL,
        facilities_1 integer NOT NULL,
        facilities_2 integer NOT NULL,
        facilities_3 integer NOT NULL,
        facilities_4 integer NOT NULL,
        PRIMARY KEY (service, place, series, grain, start)
    ) WITH (fillfactor = 80)""",
    """CREATE TABLE profile (
        service text COLLATE "C" NOT NULL,
        place text NOT NULL,
        series text NOT NULL,
        grain text NOT NULL CHECK (grain IN ('d', 'm', 'y')),
        start date NOT NULL,
        sex_female integer NOT NULL,
        sex_male integer NOT NULL,
        age_under_17 integer NOT NULL,
        age_17_25 integer NOT NULL,
        age_26_35 integer NOT NULL,
        age_36_45 integer NOT NULL,
        age_46_55 integer NOT NULL,
        age_56_65 integer NOT NULL,
        age_over_65 integer NOT NULL,
        education_sd integer NOT NULL,
        education_smp integer NOT NULL,
        education_sma integer NOT NULL,
        education_d1 integer NOT NULL,
        education_d2 integer NOT NULL,
        education_d3 integer NOT NULL,
        education_s1 integer NOT NULL,
        education_s2 integer NOT NULL,
        education_s3 integer NOT NULL,
        occupation_pns integer NOT NULL,
        occupation_tni integer NOT NULL,
        occupation_polri integer NOT NULL,
        occupation_aparatur integer NOT NULL,
        occupation_swasta integer NOT NULL,
        occupation_wirausaha integer NOT NULL,
        occupation_pelajar integer NOT NULL,
        occupation_lainnya integer NOT NULL,
        disability_yes integer NOT NULL,
        disability_no integer NOT NULL,
        PRIMARY KEY (service, place, series, grain, start)
    ) WITH (fillfactor = 80)""",
    # What a scope other than one service reads. No updated column is in it: updates stay HOT.
    "CREATE INDEX rollup_by_start ON rollup (grain, start)",
    "CREATE INDEX profile_by_start ON profile (grain, start)",
    """CREATE TABLE dirty (
        service text NOT NULL,
        year integer NOT NULL,
        correlation text,
        since timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (service, year)
    ) WITH (fillfactor = 50)""",
    """CREATE TABLE agency (
        code text PRIMARY KEY, name text NOT NULL, kind text NOT NULL, sequence bigint NOT NULL
    )""",
    """CREATE TABLE place (
        code text PRIMARY KEY, name text NOT NULL, kind text NOT NULL, sequence bigint NOT NULL
    )""",
    """CREATE TABLE service (
        code text PRIMARY KEY, agency text NOT NULL, name text NOT NULL, sequence bigint NOT NULL
    )""",
    "CREATE INDEX service_by_agency ON service (agency, code)",
    """CREATE TABLE checkpoint (
        stream text PRIMARY KEY,
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
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
