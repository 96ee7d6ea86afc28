"""Promise P21: whoever kept one day's heads finds every later change of the log, offline.

Somebody with all rights on the database changes it in every way; the stand-alone checker reads it
over HTTP as anybody with `log:read` may.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from pydantic import SecretStr

from deploy import check_log
from deploy.check_log import HEADS, Source, check, entry_of
from services.scoring.usecases.heads import PURPOSE, HeadSigner
from shared.consume.feed_client import Feed
from shared.database import engine as new_engine
from shared.signing import Signer
from tests.running import SECRET_KEY, SERVICE_KEY, Rancak
from tests.servers import TestServers
from tests.system.rewriting import (
    Database,
    Rewrite,
    changed,
    cut_far,
    cut_short,
    nothing,
    one_more_event,
    two_bodies_swapped,
    two_events_swapped,
    two_runs_as_one,
    two_runs_swapped,
    with_own_hash,
    without_a_run,
    without_an_event,
)

JAKARTA = ZoneInfo("Asia/Jakarta")


class OneOrigin(Source):
    """Both services behind one address."""

    def __init__(self, rancak: Rancak) -> None:
        super().__init__("", SERVICE_KEY)
        self._urls = rancak.urls

    def get(self, path: str, **query: object) -> bytes:
        of_intake = path.startswith("/v1/log") and path not in ("/v1/log/figures", "/v1/log/alerts")
        self._url = self._urls["intake" if of_intake else "scoring"]
        return super().get(path, **query)


AS_IT_IS: dict[str, Rewrite] = {
    "a byte of an event": changed,
    "a byte, and the hash of its run": with_own_hash,
    "an event deleted": without_an_event,
    "two events swapped": two_events_swapped,
    "two runs' events swapped": two_bodies_swapped,
    "the end cut off after the copy's head": cut_short,
    "everything deleted": nothing,
}
CHAINED_AGAIN: dict[str, Rewrite] = {
    "a byte, all chained again": changed,
    "an event deleted, all chained again": without_an_event,
    "a run deleted, all chained again": without_a_run,
    "two events swapped, all chained again": two_events_swapped,
    "two runs swapped, all chained again": two_runs_swapped,
    "an event added, all chained again": one_more_event,
    "two runs joined, all chained again": two_runs_as_one,
    "the end cut off before the copy's head, with a fitting head": cut_far,
    "everything deleted, with a fitting head": nothing,
}
# Which chain the checker must name, and what the superuser does.
STATEMENTS: dict[str, tuple[str, str]] = {
    "the head's hash replaced": (
        "{stream}:",
        "UPDATE intake.stream SET tip = decode(repeat('ab', 32), 'hex') WHERE name = '{stream}'",
    ),
    "the head moved on": (
        "{stream}:",
        "UPDATE intake.stream SET head = head + 1 WHERE name = '{stream}'",
    ),
    "a run deleted": (
        "{stream}: 11 is not where it should be",
        "DELETE FROM intake.run WHERE stream = '{stream}' AND first = 11",
    ),
    "the end cut off before the copy's head": (
        "{stream}: it ends at 10, but your copy says that it had 30",
        "DELETE FROM intake.run WHERE stream = '{stream}' AND first > 10",
    ),
    "a whole stream deleted": (
        "{stream}:",
        "DELETE FROM intake.run WHERE stream = '{stream}';"
        "DELETE FROM intake.stream WHERE name = '{stream}'",
    ),
    "a run made unreadable": (
        "{stream}:",
        "UPDATE intake.run SET body = '\\x00' WHERE stream = '{stream}' AND first = 1",
    ),
    "a figure's index": (
        "receipts:",
        """UPDATE scoring.figure SET body = convert_to(replace(convert_from(body, 'UTF8'),
           '"index":"100"', '"index":"99"'), 'UTF8') WHERE number = 1""",
    ),
    "a figure deleted": ("receipts:", "DELETE FROM scoring.figure WHERE number = 1"),
    "the last figures cut off": (
        "receipts:",
        """DELETE FROM scoring.figure WHERE number > 1; UPDATE scoring.publication
           SET figures = 1, tip = (SELECT hash FROM scoring.figure WHERE number = 1)""",
    ),
    "the day's heads deleted": ("published no more", "DELETE FROM scoring.signed_head"),
    "the day's heads signed by nobody": (
        "published otherwise",
        "UPDATE scoring.signed_head SET signature = decode(repeat('00', 64), 'hex')",
    ),
}


@pytest.fixture
async def city(rancak: Rancak) -> Rancak:
    """Answers of one agency in several runs, all of them public."""
    await rancak.register("dpmptsp", "nib")
    for _ in range(3):
        await rancak.answered(10)
    await rancak.published(30, "agency:dpmptsp")
    return rancak


@pytest.fixture
async def kept(city: Rancak) -> dict[str, Any]:
    """The heads that somebody kept of tomorrow, before ten more answers came."""
    await sign(city, datetime.now(JAKARTA) + timedelta(days=1))
    found = await city.http.get(city.urls["scoring"] + HEADS)
    await city.answered(10)
    await city.published(40, "agency:dpmptsp")
    return dict(found.json())


async def sign(rancak: Rancak, now: datetime) -> None:
    engine = new_engine(SecretStr(rancak.database_urls["scoring"]), pool=1)
    signer = Signer(SecretStr(SECRET_KEY), PURPOSE)
    try:
        async with Feed(rancak.urls["intake"], SecretStr(SERVICE_KEY)) as feed:
            assert await HeadSigner(engine, feed, signer, lambda: now).sign_today()
    finally:
        await engine.dispose()


@pytest.fixture
async def superuser(city: Rancak, servers: TestServers) -> AsyncIterator[Database]:
    """His hands on the database; `stream` is the one with the agency's answers."""
    name = city.database_urls["scoring"].rpartition("/")[2]
    connection = await asyncpg.connect(servers.admin(name))
    stream = await connection.fetchval(
        "SELECT name FROM intake.stream WHERE name LIKE 'feedback.%' AND head > 0"
    )
    try:
        yield Database(connection, stream)
    finally:
        await connection.close()


async def wrong(rancak: Rancak, kept: dict[str, Any]) -> list[str]:
    """What the checker says is not as it was."""
    entry = entry_of(kept)
    found = await asyncio.to_thread(lambda: list(check(OneOrigin(rancak), entry)))
    assert len(found) > 5, "void: hardly anything was checked"
    return [line for holds, line in found if not holds]


@asynccontextmanager
async def put_back(database: Database) -> AsyncIterator[None]:
    yield
    await database.put_back()


async def test_a_log_that_only_grew_holds_and_a_copy_that_was_changed_is_told(
    city: Rancak, kept: dict[str, Any], superuser: Database
) -> None:
    assert entry_of(kept)["heads"][superuser.stream]["head"] == 30
    assert entry_of(kept)["heads"]["receipts"]["number"] > 0

    assert await wrong(city, kept) == []

    entry_of(kept)["heads"][superuser.stream]["head"] = 20
    signature, published, chain = await wrong(city, kept)
    assert "not what their key signed" in signature
    assert "published otherwise" in published
    assert chain.startswith(f"{superuser.stream}: at 20")


async def test_whatever_a_superuser_changes_is_found_with_one_earlier_copy(
    city: Rancak, kept: dict[str, Any], superuser: Database
) -> None:
    await superuser.remember()
    stream = superuser.stream
    missed = []
    for what, rewrite in AS_IT_IS.items():
        async with put_back(superuser):
            await superuser.write(stream, rewrite(await superuser.pieces(stream)))
            missed += await missing(city, kept, what, f"{stream}:")
    for what, rewrite in CHAINED_AGAIN.items():
        async with put_back(superuser):
            await superuser.write_chained(stream, rewrite(await superuser.pieces(stream)))
            missed += await missing(city, kept, what, f"{stream}:")
    async with put_back(superuser):
        pieces = await superuser.pieces("figures")
        await superuser.write_chained("figures", two_runs_swapped(pieces))
        missed += await missing(city, kept, "events of figures, chained again", "figures: at ")
    async with put_back(superuser):
        await superuser.write_figures_chained()
        missed += await missing(city, kept, "figures, chained again", "receipts: at ")
    for what, (named, statement) in STATEMENTS.items():
        async with put_back(superuser):
            await superuser.do(*statement.format(stream=stream).split(";"))
            missed += await missing(city, kept, what, named.format(stream=stream))

    assert not missed
    assert await wrong(city, kept) == [], "void: what was put back is not as it was"


async def missing(rancak: Rancak, kept: dict[str, Any], what: str, named: str) -> list[str]:
    """The tampering, unless exactly the chain that was tampered with is named."""
    found = await wrong(rancak, kept)
    return [] if found and all(named in line for line in found) else [f"{what}: {found}"]


async def test_heads_signed_again_by_the_operator_do_not_hide_what_he_changed(
    city: Rancak, kept: dict[str, Any], superuser: Database
) -> None:
    stream = superuser.stream
    await superuser.write_chained(stream, changed(await superuser.pieces(stream)))
    await superuser.do("DELETE FROM scoring.signed_head")
    await sign(city, datetime.now(JAKARTA) + timedelta(days=1))

    lines = await wrong(city, kept)

    assert len(lines) == 2
    assert "published otherwise" in lines[0]
    assert lines[1].startswith(f"{stream}:")


async def test_the_command_says_what_it_found_and_ends_accordingly(
    city: Rancak, kept: dict[str, Any], superuser: Database, tmp_path: Path
) -> None:
    copy = tmp_path / "heads.json"
    copy.write_text(json.dumps(kept))
    await superuser.do("DELETE FROM scoring.signed_head")

    async def ended(*arguments: str) -> tuple[int | None, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(check_log.__file__), *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        return process.returncode, output.decode()

    url, key = city.urls["scoring"], ("--key", SERVICE_KEY)
    code, output = await ended(url, str(copy), *key)
    assert (code, "NO  the heads of" in output) == (1, True), output
    code, output = await ended(url, str(copy), *key, "--day", "2020-01-01")
    assert (code, "no heads of 2020-01-01" in output) == (2, True)
    code, output = await ended("http://127.0.0.1:9", str(copy), *key)
    assert (code, "cannot check" in output) == (2, True)
