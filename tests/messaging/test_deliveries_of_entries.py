"""P6: delivering entries any number of times, in any order, forged too, changes no figure."""

import random
from typing import Any

from pydantic import SecretStr
from redis.asyncio import Redis

from shared.log.entry import EntryFormat
from shared.log.run import PackedRun, compress, pack
from shared.streams import key_of
from tests.events import answer, batch
from tests.running import SERVICE_KEY, Rancak
from tests.waiting import wait_until


async def the_stream(rancak: Rancak) -> str:
    return next(
        name
        for name, row in (await rancak.streams()).items()
        if name.startswith("feedback.") and row["head"]
    )


async def forged_counter(rancak: Rancak) -> float:
    metrics = (await rancak.http.get(f"{rancak.urls['scoring']}/metrics")).text
    (line,) = (
        line
        for line in metrics.splitlines()
        if line.startswith("rancak_scoring_entries_forged_total")
    )
    return float(line.split()[1])


async def test_entries_delivered_again_in_any_order_change_nothing(
    rancak: Rancak, redis: Redis
) -> None:
    await rancak.register()
    for size in (1, 3, 20):
        await rancak.answered(size)
    await rancak.counted(24)
    key = key_of(await the_stream(rancak))
    entries: list[Any] = list(await redis.xrange(key) or ())
    chance = random.Random(7)

    for _ in range(3):
        # An entry's id is its run's last sequence, so to deliver it again the key must be new.
        await redis.delete(key)
        await redis.xgroup_create(key, "scoring", id="0", mkstream=True)
        chosen = sorted(chance.sample(entries, 2))
        for entry_id, fields in chosen:
            await redis.xadd(key, fields, id=entry_id)
        await wait_until(lambda: read_to_the_end(redis, key), "the entries to be read again")

    await rancak.answered(1)
    await rancak.counted(25)


async def read_to_the_end(redis: Redis, key: str) -> bool:
    (group,) = await redis.xinfo_groups(key)
    info = await redis.xinfo_stream(key)
    return bool(group["last-delivered-id"] == info["last-generated-id"])


async def test_an_invented_entry_is_refused_and_the_truth_is_counted(
    rancak: Rancak, redis: Redis
) -> None:
    await rancak.register()
    await rancak.answered(5)
    await rancak.counted(5)
    stream = await the_stream(rancak)
    bad = pack([batch(answer(score=1) | {"day": "2026-01-01"})])
    forged = EntryFormat(SecretStr("a key that a stranger made up, 32 characters"))
    invented = await forged.encode(PackedRun(stream, 6, 6, compress(bad), "00" * 32))

    await redis.xadd(key_of(stream), invented, id="6-0")  # type: ignore[arg-type]  # dict is invariant
    await redis.xadd(key_of(stream), {"anything": "at all"}, id="7-0")
    await wait_until(lambda: at_least(rancak, 2), "both inventions to be noticed")
    await rancak.answered(5)

    await rancak.counted(10)
    assert (await rancak.index())["index"] == "100.00"


async def at_least(rancak: Rancak, count: int) -> bool:
    return await forged_counter(rancak) >= count


async def test_a_sequence_beyond_the_head_costs_nothing_but_the_key(
    rancak: Rancak, redis: Redis
) -> None:
    await rancak.register()
    await rancak.answered(5)
    await rancak.counted(5)
    stream = await the_stream(rancak)

    await redis.xadd(key_of(stream), {"x": "y"}, id="999999999-0")
    await rancak.answered(5)

    await rancak.counted(10)


async def test_a_sealed_entry_with_a_changed_body_is_not_believed() -> None:
    entries = EntryFormat(SecretStr(SERVICE_KEY))
    run = PackedRun("feedback.0", 1, 1, compress(b'[{"id":"a"}]'), "00" * 32)
    fields = await entries.encode(run)

    changed = {
        name: value.replace(run.packed, compress(b'[{"id":"b"}]')) for name, value in fields.items()
    }

    assert entries.decode("feedback.0", b"1-0", fields) == run.unpacked()
    for stream, entry_id, some in (
        ("feedback.0", b"1-0", changed),
        ("feedback.1", b"1-0", fields),
        ("feedback.0", b"2-0", fields),
        ("feedback.0", b"1-1", fields),
    ):
        try:
            entries.decode(stream, entry_id, some)
        except ValueError:
            continue
        raise AssertionError(f"believed {stream} {entry_id!r}")
