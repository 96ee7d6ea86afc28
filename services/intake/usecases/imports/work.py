"""Work on one import job: batch by batch through the same door as every other event.

A batch's events are committed first, its counts after that. Whoever dies in between leaves a job
whose next worker finds that batch's events known already; it asks the log whose they were.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import BinaryIO

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.intake.domain.events import AGENCY_SERIES
from services.intake.domain.imports.columns import find_columns
from services.intake.domain.imports.names import MOST_NEW_SERVICES
from services.intake.domain.imports.rows import EventIds, Reading
from services.intake.store import imports as store
from services.intake.store import registry as registry_store
from services.intake.store import tenancy
from services.intake.store.imports import Job
from services.intake.store.registry_snapshot import Snapshot
from services.intake.usecases.accept import Checker, zone_of
from services.intake.usecases.candidates import Candidate, Outcome, Sender
from services.intake.usecases.group_commit import GroupCommit
from services.intake.usecases.imports import batches
from services.intake.usecases.imports.batches import Checked, Counting, Item
from services.intake.usecases.imports.options import Options
from services.intake.usecases.imports.tables import NumberedRow, read_table
from services.intake.usecases.registry import register
from services.intake.usecases.registry_cache import RegistryCache
from shared import log
from shared.contracts import registry as registry_contract
from shared.contracts.cloudevent import Stored
from shared.log import read
from shared.log.idempotency import recall

BATCH = 500


class ClaimLost(Exception):
    """Another worker has the job now."""


class CannotGoOn(Exception):
    """The job as a whole fails: `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Workshop:
    """What every job needs."""

    engine: AsyncEngine
    registry: RegistryCache
    commit: GroupCommit
    now: Callable[[], datetime]
    after_commit: Callable[[], None]
    partitions: int
    most_unpacked: int
    lease_s: float = 30


class JobRun:
    """One worker's run over a job."""

    def __init__(self, workshop: Workshop, job: Job, worker: str) -> None:
        self._with = workshop
        self._job = job
        self._worker = worker
        self._options = msgspec.json.decode(job.options, type=Options)
        self._may_repeat = job.attempts > 1 or job.tally.done > 0
        self._new_services = 0

    async def run(self, file: BinaryIO) -> None:
        """Work until the file ends. Raises ClaimLost, CannotGoOn, FileFault, NotCommitted."""
        reading, rows = await asyncio.to_thread(self._open, file)
        ids = EventIds(self._options.label, self._options.place, self._options.series)
        counting = Counting(self._job.tally, reading.columns)
        passed, done = 0, self._job.tally.done
        while items := await asyncio.to_thread(batches.take, rows, reading, ids, BATCH):
            passed += len(items)
            if passed <= done:
                await self._renew()
                continue
            await self._batch(items, reading, counting)
        await self._end("done")

    def _open(self, file: BinaryIO) -> tuple[Reading, Iterator[NumberedRow]]:
        options = self._options
        headers, rows = read_table(file, options, most_unpacked=self._with.most_unpacked)
        columns = find_columns(headers, options.wanted())
        return Reading(columns, options.agency, options.service, options.general_service), rows

    async def _batch(self, items: Sequence[Item], reading: Reading, counting: Counting) -> None:
        snapshot = await self._registry(items)
        checked = self._check(items, reading, snapshot)
        candidates = [one.verdict for one in checked if isinstance(one.verdict, Candidate)]
        send = self._look_up if self._options.dry_run else self._submit
        left = iter(await send(candidates))
        for one in checked:
            counting.add(one, next(left) if isinstance(one.verdict, Candidate) else None)
        await self._keep(counting)

    async def _keep(self, counting: Counting) -> None:
        async with self._with.engine.begin() as connection:
            await tenancy.enter(connection, self._job.agency)
            kept = await store.advance(
                connection,
                self._job,
                self._worker,
                counting.tally,
                counting.refused,
                self._with.lease_s,
            )
        if not kept:
            raise ClaimLost
        counting.refused = []

    def _check(self, items: Sequence[Item], reading: Reading, snapshot: Snapshot) -> list[Checked]:
        options = self._options
        zone = zone_of(snapshot, options.agency, options.place)
        if zone is None:
            raise CannotGoOn("unknown_place" if options.place else "unknown_agency")
        checker = Checker(
            snapshot,
            Sender(options.agency, self._job.key_id, AGENCY_SERIES),
            batches.latest_now(self._with.now(), zone),
            self._job.correlation,
            self._with.partitions,
        )
        return [batches.check(one, checker, options, reading.columns, zone) for one in items]

    async def _submit(self, candidates: Sequence[Candidate]) -> list[Outcome]:
        outcomes = await self._with.commit.submit(candidates)
        if any(outcome.status == "revoked" for outcome in outcomes):
            raise CannotGoOn("key_revoked")
        if self._may_repeat:
            outcomes = await self._claimed_back(outcomes)
            self._may_repeat = False
        return outcomes

    async def _claimed_back(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Duplicates of events that an earlier run of this same job stored are accepted rows."""
        claimed: list[Outcome] = []
        async with self._with.engine.connect() as connection:
            for outcome in outcomes:
                ours = Outcome("accepted", outcome.stream, outcome.sequence)
                is_back = (
                    outcome.status == "duplicate"
                    and ours not in claimed
                    and await self._is_ours(connection, outcome)
                )
                claimed.append(ours if is_back else outcome)
        return claimed

    async def _is_ours(self, connection: AsyncConnection, outcome: Outcome) -> bool:
        event = await read.event_at(connection, outcome.stream, outcome.sequence)
        if event is None:
            return False
        return msgspec.json.decode(event, type=Stored).correlationid == self._job.correlation

    async def _look_up(self, candidates: Sequence[Candidate]) -> list[Outcome]:
        """What would become of them, for a dry run."""
        async with self._with.engine.connect() as connection:
            known = await recall(connection, [candidate.key for candidate in candidates])
        outcomes = []
        for candidate in candidates:
            seen = known.get(candidate.key)
            if seen is None:
                outcomes.append(Outcome("accepted"))
            else:
                same = seen.body_hash == candidate.body_hash
                outcomes.append(Outcome("duplicate" if same else "conflict"))
        return outcomes

    async def _registry(self, items: Sequence[Item]) -> Snapshot:
        """The registry as of now, with the services that this batch may create."""
        snapshot = await self._with.registry.refresh()
        if self._job.key_id not in snapshot.keys:
            raise CannotGoOn("key_revoked")
        if not self._options.create_services:
            return snapshot
        missing = {
            one.row.service: one.row.service_name
            for one in items
            if one.row is not None and one.row.service not in snapshot.services
        }
        if not missing:
            return snapshot
        if self._options.dry_run:
            services = {**snapshot.services, **dict.fromkeys(missing, (None, None))}
            return replace(snapshot, services=services)
        self._new_services += len(missing)
        if self._new_services > MOST_NEW_SERVICES:
            raise CannotGoOn("too_many_services")
        for code, name in missing.items():
            await self._create_service(code, name)
        self._with.after_commit()
        return await self._with.registry.refresh()

    async def _create_service(self, code: str, name: str) -> None:
        row = {
            "code": code,
            "agency": self._options.agency,
            "name": name,
            "valid_from": None,
            "valid_until": None,
            "successor": None,
            "example": False,
        }
        async with self._with.engine.begin() as connection:
            await log.lock(connection, [registry_contract.TOPIC])
            if await registry_store.find(connection, "service", code) is None:
                await register(
                    connection,
                    "service",
                    row,
                    now=self._with.now(),
                    correlation=self._job.correlation,
                )

    async def _renew(self) -> None:
        async with self._with.engine.begin() as connection:
            await tenancy.enter(connection, self._job.agency)
            if not await store.renew(connection, self._job, self._worker, self._with.lease_s):
                raise ClaimLost

    async def _end(self, state: str, problem: str | None = None) -> None:
        async with self._with.engine.begin() as connection:
            await tenancy.enter(connection, self._job.agency)
            await store.end(connection, self._job, self._worker, state, problem)

    async def fail(self, code: str) -> None:
        """Finish the job as failed; what was counted before stays counted and reported."""
        await self._end("failed", code)

    async def release(self) -> None:
        """Let another worker, or this one later, go on at once."""
        async with self._with.engine.begin() as connection:
            await tenancy.enter(connection, self._job.agency)
            await store.release(connection, self._job, self._worker)
