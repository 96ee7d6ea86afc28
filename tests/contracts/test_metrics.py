"""`/metrics` as the public Prometheus parser reads it: each service's own page, and the merged."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Any, cast

import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from redis.asyncio import Redis

from deploy.gateway import Gateway
from deploy.servers import SERVICES, free_port
from services.intake import app as intake
from services.intake.settings import Settings as IntakeSettings
from services.notify import app as notify
from services.notify.settings import Settings as NotifySettings
from services.scoring import app as scoring
from services.scoring.settings import Settings as ScoringSettings
from tests.events import answer
from tests.running import SECRET_KEY, SERVICE_KEY, Rancak, client, first_admin_key, serving
from tests.servers import TestServers
from tests.waiting import wait_until

Sample = tuple[str, frozenset[tuple[str, str]]]
STATES = ("head", "applied", "waiting", "dead")


@pytest.fixture
async def gateway(servers: TestServers, database: str, redis: Redis) -> AsyncIterator[Rancak]:
    """All three services in one process behind the gateway, as `rancak up` runs them."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    urls = {name: f"{url}/{name}" for name in SERVICES}
    database_urls = {name: servers.url(name, database) for name in SERVICES}
    common: dict[str, Any] = {
        "env": "test",
        "redis_url": SecretStr(servers.redis_url),
        "service_key": SecretStr(SERVICE_KEY),
        "secret_key": SecretStr(SECRET_KEY),
        "intake_url": urls["intake"],
        "scoring_url": urls["scoring"],
        **{f"{name}_database_url": SecretStr(found) for name, found in database_urls.items()},
    }
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving(together(common), port))
        http = await stack.enter_async_context(client())
        admin_key = await first_admin_key(database_urls["intake"])
        yield Rancak(urls, database_urls, servers.redis_url, admin_key, http)


def together(settings: Mapping[str, Any]) -> FastAPI:
    """The gateway over the three services; an ASGI app is all that a server asks for."""
    apps = {
        "intake": intake.build(IntakeSettings(**settings)),
        "scoring": scoring.build(ScoringSettings(**settings)),
        "notify": notify.build(NotifySettings(**settings)),
    }
    return cast(FastAPI, Gateway(apps))


async def metrics(rancak: Rancak, url: str) -> dict[Sample, float]:
    """All samples of a page that is a valid exposition."""
    page = await rancak.http.get(f"{url}/metrics")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/plain; version=")
    return samples_of(page.text)


def samples_of(text: str) -> dict[Sample, float]:
    """The parser takes a family or sample that comes twice; a Prometheus server does not."""
    samples = [
        (sample.name, frozenset(sample.labels.items()), sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    ]
    for kind in ("HELP", "TYPE"):
        announced = Counter(re.findall(rf"^# {kind} (\S+)", text, re.MULTILINE))
        assert [name for name, count in announced.items() if count > 1] == []
    assert len({(name, labels) for name, labels, _ in samples}) == len(samples)
    return {(name, labels): value for name, labels, value in samples}


def value(samples: Mapping[Sample, float], name: str, **labels: str) -> float | None:
    return samples.get((name, frozenset(labels.items())))


async def some_traffic(rancak: Rancak) -> None:
    """Three events that are accepted, one again, one that is rejected, and a page not found."""
    await rancak.register()
    for event in (*(answer() for _ in range(3)), answer(event_id="kenari", scores={"time": 9})):
        await rancak.post(event)
    again = answer(event_id="lagi")
    assert (await rancak.post([again, again])).status_code == 202
    for url in rancak.urls.values():
        await rancak.http.get(f"{url}/tiket/kenari?kunci=kenari")


async def caught_up(rancak: Rancak, url: str, service: str, stream: str, head: int) -> None:
    """Wait until a consumer's gauges show that it applied everything; they add up all the time."""

    async def shows_it() -> bool:
        found = await metrics(rancak, url)
        gauge = f"rancak_{service}_events"
        states = {state: value(found, gauge, stream=stream, state=state) for state in STATES}
        if states["head"] is None:  # the consumer has not looked yet
            return False
        assert states["head"] == sum(states[state] or 0 for state in STATES[1:]), states
        return states["head"] == states["applied"] == head

    await wait_until(shows_it, f"{service} to show {head} events of {stream} as applied")


async def test_every_service_shows_what_it_did(rancak: Rancak) -> None:
    await some_traffic(rancak)
    registered = (await rancak.streams())["registry"]["head"]

    await caught_up(rancak, rancak.urls["scoring"], "scoring", "feedback.0", 4)
    await caught_up(rancak, rancak.urls["notify"], "notify", "registry", registered)

    found = await metrics(rancak, rancak.urls["intake"])
    counted = {"accepted": 4.0, "duplicate": 1.0, "rejected": 1.0}
    assert {
        status: value(found, "rancak_intake_events_total", status=status) for status in counted
    } == counted


async def test_names_and_labels_are_few_and_hold_nothing_of_a_request(rancak: Rancak) -> None:
    await some_traffic(rancak)

    for service, url in rancak.urls.items():
        for name, labels in await metrics(rancak, url):
            assert name.startswith((f"rancak_{service}_", "process_")), name
            for label, text in labels:
                assert "kenari" not in text, (name, label)
                assert label != "status" or re.fullmatch(r"[a-z]+|[1-5][0-9]{2}", text)
                assert label != "route" or text == "unmatched" or text.startswith("/")


async def test_the_gateway_merges_the_pages_of_all_services_into_a_valid_one(
    gateway: Rancak,
) -> None:
    await some_traffic(gateway)
    url = gateway.urls["intake"].removesuffix("/intake")

    await caught_up(gateway, url, "scoring", "feedback.0", 4)
    pages = [await metrics(gateway, gateway.urls[service]) for service in SERVICES]
    merged = await metrics(gateway, url)

    assert value(merged, "rancak_intake_events_total", status="accepted") == 4
    assert value(merged, "process_start_time_seconds") is not None
    assert set().union(*pages) <= merged.keys()
