"""`/v1/invitations`: one link for each finished application, handed over once, then unknown."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
from pydantic import SecretStr

from deploy.servers import free_port
from services.intake import app as intake
from services.intake.settings import Settings
from services.scoring.domain.clock.worktime import WIB
from tests.events import told
from tests.inviting import ask, fetched, finished, paths, waiting
from tests.pages.visiting import Visitor
from tests.running import SECRET_KEY, SERVICE_KEY, Rancak, bearer, serving
from tests.servers import TestServers
from tests.waiting import wait_until


@asynccontextmanager
async def replica_in(rancak: Rancak, days: int) -> AsyncIterator[str]:
    """One more intake over the same database, whose clock is so many days ahead; its URL."""
    settings = Settings(
        env="test",
        redis_url=SecretStr(rancak.redis_url),
        service_key=SecretStr(SERVICE_KEY),
        secret_key=SecretStr(SECRET_KEY),
        intake_database_url=SecretStr(rancak.database_urls["intake"]),
        clock=f"+{timedelta(days=days).total_seconds()}",
    )
    async with serving(intake.build(settings), free_port()) as url:
        yield url


async def test_an_application_gets_one_link_however_often_it_is_finished(rancak: Rancak) -> None:
    await rancak.register("dpmptsp", "nib")
    await rancak.register("dukcapil", "ktp")
    now = datetime.now(UTC)
    story: dict[str, Any] = {"at": now, "service": "dpmptsp.nib"}
    both = [told("issued", reference="A/1", **story), told("rejected", reference="A/1", **story)]
    await rancak.post(both)
    await asyncio.gather(*(rancak.post(both) for _ in range(5)))
    await finished(rancak, "A/1", kind="rejected")
    for reference, kind in (("open", "submitted"), ("gone", "withdrawn"), ("no", "rejected")):
        await finished(rancak, reference, kind=kind)

    links = await paths(rancak)
    assert links.keys() == {"A/1", "no"}
    assert await paths(rancak) == links
    one = await ask(rancak, "A/1")
    assert one.json()["url"].endswith(links["A/1"])
    assert one.json()["expires_on"] == (now + timedelta(days=60)).date().isoformat()
    assert [(await ask(rancak, each)).status_code for each in ("open", "gone", "x")] == [404] * 3
    assert (await ask(rancak, "A/1", "dukcapil")).json()["code"] == "unknown_application"
    assert (await waiting(rancak, "dukcapil"))["items"] == []
    assert await fetched(rancak, ["A/1"], "dukcapil") == 0
    assert await paths(rancak) == links


async def test_links_come_page_by_page_and_again_until_they_are_fetched(rancak: Rancak) -> None:
    await rancak.register("dpmptsp", "nib")
    names = [f"P-{number}" for number in range(5)]
    await finished(rancak, *names)

    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = await waiting(rancak, limit=2, cursor=cursor)
        seen += [item["reference"] for item in page["items"]]
        cursor = page["next"]
    assert seen == names
    assert await fetched(rancak, [*names[:3], names[0], "x"]) == 3
    assert await fetched(rancak, names[:3]) == 0
    assert list(await paths(rancak)) == names[3:]
    assert (await ask(rancak, "P-0")).json()["code"] == "handed_over"
    await finished(rancak, "P-0")
    assert list(await paths(rancak)) == names[3:]


async def test_once_handed_over_nothing_stored_pairs_an_application_with_its_token(
    rancak: Rancak, servers: TestServers, database: str
) -> None:
    await rancak.register("dpmptsp", "nib")
    await finished(rancak, "RAHASIA-1", "RAHASIA-2")
    tokens = {name: path.rpartition("/")[2] for name, path in (await paths(rancak)).items()}
    hashes = {hashlib.sha256(token.encode()).hexdigest() for token in tokens.values()}

    await fetched(rancak, ["RAHASIA-1"])
    rows = await everything_stored(servers.admin(database))
    events = await everything_told(rancak)

    assert not [row for row in rows + events if any(token in row for token in tokens.values())]
    with_hash = [row for row in rows + events if any(each in row for each in hashes)]
    assert len(with_hash) == 2
    assert not [row for row in with_hash if "RAHASIA" in row]
    sealed = [row for row in rows if row.startswith("intake.invited")]
    assert [row.endswith(",)") for row in sorted(sealed)] == [True, False]
    told_of = [event for event in events if "application.invited" in event]
    assert ["RAHASIA-1" in event for event in told_of] == [True]
    # Nor by when: the log knows the moment of its rows, a token only a day.
    assert not [row for row in with_hash if ":" in row.partition("(")[2]]


async def everything_stored(admin_url: str) -> list[str]:
    """Every row of every table, as text, with the name of its table."""
    connection = await asyncpg.connect(admin_url)
    try:
        tables = await connection.fetch("""
            SELECT schemaname || '.' || tablename AS name FROM pg_tables
            WHERE schemaname IN ('intake', 'scoring', 'notify')
        """)
        rows: list[str] = []
        for (name,) in tables:
            found = await connection.fetch(f"SELECT each::text AS text FROM {name} AS each")
            rows += [f"{name}{row['text']}" for row in found]
    finally:
        await connection.close()
    return rows


async def everything_told(rancak: Rancak) -> list[str]:
    """Every event of intake's log."""
    service = bearer(SERVICE_KEY)
    log = f"{rancak.urls['intake']}/v1/log"
    streams = (await rancak.http.get(log, headers=service)).json()["streams"]
    events: list[str] = []
    for stream in streams:
        found = await rancak.http.get(f"{log}/{stream['name']}", headers=service)
        events += found.text.splitlines()
    return events


async def test_a_link_holds_sixty_days_and_is_then_erased_and_at_last_forgotten(
    rancak: Rancak,
) -> None:
    await rancak.register("dpmptsp", "nib")
    await finished(rancak, "A-1")
    path = (await paths(rancak))["A-1"]

    for days, opened, asked in ((60, 200, 200), (61, 410, 410), (92, 404, 410)):
        async with replica_in(rancak, days) as url:
            there = replace(rancak, urls={**rancak.urls, "intake": url})

            async def answers_so(there: Rancak = there, status: int = opened) -> bool:
                found = await there.http.get(there.urls["intake"] + path)
                return found.status_code == status

            await wait_until(answers_so, f"the link to answer {opened} after {days} days")
            assert (await ask(there, "A-1")).status_code == asked, days
    assert await fetched(rancak, ["A-1"]) == 0
    connection = await asyncpg.connect(rancak.database_urls["intake"])
    await connection.execute("SELECT set_config('rancak.tenant', 'all', false)")
    kept = await connection.fetch("SELECT reference, sealed FROM invited")
    await connection.close()
    assert [tuple(row) for row in kept] == [("A-1", None)]


async def test_only_an_agencys_live_key_sees_links_and_the_database_keeps_agencies_apart(
    rancak: Rancak,
) -> None:
    await rancak.register("dpmptsp", "nib")
    await finished(rancak, "A-1")

    async def status(key: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
        url = f"{rancak.urls['intake']}/v1/invitations"
        headers = bearer(key)
        found: httpx.Response = (
            await rancak.http.get(url, headers=headers)
            if body is None
            else await rancak.http.post(url + "/fetched", json=body, headers=headers)
        )
        return found.status_code, found.json().get("code", "")

    async def key(*scopes: str, mode: str = "live") -> str:
        made = await rancak.http.post(
            f"{rancak.urls['intake']}/v1/keys",
            json={"agency": "dpmptsp", "scopes": scopes, "mode": mode},
            headers=bearer(rancak.admin_key),
        )
        return str(made.json()["key"])

    pretended = told("invited", at=datetime.now(UTC), service="dpmptsp.nib", reference="A-1")
    assert (await rancak.post(pretended)).status_code == 422  # only the platform tells that
    assert await status(rancak.admin_key) == (403, "forbidden")
    assert await status(await key("events:write", mode="test")) == (403, "test_key")
    assert await status(await key("import:write")) == (403, "forbidden")
    assert (await status(rancak.keys["dpmptsp"], {"items": []}))[0] == 422
    assert (await status(rancak.keys["dpmptsp"], {"items": [{"service": "x"}]}))[0] == 422
    connection = await asyncpg.connect(rancak.database_urls["intake"])
    seen = {}
    for tenant in ("", "tenant:dukcapil", "tenant:dpmptsp", "all"):
        await connection.execute("SELECT set_config('rancak.tenant', $1, false)", tenant)
        seen[tenant] = await connection.fetchval("SELECT count(*) FROM invited")
    await connection.close()
    assert seen == {"": 0, "tenant:dukcapil": 0, "tenant:dpmptsp": 1, "all": 1}


async def test_whoever_invites_only_some_is_seen_in_the_coverage(rancak: Rancak) -> None:
    await rancak.register("dpmptsp", "nib")
    names = [f"C-{number:02}" for number in range(12)]
    await finished(rancak, *names)
    await finished(rancak, "C-00", kind="rejected")
    await finished(rancak, "W-1", kind="withdrawn")
    links = await paths(rancak)
    await fetched(rancak, names[:7])
    await fetched(rancak, names[:7])
    visitor = Visitor(rancak)
    for name in names[:5]:
        sent = await visitor.send(await visitor.open(links[name]))
        assert sent.status_code == 303, sent.text

    async def coverage(view: str) -> dict[str, Any]:
        asked = {"scope": "service:dpmptsp.nib", "period": f"{datetime.now(WIB).year}"}
        found = await rancak.http.get(
            f"{rancak.urls['scoring']}/v1/deadlines",
            params={**asked, "view": view},
            headers=bearer(rancak.keys["dpmptsp"]),
        )
        return dict(found.json().get("coverage", {})) if found.status_code == 200 else {}

    wanted = {"finished": 12, "invited": 7, "answered": 5, "share": "41.67"}

    async def is_exact() -> bool:
        return await coverage("live") == wanted

    await wait_until(is_exact, "the coverage to be exact")
    public = {"finished": 12, "invited": None, "answered": None, "share": None}
    assert await coverage("public") == public
