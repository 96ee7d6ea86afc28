"""`rancak demo` on a running system: exact counts, marked as simulated, never counted twice."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from redis.asyncio import Redis
from typer.testing import CliRunner

from services.cli import app as commands
from services.commands.catalogue import files
from services.commands.demo.city import city_of
from services.commands.demo.year import Options, Year, simulate
from services.scoring.domain.clock.worktime import WIB, WorkTime
from services.scoring.usecases.work_calendar import national_calendar
from tests.pages.visiting import Visitor
from tests.running import Rancak, bearer, one_origin_on
from tests.servers import TestServers
from tests.waiting import wait_until

AGENCIES = ("dishub", "perumda-air-minum", "satpolpp")
OPTIONS = Options(1, 2025, 5, 120, 60, AGENCIES)
MARK = "Contoh/simulasi – bukan data resmi"


@pytest.fixture
async def city(servers: TestServers, database: str, redis: Redis) -> AsyncIterator[Rancak]:
    async with one_origin_on(servers, database) as running:
        yield running


async def demo(city: Rancak, *more: str) -> Any:
    only = [word for agency in AGENCIES for word in ("--only", agency)]
    size = ["--year", "2025", "--days", "5", "--answers", "120", "--applications", "60", "--json"]
    where = {"RANCAK_URL": city.urls["intake"], "RANCAK_KEY": city.admin_key}
    words = ["demo", *only, *size, *more]
    return await asyncio.to_thread(CliRunner(env=where).invoke, commands, words)


async def ask(city: Rancak, path: str, **asked: str) -> dict[str, Any]:
    found = await city.http.get(
        city.urls["scoring"] + path, params=asked, headers=bearer(city.admin_key)
    )
    assert found.status_code == 200, found.text
    return dict(found.json())


def expected() -> Year:
    where = WorkTime.of(WIB, national_calendar())
    rows = files.read(files.EXAMPLE)
    return simulate(OPTIONS, city_of(rows, AGENCIES, 1), where, datetime.now(UTC))


async def test_a_tiny_city_is_counted_exactly_once_and_never_passes_for_a_real_one(
    city: Rancak,
) -> None:
    told = expected()

    first = await demo(city)
    again = await demo(city)

    assert (first.exit_code, again.exit_code) == (0, 0), first.output + again.output
    for result, accepted in ((first, len(told.told)), (again, 0)):
        assert f'"accepted": {accepted},' in result.stdout
        assert '"answers": 120,' in result.stdout
    await _its_figures_are_those_of_the_simulation(city, told)
    await _its_pages_are_marked(city)

    await city.register("dpmptsp", "nib", place="loket")
    refused = await demo(city)
    mixed = await demo(city, "--yes-mix")

    assert refused.exit_code == 1
    assert "dpmptsp" in refused.stderr and "--yes-mix" in refused.stderr
    assert mixed.exit_code == 0, mixed.output
    await _what_is_real_is_told_apart(city)


async def _its_figures_are_those_of_the_simulation(city: Rancak, told: Year) -> None:
    def decided() -> int:
        return told.on_time.total() + told.late.total()

    async def are_decided() -> bool:
        found = await ask(city, "/v1/deadlines", scope="city", period="2025", view="live")
        return bool(found["decided"] == decided())

    await wait_until(are_decided, "all decisions to be reckoned")
    deadlines = await ask(city, "/v1/deadlines", scope="city", period="2025", view="live")
    assert deadlines["received"] == told.received.total() == 60
    assert (deadlines["on_time"], deadlines["late"]) == (told.on_time.total(), told.late.total())
    for service, n in told.answers.items():
        found = await ask(city, "/v1/index", scope=f"service:{service}", period="2025", view="live")
        assert (found["n"], found["example"]) == (n, True), service
    silent = await ask(city, "/v1/index", scope="agency:satpolpp", period="2025", view="live")
    assert (silent["n"], silent["example"]) == (0, True)
    assert deadlines["example"]
    for path, asked in (
        ("/v1/index", {"scope": "city", "period": "2025"}),
        ("/v1/index", {"scope": "place:balai-kota", "period": "2025"}),
        ("/v1/index/trend", {"scope": "agency:dishub", "grain": "quarter"}),
        ("/v1/index/ranking", {"unit": "agency", "period": "2025"}),
        ("/v1/performance", {"scope": "service:dishub.uji-kir", "period": "2025"}),
        ("/v1/complaints", {"scope": "agency:dishub", "period": "2025"}),
    ):
        assert (await ask(city, path, **asked))["example"], path


async def _its_pages_are_marked(city: Rancak) -> None:
    async def is_public() -> bool:
        return (await city.public("city", "2025"))["figure"] is not None

    await wait_until(is_public, "a public figure", timeout=30)
    receipt = (await city.public("city", "2025"))["figure"]
    visitor = Visitor(city)
    for path in (
        "/",
        "/instansi/satpolpp",
        "/layanan/dishub.uji-kir",
        "/tempat/balai-kota?bahasa=en",
        f"/angka/{receipt}",
    ):
        page = await visitor.open(path)
        (mark,) = page.all("p", **{"class": "example"})
        assert mark.text.startswith(MARK), path
    assert (await ask(city, f"/v1/figures/{receipt}"))["example"]
    report = await ask(
        city,
        "/v1/reports/skm",
        scope="agency:dishub",
        period="2025",
        format="json",
        view="live",
    )
    assert report["simulated"]


async def _what_is_real_is_told_apart(city: Rancak) -> None:
    visitor = Visitor(city)

    async def is_known() -> bool:
        return "DPMPTSP" in (await visitor.open("/")).source

    await wait_until(is_known, "the real agency")
    front = await visitor.open("/")
    assert front.all("p", **{"class": "example"}), "a city with examples in it is marked"
    names = [head.text for head in front.all("th", scope="row")]
    assert any(name.startswith("Dinas Perhubungan") and "contoh" in name for name in names), names
    assert {"DPMPTSP", "Mal Pelayanan Publik"} <= set(names), "these are real, and say nothing"
    for path in ("/instansi/dpmptsp", "/layanan/dpmptsp.nib", "/tempat/loket"):
        assert MARK not in (await visitor.open(path)).source, path
    real = await ask(city, "/v1/deadlines", scope="agency:dpmptsp", period="2025")
    assert real["example"] is False
