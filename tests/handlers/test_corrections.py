"""Corrections of what was counted: exact, in any order, and lifted without a trace."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.store import corrections as store
from services.scoring.store import snapshot
from services.scoring.usecases.adjust import Effect, adjust_next
from services.scoring.usecases.rebuild import rebuild
from services.scoring.usecases.verify import CorrectionsWait, take_snapshot, verify_rollups
from shared.contracts import corrections as contract
from shared.contracts.cloudevent import new_event
from tests.handlers.counting import PERFECT, WORST, Counting, answer

AT = datetime(2026, 9, 15, tzinfo=UTC)


def unseen(*_: object) -> None:
    """Nobody looks at the progress."""


def event(kind: str, data: object) -> bytes:
    return new_event(event_type=kind, event_id="any", source="/intake", time=AT, data=data)


def proposed(
    correction: str, action: contract.Action = "quarantine", target: str | None = None, **where: Any
) -> bytes:
    return event(
        contract.PROPOSED,
        contract.CorrectionProposed(
            id=correction,
            action=action,
            slice=contract.Slice(**{"service": "a.x", **where}),
            reason="Semua jawaban dikirim dalam satu menit",
            by="key-1",
            target=target,
        ),
    )


def approved(correction: str) -> bytes:
    return event(contract.APPROVED, contract.CorrectionApproved(id=correction, by="key-2"))


def lifted(correction: str) -> bytes:
    data = contract.CorrectionLifted(id=correction, by="key-2", reason="Sudah diperiksa")
    return event(contract.LIFTED, data)


ANSWERS = [
    *[answer("a.x", PERFECT, place="mpp", respondent={"sex": "female"})] * 5,
    *[answer("a.x", WORST, series="open", day="2026-08-31")] * 4,
    *[answer("a.x", (*PERFECT[:8], None), series="open")] * 3,
    *[answer("a.y", WORST, respondent={"sex": "male"})] * 2,
]


async def settled(scoring: Counting) -> None:
    """Carry out all that waits."""
    while await adjust_next(scoring.engine, scoring.log):
        pass


async def rows(engine: AsyncEngine) -> dict[str, object]:
    async with engine.connect() as connection:
        return {
            table: await snapshot.read_rows(connection, table) for table in ("rollup", "profile")
        }


async def n_of(scoring: Counting, service: str) -> int:
    statement = (
        f"SELECT coalesce(sum(n), 0) FROM rollup WHERE grain = 'm' AND service = '{service}'"
    )
    return int(str((await scoring.rows(statement))[0][0]))


async def test_a_quarantine_takes_its_slice_out_only_once_somebody_else_approved(
    scoring: Counting,
) -> None:
    await scoring.count(*ANSWERS)

    await scoring.count(proposed("c1", series="open"))
    await settled(scoring)
    assert await n_of(scoring, "a.x") == 12

    await scoring.count(approved("c1"))
    await settled(scoring)
    assert await n_of(scoring, "a.x") == 5
    await scoring.count(*ANSWERS)
    assert await n_of(scoring, "a.x") == 10
    assert (await verify_rollups(scoring.engine, scoring.log, unseen)).is_right


async def test_lifting_a_quarantine_leaves_no_trace(scoring: Counting) -> None:
    await scoring.count(*ANSWERS)
    before = await rows(scoring.engine)

    await scoring.count(proposed("c1", series="open"), approved("c1"))
    await settled(scoring)
    assert await rows(scoring.engine) != before
    await scoring.count(lifted("c1"))
    await settled(scoring)

    assert await rows(scoring.engine) == before


async def test_a_move_counts_the_slice_for_the_other_service_exactly(scoring: Counting) -> None:
    await scoring.count(*ANSWERS)

    await scoring.count(proposed("c1", "move", "a.z", place="mpp"), approved("c1"))
    await settled(scoring)

    assert [await n_of(scoring, service) for service in ("a.x", "a.y", "a.z")] == [7, 2, 5]
    told = await scoring.rows(
        "SELECT sex_female FROM profile WHERE service = 'a.z' AND grain = 'm'"
    )
    assert told == [(5,)]
    assert (await verify_rollups(scoring.engine, scoring.log, unseen)).is_right


async def test_a_withdrawn_answer_needs_nobody_elses_word(scoring: Counting) -> None:
    run = await scoring.count(*ANSWERS)

    await scoring.count(proposed("w1", "withdraw", sequence=run.first))
    await settled(scoring)

    assert await n_of(scoring, "a.x") == 11
    assert (await verify_rollups(scoring.engine, scoring.log, unseen)).is_right


async def test_the_effect_of_a_proposal_is_known_before_anybody_approves(
    scoring: Counting,
) -> None:
    await scoring.count(*ANSWERS)
    await scoring.count(proposed("c1", series="open", until="2026-09-01T00:00:00+07:00"))
    await scoring.count(proposed("c2", series="open"))
    await settled(scoring)

    async with scoring.engine.connect() as connection:
        first, second = await store.listed(connection, after="", most=10)

    assert (first.in_force, second.in_force) == (False, False)
    assert msgspec.json.decode(first.effect or b"", type=Effect).answers == 0
    effect = msgspec.json.decode(second.effect or b"", type=Effect)
    assert (effect.answers, len(effect.services)) == (7, 1)
    moved = effect.services[0]
    assert (moved.n_before, moved.n_after) == (12, 5)
    assert moved.index_after == "100.00"


@pytest.mark.parametrize("seed", range(4))
async def test_any_order_of_answers_and_corrections_gives_the_same_rollups(
    scoring: Counting, seed: int
) -> None:
    """Runs arrive in any order; what is in force decides, not what came first."""
    told: Sequence[bytes] = [
        *ANSWERS,
        proposed("c1", series="open"),
        approved("c1"),
        proposed("c2", "move", "a.z", place="mpp"),
        approved("c2"),
        proposed("c3", service="a.y"),
        approved("c3"),
        lifted("c3"),
        proposed("w1", "withdraw", service="a.y", sequence=14),
    ]
    runs = [scoring.log.append("feedback.0", [each]) for each in told]
    chance = random.Random(seed)
    chance.shuffle(runs)
    for run in runs:
        await scoring.applier.apply("feedback.0", [run])
        if chance.random() < 0.3:
            await settled(scoring)
    await settled(scoring)

    assert [await n_of(scoring, service) for service in ("a.x", "a.y", "a.z")] == [0, 1, 5]
    assert (await verify_rollups(scoring.engine, scoring.log, unseen)).is_right


async def test_a_rebuild_follows_corrections_that_nobody_has_carried_out_yet(
    scoring: Counting,
) -> None:
    await scoring.count(*ANSWERS)
    await scoring.count(proposed("c1", series="open"), approved("c1"))

    await rebuild(scoring.engine, scoring.log, unseen)

    assert await n_of(scoring, "a.x") == 5
    await settled(scoring)
    assert await n_of(scoring, "a.x") == 5


async def test_verify_does_not_wait_for_ever_for_a_correction_that_nobody_carries_out(
    scoring: Counting,
) -> None:
    await scoring.count(*ANSWERS)
    await scoring.count(proposed("c1", series="open"), approved("c1"))

    with pytest.raises(CorrectionsWait) as found:
        await take_snapshot(scoring.engine, patience_s=0)
    assert found.value.waiting == 1

    await settled(scoring)
    assert (await take_snapshot(scoring.engine, patience_s=0)).in_force
