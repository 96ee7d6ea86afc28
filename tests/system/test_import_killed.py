"""An import survives kill -9 in its worst moment: a batch is committed, but not yet counted."""

from typing import Any

import asyncpg

from tests.processes import Processes, processes
from tests.running import bearer
from tests.waiting import wait_until

ROWS = 20_000
HEADER = "tanggal," + ",".join(f"U{number}" for number in range(1, 10))
HEAD = "SELECT sum(head) FROM stream WHERE name LIKE 'feedback.%'"


async def read(system: Processes, job: str) -> dict[str, Any]:
    """The state of the import."""
    answer = await system.rancak.http.get(
        f"{system.rancak.urls['intake']}/v1/imports/{job}",
        headers=bearer(system.rancak.keys["dpmptsp"]),
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def post(system: Processes) -> str:
    """Send a file of many equal rows; answers the job's id."""
    answer = await system.rancak.http.post(
        f"{system.rancak.urls['intake']}/v1/imports",
        params={"service": "nib", "preset": "skm-app"},
        content="\n".join([HEADER, *["2021-01-04,4,4,3,4,4,4,4,4,4"] * ROWS]).encode(),
        headers={**bearer(system.rancak.keys["dpmptsp"]), "Content-Type": "text/csv"},
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def test_an_import_that_was_killed_goes_on_and_counts_each_row_once() -> None:
    async with processes("intake") as system:
        await system.rancak.register("dpmptsp", "nib")
        database = await asyncpg.connect(system.database_urls["intake"])
        await database.execute("SELECT set_config('rancak.tenant', 'all', false)")
        job = await post(system)

        async with database.transaction():
            counted = await hold_back_counts(database)
            await wait_until(lambda: committed_beyond(database, counted), "a batch uncounted")
            system.kill("intake")
        await database.execute("UPDATE import_job SET lease_until = now() - interval '1 second'")
        await system.start("intake")

        async def is_done() -> bool:
            return bool((await read(system, job))["state"] == "done")

        await wait_until(is_done, "the import to end", timeout=30)
        found = await read(system, job)
        assert (found["accepted"], found["duplicate"], found["refused"]) == (ROWS, 0, 0)
        assert await database.fetchval(HEAD) == ROWS
        assert await database.fetchval("SELECT count(*) FROM import_part") == 0
        await database.close()


async def hold_back_counts(database: Any) -> int:
    """Lock the job once it has begun; answers how many rows were counted until then."""

    async def has_begun() -> bool:
        return bool(await database.fetchval("SELECT done FROM import_job"))

    await wait_until(has_begun, "the import to begin")
    counted = int(await database.fetchval("SELECT done FROM import_job FOR UPDATE"))
    assert 0 < counted < ROWS, "void: the import was over before the fault"
    return counted


async def committed_beyond(database: Any, counted: int) -> bool:
    """Whether the log holds more rows than the job has counted."""
    return bool(await database.fetchval(HEAD) > counted)
