"""What the tests of scoring share: answers as intake logs them, and a scoring that counts them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.scoring.domain.clock.worktime import WIB
from services.scoring.domain.elements import CODES
from services.scoring.usecases.announce import announce
from services.scoring.usecases.count import Folder, count_feedback
from services.scoring.usecases.promising import WorkTimes
from services.scoring.usecases.publish import publish
from services.scoring.usecases.read_log import Head
from services.scoring.usecases.register import follow_registry
from services.scoring.usecases.work_calendar import national_calendar
from shared.auth import new_key
from shared.consume import Applier
from shared.contracts import registry
from shared.contracts.cloudevent import extended, new_event
from shared.contracts.feedback import SUBMITTED
from shared.log import Run
from shared.log.run import GENESIS, chained, pack

# Preparing the calendar takes a while: once for all tests.
TIMES = WorkTimes(WIB, national_calendar())
NOON = datetime(2026, 9, 14, 12, tzinfo=UTC)
PERFECT, WORST = (4,) * len(CODES), (1,) * len(CODES)
Scores = Sequence[int | None]


def answer(
    service: str = "dpmptsp.nib",
    scores: Scores = PERFECT,
    *,
    day: str = "2026-09-14",
    place: str | None = None,
    series: str = "agency",
    respondent: Mapping[str, object] | None = None,
    correlation: str | None = None,
    extra: Mapping[str, int] | None = None,
    questionnaire: str | None = None,
    at: datetime = NOON,
    key: str | None = None,
) -> bytes:
    """A `feedback.submitted` event as intake's log has it: intake says the questionnaire."""
    given = {code: score for code, score in zip(CODES, scores, strict=True) if score is not None}
    data: dict[str, object] = {"service": service, "series": series, "answers": given}
    if place is not None:
        data["place"] = place
    if respondent is not None:
        data["respondent"] = respondent
    if extra is not None:
        data["extra"] = extra
    event = new_event(
        event_type=SUBMITTED,
        event_id="any",
        source=f"/agencies/{service.partition('.')[0]}",
        time=at,
        data=data,
        correlation=correlation,
    )
    said = {"questionnaire": questionnaire, "key": key}
    return extended(event, day=day, **{name: text for name, text in said.items() if text})


# The platform's own key in every database of these tests.
LIVE_KEY = new_key("live")
LIVE_KEY_ROW = {
    "id": LIVE_KEY.id,
    "agency": None,
    "scopes": ["index:live"],
    "mode": "live",
    "secret_hash": LIVE_KEY.secret_hash,
    "revoked": False,
    "sequence": 0,
}


async def ask(
    http: httpx.AsyncClient, scope: str, period: str, *, view: str = "live", **more: str
) -> dict[str, object]:
    """The answer of `GET /v1/index`, which must succeed: as it stands now, or the public one."""
    asked = {"scope": scope, "period": period, "view": view, **more}
    headers = {"Authorization": f"Bearer {LIVE_KEY.key}"} if view == "live" else {}
    found = await http.get("/v1/index", params=asked, headers=headers)
    assert found.status_code == 200, found.text
    body: dict[str, object] = found.json()
    return body


@dataclass(frozen=True, slots=True)
class MemoryHead:
    """A stream's newest sequence and the hex hash of its newest run."""

    head: int = 0
    tip: str = GENESIS.hex()


@dataclass(slots=True)
class MemoryLog:
    """Intake's log in memory: the same runs and hashes, without intake. Can be tampered with."""

    stored: dict[str, list[Run]] = field(default_factory=dict)
    claimed: dict[str, MemoryHead] = field(default_factory=dict)

    def append(self, stream: str, events: Sequence[bytes]) -> Run:
        """Store events as one run."""
        before = self.claimed.get(stream, MemoryHead())
        body = pack(events)
        tip = chained(bytes.fromhex(before.tip), body).hex()
        run = Run(stream, before.head + 1, before.head + len(events), body, tip)
        self.stored.setdefault(stream, []).append(run)
        self.claimed[stream] = MemoryHead(run.last, tip)
        return run

    async def heads(self) -> Mapping[str, Head]:
        """What the log claims to have."""
        return self.claimed

    async def runs(self, stream: str, after: int, limit: int = 5_000) -> Sequence[Run]:
        """Up to `limit` events, so a page may cut a run, as the feed does."""
        span = (after + 1, after + limit)
        return [part for run in self.stored[stream] for part in run.only([span])]


class Counting:
    """A scoring that applies what is appended to its log at once, exactly once."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.log = MemoryLog()
        self.applier = Applier(engine, self._apply)
        self._folder = Folder()

    async def count(self, *events: bytes, stream: str = "feedback.0") -> Run:
        """Append answers as one run and count it."""
        run = self.log.append(stream, events)
        await self.applier.apply(stream, [run])
        return run

    async def publish(self, now: datetime = NOON, *, later: timedelta = timedelta(0)) -> int:
        """Announce what moved, then one round of the gate, `later` than that."""
        async with self.engine.begin() as connection:
            await announce(connection, after="", now=now)
        async with self.engine.connect() as connection:
            return sum([made async for made in publish(connection, now=now + later)])

    async def register(
        self,
        *,
        agencies: Sequence[str] = (),
        services: Sequence[str] = (),
        places: Sequence[str] = (),
    ) -> None:
        """Register units; each is named like its code, in capitals."""
        records: list[tuple[str, object]] = []
        for code in agencies:
            agency = registry.AgencyRegistered(code=code, name=code.upper(), kind="dinas")
            records.append((registry.AGENCY_REGISTERED, agency))
        for code in services:
            service = registry.ServiceRegistered(code=code, name=code.upper())
            records.append((registry.SERVICE_REGISTERED, service))
        for code in places:
            place = registry.PlaceRegistered(code=code, name=code.upper(), kind="mpp")
            records.append((registry.PLACE_REGISTERED, place))
        await self._tell(records)

    async def ask_by(self, *published: registry.QuestionnairePublished) -> None:
        """Questionnaires as registry events bring them."""
        await self._tell([(registry.QUESTIONNAIRE_PUBLISHED, each) for each in published])

    async def issue_key(self, agency: str | None, *scopes: str) -> str:
        """A live key as registry events bring it."""
        key = new_key("live")
        issued = registry.KeyIssued(
            id=key.id, agency=agency, scopes=list(scopes), mode="live", secret_hash=key.secret_hash
        )
        await self._tell([(registry.KEY_ISSUED, issued)])
        return key.key

    async def rows(self, statement: str) -> Sequence[tuple[object, ...]]:
        """Look into the database."""
        async with self.engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(statement))]

    async def disturb(self, statement: str) -> None:
        """Change the database behind scoring's back."""
        async with self.engine.begin() as connection:
            await connection.execute(text(statement))

    async def _tell(self, records: Sequence[tuple[str, object]]) -> None:
        events = [
            new_event(event_type=kind, event_id="any", source="/intake", time=NOON, data=data)
            for kind, data in records
        ]
        run = self.log.append(registry.TOPIC, events)
        await self.applier.apply(registry.TOPIC, [run])

    async def _apply(self, connection: AsyncConnection, runs: Sequence[Run]) -> None:
        if runs[0].stream == registry.TOPIC:
            await follow_registry(connection, runs)
        else:
            await count_feedback(connection, runs, self._folder, TIMES)
