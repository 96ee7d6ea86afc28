"""Anybody can derive a published figure again, and finds out if it was changed."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime

import pytest

from deploy.check_figure import Differs, Source, check
from tests.events import answer
from tests.pages.visiting import Visitor
from tests.running import SERVICE_KEY, Rancak

Tamper = Callable[[str, bytes], bytes]


class OneOrigin(Source):
    """Both services behind one address, and somebody who changes what they answer."""

    def __init__(self, rancak: Rancak, tamper: Tamper | None = None) -> None:
        super().__init__("", SERVICE_KEY)
        self._urls = rancak.urls
        self._tamper = tamper

    def get(self, path: str, **query: object) -> bytes:
        self._url = self._urls["intake" if path.startswith("/v1/log") else "scoring"]
        body = super().get(path, **query)
        return self._tamper(path, body) if self._tamper else body


async def checked(rancak: Rancak, figure: str, tamper: Tamper | None = None) -> list[str]:
    """What the stand-alone checker finds good. Raises Differs."""
    source = OneOrigin(rancak, tamper)
    return await asyncio.to_thread(lambda: list(check(source, figure, with_log=True)))


@pytest.fixture
async def city(rancak: Rancak) -> Rancak:
    """Two services with answers of a closed year, and one of this year."""
    await rancak.register("dpmptsp", "nib", "siup")
    await rancak.register("disdukcapil", "ktp")
    low = {"requirements": 1, "time": 2, "facilities": 3}
    for month in ("02", "07"):
        time = f"2021-{month}-04T10:00:00+07:00"
        posted = await rancak.post(
            [answer(time=time, scores=low) for _ in range(11)]
            + [answer(service="dpmptsp.siup", time=time) for _ in range(10)]
        )
        assert posted.status_code == 202, posted.text
    await rancak.answered(20, service="disdukcapil.ktp")
    await rancak.published(42, period="2021")
    await rancak.published(20, "agency:disdukcapil")
    return rancak


async def figure_of(rancak: Rancak, scope: str, period: str) -> str:
    """The receipt that the public answer names."""
    return str((await rancak.public(scope, period))["figure"])


async def test_a_figure_is_derived_again_from_open_data_and_from_the_log(city: Rancak) -> None:
    this_year = str(datetime.now().year)
    for scope, period, n in (
        ("city", "2021", "42"),
        ("agency:dpmptsp", "2021-S2", "21"),
        ("service:dpmptsp.nib", "2021-02", "11"),
        ("place:mpp", "2021-Q1", "21"),
        ("agency:disdukcapil", this_year, "20"),
    ):
        found = await checked(city, await figure_of(city, scope, period))

        assert found[1].startswith(f"{n} answers"), scope
        assert "computed again" in found[2]
        assert found[-1] == f"the log has the same {n} answers with the same sums"


def in_figure(name: str, value: object) -> Tamper:
    def change(path: str, body: bytes) -> bytes:
        if not path.startswith("/v1/figures/"):
            return body
        receipt = json.loads(body)
        receipt["figure"][name] = value
        return json.dumps(receipt).encode()

    return change


def in_batch(change_one: Callable[[dict[str, object]], None]) -> Tamper:
    def change(path: str, body: bytes) -> bytes:
        if path != "/v1/open/batches":
            return body
        page = json.loads(body)
        change_one(page["items"][0])
        return json.dumps(page).encode()

    return change


def without_first_batch(path: str, body: bytes) -> bytes:
    if path != "/v1/open/batches":
        return body
    page = json.loads(body)
    return json.dumps({**page, "items": page["items"][1:]}).encode()


def in_log(old: bytes, new: bytes) -> Tamper:
    def change(path: str, body: bytes) -> bytes:
        return body.replace(old, new, 1) if path.startswith("/v1/log/feedback") else body

    return change


def without_a_line(path: str, body: bytes) -> bytes:
    if not path.startswith("/v1/log/feedback"):
        return body
    lines = body.splitlines(keepends=True)
    return b"".join(lines[:1] + lines[2:])


def more_answers(batch: dict[str, object]) -> None:
    batch["n"] = 12


def better_time(batch: dict[str, object]) -> None:
    batch["elements"] = {**batch["elements"], "time": {"n": 11, "sum": 44}}  # type: ignore[dict-item]  # JSON


TAMPERINGS: dict[str, Tamper] = {
    "a better index": in_figure("index", "99.99"),
    "another class": in_figure("class", "A+"),
    "another watermark": in_figure("watermark", {}),
    "a batch less": without_first_batch,
    "a batch with more answers": in_batch(more_answers),
    "a batch with a better element": in_batch(better_time),
    "a better answer in the log": in_log(b'"time":2', b'"time":4'),
    "an answer less in the log": without_a_line,
}


async def test_whatever_is_changed_is_found(city: Rancak) -> None:
    figure = await figure_of(city, "city", "2021")

    for what, tamper in TAMPERINGS.items():
        with pytest.raises(Differs):
            await checked(city, figure, tamper)
            pytest.fail(f"not found: {what}")


async def test_the_page_of_a_receipt_shows_its_hash_its_parts_and_what_came_after(
    city: Rancak,
) -> None:
    visitor = Visitor(city)
    first = await figure_of(city, "service:dpmptsp.nib", "2021")
    posted = await city.post(
        [answer(time="2021-03-04T10:00:00+07:00", scores={"time": 1}) for _ in range(10)]
    )
    assert posted.status_code == 202
    await city.published(32, "service:dpmptsp.nib", "2021")
    second = await figure_of(city, "service:dpmptsp.nib", "2021")

    old, new = await visitor.open(f"/angka/{first}"), await visitor.open(f"/angka/{second}")

    receipt = (await city.http.get(f"{city.urls['scoring']}/v1/figures/{second}")).json()
    assert receipt["hash"] in new.one("main").text
    assert receipt["figure"]["supersedes"] == first
    assert (receipt["holds"], receipt["newest"]) == (True, second)
    assert f"/angka/{second}" in {link.attributes["href"] for link in old.all("a")}
    assert "digantikan" in old.one("main").text
    assert "digantikan" not in new.one("main").text
    await visitor.open("/angka/f999999", status=404)
    await visitor.open(f"/angka/{first}?bahasa=en")
