"""Group commit: requests that arrive while a transaction is under way share the next one.

There is no timer: at low load a request has its own transaction, under load they pack themselves.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from structlog.contextvars import get_contextvars

from services.intake.store import follow_ups, invitations
from services.intake.store.follow_ups import FollowUp
from services.intake.usecases.candidates import Candidate, Outcome, by_stream, still_allowed
from services.intake.usecases.invitations import Inviter
from services.intake.usecases.registry_cache import RegistryCache
from shared import log
from shared.contracts import registry
from shared.database import UNAVAILABLE
from shared.log import idempotency, notes
from shared.log.idempotency import AlreadySeen, Key, Seen
from shared.sealing import Sealer

logger = structlog.get_logger()

MOST_EVENTS = 4_000
ATTEMPTS = 3
ANSWER_S = 1.8  # the promise is 2 s; a database that is slower than this is away


class NotCommitted(Exception):
    """Nothing, or nothing known, was committed: the client repeats until it reads a 2xx."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    candidates: Sequence[Candidate]
    correlation: str | None
    answer: "asyncio.Future[list[Outcome]]"


@dataclass(frozen=True, slots=True)
class _Plan:
    outcomes: list[Outcome]
    new: list[Candidate]
    remembered: list[tuple[Key, Seen]]


class GroupCommit:
    """The only writer of incoming events in a process."""

    def __init__(
        self,
        engine: AsyncEngine,
        registry: RegistryCache,
        sealer: Sealer,
        inviter: Inviter,
        after_commit: Callable[[], None],
    ) -> None:
        self._engine = engine
        self._registry = registry
        self._sealer = sealer
        self._inviter = inviter
        self._after_commit = after_commit
        self._queue: deque[_Waiting] = deque()
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["GroupCommit"]:
        """Write in the background until the block ends; what is queued is still written."""
        self._task = asyncio.create_task(self._run(), name="group commit")
        try:
            yield self
        finally:
            idle = asyncio.create_task(self._idle.wait())
            await asyncio.wait({self._task, idle}, return_when=asyncio.FIRST_COMPLETED)
            for task in (self._task, idle):
                task.cancel()
            await asyncio.gather(self._task, idle, return_exceptions=True)

    async def check(self) -> str | None:
        """Red once the writer has ended: a readiness check."""
        return "has_ended" if self._task is None or self._task.done() else None

    async def submit(self, candidates: Sequence[Candidate]) -> list[Outcome]:
        """Store the candidates; answers after the commit. Raises NotCommitted."""
        if not candidates:
            return []
        if await self.check() is not None:
            raise NotCommitted
        answer: asyncio.Future[list[Outcome]] = asyncio.get_running_loop().create_future()
        correlation = get_contextvars().get("correlation_id")
        self._queue.append(_Waiting(candidates, correlation, answer))
        self._idle.clear()
        self._news.set()
        return await answer

    async def _run(self) -> None:
        while True:
            await self._news.wait()
            waiting = self._take()
            if not waiting:
                self._news.clear()
                self._idle.set()
                continue
            try:
                async with asyncio.timeout(ANSWER_S):
                    outcomes = await self._commit([c for each in waiting for c in each.candidates])
                self._answer(waiting, outcomes)
            except (AlreadySeen, *UNAVAILABLE) as trouble:
                logger.warning("not_committed", reason=type(trouble).__name__)
                waiting += self._queue  # what came meanwhile would wait as long again
                self._queue.clear()
            finally:
                for each in waiting:
                    if not each.answer.done():
                        each.answer.set_exception(NotCommitted())

    def _take(self) -> list[_Waiting]:
        taken: list[_Waiting] = []
        size = 0
        while self._queue and (not taken or size + len(self._queue[0].candidates) <= MOST_EVENTS):
            taken.append(self._queue.popleft())
            size += len(taken[-1].candidates)
        return taken

    def _answer(self, waiting: Sequence[_Waiting], outcomes: list[Outcome]) -> None:
        self._after_commit()
        logger.info(
            "events_committed",
            requests=len(waiting),
            statuses=dict(Counter(outcome.status for outcome in outcomes)),
            correlation_ids=[each.correlation for each in waiting],
        )
        start = 0
        for each in waiting:
            end = start + len(each.candidates)
            if not each.answer.done():  # the client may have hung up
                each.answer.set_result(outcomes[start:end])
            start = end

    async def _commit(self, candidates: Sequence[Candidate]) -> list[Outcome]:
        for attempt in range(ATTEMPTS):
            try:
                async with self._engine.begin() as connection:
                    return await self._store(connection, candidates, look_up=attempt > 0)
            except AlreadySeen:
                continue
        raise AlreadySeen

    async def _store(
        self, connection: AsyncConnection, candidates: Sequence[Candidate], *, look_up: bool
    ) -> list[Outcome]:
        # New ids are the rule, so the first attempt asks nothing: the unique index says it.
        streams = [candidate.stream for candidate in candidates]
        heads, newest = await log.lock_and_look(connection, streams, registry.TOPIC)
        snapshot = self._registry.snapshot
        if newest != snapshot.version:
            snapshot = await self._registry.load(connection)
        # A form that is sent again must be known as such before its token is found to be spent.
        invited = [candidate for candidate in candidates if candidate.invitation is not None]
        asked = candidates if look_up else invited
        known = await idempotency.recall(connection, [each.key for each in asked]) if asked else {}
        allowed = [still_allowed(snapshot, candidate) for candidate in candidates]
        new = [each for each in invited if each.key not in known and still_allowed(snapshot, each)]
        before = {name: head.sequence for name, head in heads.items()}
        plan = _plan(candidates, allowed, known, before, await _spend(connection, new))
        if plan.new:
            await idempotency.remember(connection, plan.remembered)
            await log.write(connection, heads, by_stream(plan.new))
            await notes.keep(connection, self._notes(plan))
            await follow_ups.keep(connection, _follow_ups(plan))
            await self._inviter.invite(connection, plan.new)
        return plan.outcomes

    def _notes(self, plan: _Plan) -> list[notes.Note]:
        return [
            notes.Note(
                seen.stream,
                seen.sequence,
                self._sealer.seal(
                    candidate.comment.encode(), notes.context_of(seen.stream, seen.sequence)
                ),
            )
            for candidate, (_, seen) in zip(plan.new, plan.remembered, strict=True)
            if candidate.comment is not None
        ]


def _follow_ups(plan: _Plan) -> list[FollowUp]:
    return [
        FollowUp(candidate.promise.hash, seen.stream, seen.sequence, candidate.promise.expires_at)
        for candidate, (_, seen) in zip(plan.new, plan.remembered, strict=True)
        if candidate.promise is not None
    ]


async def _spend(connection: AsyncConnection, answers: Sequence[Candidate]) -> set[bytes]:
    """The tokens of these answers that were not spent before; they are from now on."""
    tokens = {each.invitation for each in answers if each.invitation is not None}
    return await invitations.spend(connection, tokens) if tokens else set()


def _plan(
    candidates: Sequence[Candidate],
    allowed: Sequence[bool],
    known: Mapping[Key, Seen],
    heads: Mapping[str, int],
    spent: Set[bytes],
) -> _Plan:
    """Which candidates are new, and which sequence each of them gets.

    `spent` are the tokens that this transaction spends: each is good for the first that has it.
    """
    plan = _Plan([], [], [])
    seen, next_sequence = dict(known), dict(heads)
    unused: set[bytes | None] = {None, *spent}
    for candidate, is_allowed in zip(candidates, allowed, strict=True):
        if not is_allowed:
            plan.outcomes.append(Outcome("revoked"))
            continue
        first = seen.get(candidate.key)
        if first is not None:
            status = "duplicate" if first.body_hash == candidate.body_hash else "conflict"
            plan.outcomes.append(Outcome(status, first.stream, first.sequence))
            continue
        if candidate.invitation not in unused:
            plan.outcomes.append(Outcome("spent"))
            continue
        if candidate.invitation is not None:
            unused.remove(candidate.invitation)
        sequence = next_sequence[candidate.stream] = next_sequence[candidate.stream] + 1
        place = Seen(candidate.body_hash, candidate.stream, sequence)
        seen[candidate.key] = place
        plan.new.append(candidate)
        plan.remembered.append((candidate.key, place))
        plan.outcomes.append(Outcome("accepted", candidate.stream, sequence))
    return plan
