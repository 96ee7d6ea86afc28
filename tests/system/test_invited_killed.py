"""P18: an answer by a one-use link counts once, also where the server dies before it says so."""

import asyncpg
import httpx
import pytest

from deploy.servers import free_port
from tests.inviting import finished, paths
from tests.pages.visiting import Visitor
from tests.processes import processes
from tests.system.proxy import cutting_proxy


async def test_a_server_killed_between_commit_and_answer_counts_the_answer_once() -> None:
    port = free_port()
    async with (
        processes("scoring", intake_database_port=port) as system,
        cutting_proxy(port, system.servers.postgres.port) as proxy,
    ):
        await system.start("intake")
        await system.rancak.register("dpmptsp", "nib")
        await finished(system.rancak, "A-1")
        path = (await paths(system.rancak))["A-1"]
        visitor = Visitor(system.rancak)
        form = await visitor.open(path)

        proxy.before_cut = lambda: system.kill("intake")
        proxy.armed = True
        with pytest.raises(httpx.TransportError):
            await visitor.send(form)
        database = await asyncpg.connect(system.servers.postgres.url("intake"))
        spent = await database.fetchval("SELECT is_spent FROM invitation")
        await database.close()
        assert (proxy.cuts, spent) == (1, True), "void: it was not killed after this commit"

        await system.start("intake")
        assert (await visitor.send(form)).status_code == 303  # the browser repeats: thanked
        assert "sudah kami terima" in (await visitor.open(path, status=410)).one("h1").text
        await system.rancak.counted(1)
        assert (await system.rancak.index())["by_series"] == {"invited": 1}
