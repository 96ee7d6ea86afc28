"""P3: repeating until 2xx is safe, also when the database's answer to COMMIT is lost."""

from deploy.servers import free_port
from tests.events import answer
from tests.processes import processes
from tests.system.proxy import cutting_proxy


async def test_an_event_whose_commit_was_not_answered_is_counted_once_when_repeated() -> None:
    port = free_port()
    async with (
        processes("scoring", intake_database_port=port) as system,
        cutting_proxy(port, system.servers.postgres.port) as proxy,
    ):
        await system.start("intake")
        await system.rancak.register("dpmptsp", "nib")
        events = [answer() for _ in range(10)]

        proxy.armed = True
        first = await system.rancak.post(events)
        again = await system.rancak.post(events)

        assert proxy.cuts == 1, "void: the answer to COMMIT was not cut"
        assert (first.status_code, first.json()["code"]) == (503, "unavailable")
        assert first.headers["retry-after"] == "1"
        assert [result["status"] for result in again.json()["results"]] == ["duplicate"] * 10
        await system.rancak.counted(10)
