"""Each day's heads of all hash chains: signed once, for everybody, whatever else is away."""

import asyncio
import json
from base64 import b64decode, urlsafe_b64decode
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta, timezone

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.api import heads as heads_api
from services.scoring.usecases.heads import PURPOSE, HeadSigner
from services.scoring.usecases.read_log import Head
from shared.http import prepare
from shared.metrics import Metrics
from shared.signing import Signer
from tests.handlers.counting import NOON, Counting, answer
from tests.running import SECRET_KEY
from tests.waiting import wait_until

JAKARTA = timezone(timedelta(hours=7))
PATH = "/.well-known/rancak-heads.json"
SIGNER = Signer(SecretStr(SECRET_KEY), PURPOSE)


class Clock:
    """A time that a test moves on."""

    def __init__(self) -> None:
        self.now = NOON.astimezone(JAKARTA)

    def __call__(self) -> datetime:
        return self.now


class AwayFor:
    """Intake's heads, after some attempts in vain; sees who holds a connection meanwhile."""

    def __init__(self, scoring: Counting, attempts: int = 0) -> None:
        self._scoring = scoring
        self.attempts = attempts
        self.held: set[str] = set()

    async def heads(self) -> Mapping[str, Head]:
        self.held.add(self._scoring.engine.pool.status().partition("Checked out")[2])
        if self.attempts:
            self.attempts -= 1
            raise httpx.ConnectError("away")
        return await self._scoring.log.heads()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def signing(engine: AsyncEngine, scoring: Counting, clock: Clock) -> HeadSigner:
    """The signer of a scoring whose intake is there."""
    return HeadSigner(engine, scoring.log, SIGNER, clock)


@pytest.fixture
async def http(engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    """The route of the heads."""
    app = FastAPI()
    app.include_router(heads_api.router(engine, SIGNER))
    prepare(app, Metrics("scoring"))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://rancak") as client:
        yield client


async def test_a_days_entry_has_the_end_of_every_chain_and_a_signature_that_anybody_can_check(
    scoring: Counting, signing: HeadSigner, http: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    run = await scoring.count(*[answer("a.x")] * 10)
    figures = await scoring.publish()

    assert await signing.sign_today()

    body = (await http.get(PATH)).json()
    (entry,) = body["items"]
    assert (entry["day"], entry["at"]) == ("2026-09-14", "2026-09-14T19:00:00+07:00")
    assert entry["heads"]["feedback.0"] == {"head": 10, "tip": run.chain}
    ((tip, events),) = await scoring.rows(
        "SELECT encode(tip, 'hex'), head FROM stream WHERE name = 'figures'"
    )
    assert entry["heads"]["figures"] == {"head": events, "tip": tip}
    ((last,),) = await scoring.rows("SELECT encode(tip, 'hex') FROM publication")
    assert entry["heads"]["receipts"] == {"number": figures, "tip": last}
    (jwk,) = body["keys"]
    assert (jwk["kid"], jwk["crv"]) == (entry["key"], "Ed25519")
    assert_signed(entry, jwk["x"])
    entry["heads"]["feedback.0"]["head"] = 9
    with pytest.raises(InvalidSignature):
        assert_signed(entry, jwk["x"])


def assert_signed(entry: Mapping[str, object], key: str) -> None:
    """As an outsider would, with what the documents say."""
    unsigned = {name: value for name, value in entry.items() if name != "signature"}
    message = json.dumps(unsigned, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    public = Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(key + "="))
    public.verify(b64decode(str(entry["signature"])), message.encode())


async def test_a_day_is_signed_once_however_many_replicas_there_are(
    scoring: Counting, engine: AsyncEngine, clock: Clock
) -> None:
    replicas = [HeadSigner(engine, scoring.log, SIGNER, clock) for _ in range(4)]

    signed = await asyncio.gather(*(replica.sign_today() for replica in replicas))
    await scoring.count(answer())
    again = await asyncio.gather(*(replica.sign_today() for replica in replicas))

    assert sorted(signed) == [False, False, False, True]
    assert not any(again)
    ((body,),) = await scoring.rows("SELECT convert_from(body, 'UTF8') FROM signed_head")
    assert "feedback" not in str(body)


async def test_the_next_day_begins_at_midnight_of_the_city(
    scoring: Counting, signing: HeadSigner, clock: Clock, http: httpx.AsyncClient
) -> None:
    await signing.sign_today()
    await scoring.count(answer())
    clock.now = clock.now.replace(hour=23, minute=59)
    assert not await signing.sign_today()

    clock.now += timedelta(minutes=1)

    assert await signing.sign_today()
    items = (await http.get(PATH)).json()["items"]
    assert [item["day"] for item in items] == ["2026-09-15", "2026-09-14"]
    assert items[0]["heads"]["feedback.0"]["head"] == 1


async def test_an_intake_that_is_away_is_asked_again_and_nobody_waits_for_it_meanwhile(
    scoring: Counting, engine: AsyncEngine, clock: Clock, http: httpx.AsyncClient
) -> None:
    intake = AwayFor(scoring, attempts=3)
    signing = HeadSigner(engine, intake, SIGNER, clock, round_s=0.01)

    async def is_signed() -> bool:
        return bool((await http.get(PATH)).json()["items"])

    async with signing.running():
        await wait_until(lambda: intake.attempts == 0, "intake to be asked again")
        assert intake.held == {" connections: 0"}
        await wait_until(is_signed, "the heads to be signed")


async def test_the_days_come_in_pages_newest_first_and_a_span_can_be_asked_for(
    signing: HeadSigner, clock: Clock, http: httpx.AsyncClient
) -> None:
    for _ in range(5):
        await signing.sign_today()
        clock.now += timedelta(days=1)

    async def asked(**query: object) -> tuple[list[str], str | None]:
        found = await http.get(PATH, params={name: str(value) for name, value in query.items()})
        assert found.status_code == 200, found.text
        return [item["day"][-2:] for item in found.json()["items"]], found.json()["next"]

    assert await asked() == (["18", "17", "16", "15", "14"], None)
    assert await asked(limit=2) == (["18", "17"], "2026-09-16")
    assert await asked(limit=2, to="2026-09-16") == (["16", "15"], "2026-09-14")
    assert await asked(**{"from": "2026-09-15", "to": "2026-09-16"}) == (["16", "15"], None)
    assert await asked(**{"from": "2026-10-01"}) == ([], None)
    assert (await http.get(PATH, params={"from": "kemarin"})).status_code == 422


def test_another_secret_or_purpose_is_another_key() -> None:
    keys = {
        Signer(SecretStr(secret), purpose).key_id
        for secret in (SECRET_KEY, SECRET_KEY + "x")
        for purpose in (PURPOSE, "webhooks")
    }

    assert len(keys) == 4
    assert Signer(SecretStr(SECRET_KEY), PURPOSE).key_id in keys
