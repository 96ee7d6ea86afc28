"""The catalogue is asked whether every tenant's table keeps tenants apart by itself."""

from sqlalchemy import Connection, inspect, text

from services.notify.store.tables import metadata
from tests.notifying import Notifying

TENANT_TABLES = {"subscription", "delivery", "attempt"}
_SHAPE = text("""
    SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,
        (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'notify' AND c.relkind = 'r' AND EXISTS (
        SELECT FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped
    )
""")
_UNIQUE_WITHOUT_TENANT = text("""
    SELECT i.indexrelid::regclass::text FROM pg_index i
    WHERE i.indisunique AND i.indrelid = ANY (CAST(:tables AS text[])::regclass[])
        AND NOT EXISTS (
            SELECT FROM pg_attribute a
            WHERE a.attrelid = i.indrelid AND a.attname = 'tenant' AND a.attnum = ANY (i.indkey)
        )
""")


async def test_every_tenant_table_forces_row_level_security(notify: Notifying) -> None:
    async with notify.engine.connect() as connection:
        rows = (await connection.execute(_SHAPE)).all()

    assert {name for name, _, _ in rows} == TENANT_TABLES
    assert all(forced and policies == 1 for _, forced, policies in rows)


async def test_the_tenant_stands_in_every_unique_index(notify: Notifying) -> None:
    async with notify.engine.connect() as connection:
        found = await connection.scalars(
            _UNIQUE_WITHOUT_TENANT, {"tables": [f"notify.{name}" for name in TENANT_TABLES]}
        )

    assert list(found) == []


async def test_the_tables_in_the_code_are_those_of_the_migrations(notify: Notifying) -> None:
    def shape(connection: Connection) -> dict[str, dict[str, bool]]:
        found = inspect(connection)
        return {
            name: {column["name"]: column["nullable"] for column in found.get_columns(name)}
            for name in found.get_table_names()
            if name != "alembic_version"
        }

    async with notify.engine.connect() as connection:
        migrated = await connection.run_sync(shape)

    declared = {
        table.name: {column.name: bool(column.nullable) for column in table.columns}
        for table in metadata.tables.values()
    }
    assert migrated == declared
