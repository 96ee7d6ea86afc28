"""The commands that show and check the index, as an operator runs them against a real system."""

import asyncio
import os
import sys
from datetime import UTC, datetime

import asyncpg
import msgspec
import pytest

from tests.running import SECRET_KEY, SERVICE_KEY, Rancak
from tests.servers import TestServers

YEAR = str(datetime.now(UTC).year)


@pytest.fixture
async def counted(rancak: Rancak) -> Rancak:
    """Thirty answers of an agency, all perfect, all counted."""
    await rancak.register("dpmptsp", "nib", "siup")
    await rancak.answered(20)
    await rancak.answered(10, service="dpmptsp.siup")
    await rancak.counted(30)
    await rancak.published(30)
    return rancak


async def run(rancak: Rancak, *command: str, **changed: str) -> tuple[int, str, str]:
    """Exit code, output and errors of `rancak …`."""
    environment = {
        **os.environ,
        "RANCAK_URL": rancak.urls["scoring"],
        "RANCAK_ENV": "test",
        "RANCAK_REDIS_URL": rancak.redis_url,
        "RANCAK_SCORING_DATABASE_URL": rancak.database_urls["scoring"],
        "RANCAK_INTAKE_URL": rancak.urls["intake"],
        "RANCAK_SERVICE_KEY": SERVICE_KEY,
        "RANCAK_SECRET_KEY": SECRET_KEY,
        "COLUMNS": "120",
        **changed,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from services.cli import main; main()",
        *command,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    return process.returncode or 0, output.decode(), errors.decode()


async def tamper(servers: TestServers, rancak: Rancak, statement: str) -> None:
    name = rancak.database_urls["scoring"].rpartition("/")[2]
    connection = await asyncpg.connect(servers.admin(name))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def test_the_index_is_shown_with_all_that_it_is_made_of(counted: Rancak) -> None:
    code, output, _ = await run(counted, "index", "place:mpp", YEAR)

    assert code == 0
    assert "100, A" in output
    assert "n = 30" in output
    assert "Persyaratan" in output
    assert "sementara · provisional" in output


async def test_the_index_is_one_json_object_for_programs(counted: Rancak) -> None:
    code, output, _ = await run(counted, "index", "agency:dpmptsp", YEAR, "--json")

    body = msgspec.json.decode(output)
    assert (code, body["n"], body["index"], body["class"]) == (0, 30, "100", "A")


async def test_a_refusal_says_what_is_wrong(counted: Rancak) -> None:
    code, output, errors = await run(counted, "index", "kota", "2026-13")

    assert (code, output) == (1, "")
    assert "/query/scope: invalid_scope" in errors
    assert "/query/period: invalid_period" in errors


async def test_a_system_that_is_away_is_said_to_be_away(counted: Rancak) -> None:
    code, _, errors = await run(counted, "index", "city", YEAR, RANCAK_URL="http://127.0.0.1:9")

    assert code == 1
    assert "make up" in errors


async def test_verify_finds_nothing_wrong_with_a_system_left_alone(counted: Rancak) -> None:
    code, output, errors = await run(counted, "verify", "--json")

    report = msgspec.json.decode(output)
    assert (code, report["ok"]) == (0, True), errors
    assert report["rollups"]["events"] == 30
    assert {"registry", "feedback.0", "figures"} <= {
        stream["stream"] for stream in report["streams"]
    }


async def test_a_changed_rollup_is_reported_and_a_rebuild_puts_it_right(
    counted: Rancak, servers: TestServers
) -> None:
    await tamper(servers, counted, "UPDATE scoring.rollup SET time_4 = 19 WHERE time_4 = 20")

    wrong = await run(counted, "rebuild", "--verify")
    rebuilt = await run(counted, "rebuild")
    right = await run(counted, "rebuild", "--verify")

    assert wrong[0] == 1
    assert "time_4: stored 19, the log says 20" in wrong[1]
    assert rebuilt[0] == 0
    assert "2 put right" in rebuilt[1]
    assert (right[0], "bit for bit" in right[1]) == (0, True)


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE intake.run SET body = '[]' WHERE stream = 'registry'", "registry 1: unreadable"),
        (
            "UPDATE intake.stream SET tip = decode(repeat('ab', 32), 'hex')",
            "registry 6: tip",
        ),
    ],
)
async def test_a_tampered_log_is_reported_with_its_place(
    counted: Rancak, servers: TestServers, statement: str, fault: str
) -> None:
    await tamper(servers, counted, statement)

    code, output, _ = await run(counted, "verify")

    assert code == 1
    assert fault in output


async def test_a_rebuild_while_answers_are_counted_leaves_nothing_wrong(
    counted: Rancak, servers: TestServers
) -> None:
    await tamper(servers, counted, "UPDATE scoring.rollup SET n = n + 1")

    rebuilding = asyncio.create_task(run(counted, "rebuild"))
    posted = 30
    while not rebuilding.done():
        await counted.answered(100)
        posted += 100
    await counted.counted(posted)

    assert (await rebuilding)[0] == 0
    code, output, _ = await run(counted, "rebuild", "--verify", "--json")
    assert (code, msgspec.json.decode(output)["events"]) == (0, posted)


async def test_verify_says_when_it_could_not_look(counted: Rancak) -> None:
    code, output, errors = await run(counted, "verify", RANCAK_INTAKE_URL="http://127.0.0.1:9")

    assert (code, output) == (2, "")
    assert "cannot be read" in errors


async def test_one_figure_is_verified_from_the_database_without_the_feed(
    counted: Rancak, servers: TestServers
) -> None:
    await counted.published(30, "agency:dpmptsp")
    figure = str((await counted.public("agency:dpmptsp"))["figure"])
    command = ("verify", "--figure", figure)

    async def verified(*more: str) -> tuple[int, str, str]:
        return await run(counted, *command, *more, RANCAK_INTAKE_URL="http://127.0.0.1:9")

    code, output, errors = await verified()
    assert (code, output.count("right"), output.count("wrong")) == (0, 5, 0), errors
    assert "n 30, index 100" in output

    number = figure.removeprefix("f")
    await tamper(
        servers, counted, f"UPDATE scoring.figure SET hash = '\\x00' WHERE id = '{figure}'"
    )
    code, output, _ = await verified()
    assert code == 1
    assert f"wrong Rantai semua angka · The chain of all figures: figure {number}: " in output
    code, output, _ = await verified("--json")
    report = msgspec.json.decode(output)
    assert (code, report["ok"], report["figure"]) == (1, False, figure)
    assert [check["name"] for check in report["checks"] if not check["ok"]] == ["hash", "chain"]


async def test_a_figure_that_never_was_is_told_from_one_that_is_wrong(counted: Rancak) -> None:
    code, output, errors = await run(counted, "verify", "--figure", "f999999")

    assert (code, output) == (2, "")
    assert "There is no figure f999999" in errors
