"""`rancak up` as a newcomer meets it: one installation from its first start to its third."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from deploy.servers import free_port
from tests.running import Rancak, bearer, client
from tests.servers import folder_of_test
from tests.system.hanging import postgres_hangs
from tests.waiting import wait_until

pytestmark = pytest.mark.asyncio(loop_scope="module")

READY = re.compile(r"ready: (?P<url>http://\S+/)\s.* admin key: (?P<key_file>\S+)\s")
PORTS = re.compile(r"@127\.0\.0\.1:(\d+)/")
SERVICES = {"intake", "scoring", "notify"}


@dataclass
class Up:
    """One run of the command in a folder of its own, and what it says."""

    folder: Path
    options: tuple[str, ...] = ("--data", "data")
    port: int = field(default_factory=free_port)
    ports: list[int] = field(default_factory=list)
    key_file: Path = Path()

    def __post_init__(self) -> None:
        self.said = self.folder / f"said-{self.port}.txt"
        with self.said.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services", "up", "--port", str(self.port), *self.options],
                cwd=self.folder,
                env={"PATH": os.environ["PATH"], "TMPDIR": str(self.folder)},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def url(self) -> str:
        """Where it should answer."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def lines(self) -> list[str]:
        """All that it has said."""
        return self.said.read_text().splitlines()

    @property
    def key(self) -> str:
        """The first admin key, from the file that it told of."""
        return self.key_file.read_text().strip()

    async def begun(self) -> None:
        """Wait until it is about to make PostgreSQL's data."""
        await wait_until(lambda: any(self.folder.glob("*/**/PG_VERSION")), "its first data")

    async def started(self) -> "Up":
        """Wait until the start has ended."""

        def is_ready() -> bool:
            assert self.process.poll() is None, self.lines
            return bool(self.lines) and READY.search(self.lines[-1]) is not None

        await wait_until(is_ready, f"`up` to be ready; it said {self.lines}", timeout=60)
        told = READY.search(self.lines[-1])
        assert told is not None and told["url"] == f"{self.url}/", self.lines
        self.key_file = Path(told["key_file"])
        settings = next(self.folder.glob("*/settings.env")).read_text()
        self.ports = [self.port, *{int(port) for port in PORTS.findall(settings)}]
        assert len(self.ports) == 3 and all(map(is_open, self.ports)), self.ports
        assert len(processes_in(self.folder)) > 2, "void: no servers are seen"
        return self

    async def ended_by(self, how: signal.Signals) -> int:
        """Send a signal as the terminal does; its exit code."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, how)
        return await asyncio.to_thread(self.process.wait, 30)

    async def leaves_nothing(self) -> None:
        """No process works in the folder any more, no port is open."""
        await wait_until(lambda: processes_in(self.folder) == [], "the servers to follow")
        assert not any(map(is_open, self.ports))


def processes_in(folder: Path) -> list[str]:
    """The processes that work in a folder: `up` and both servers do."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            if (process / "cwd").readlink().is_relative_to(folder):
                found.append((process / "cmdline").read_text().replace("\0", " "))
    return found


def is_open(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


def postgres_in(folder: Path) -> int:
    """The process id of the PostgreSQL in a data folder."""
    return int((folder / "postgres" / "postmaster.pid").read_text().split()[0])


@asynccontextmanager
async def watched(up: Up) -> AsyncIterator[list[dict[str, Any] | None]]:
    """Ask /readyz again and again: the body of each green answer, None for all others."""
    looks, over = list[dict[str, Any] | None](), asyncio.Event()

    async def look() -> None:
        async with client(timeout=10) as http:
            while not over.is_set():
                try:
                    answer = await http.get(f"{up.url}/readyz")
                except httpx.HTTPError:
                    looks.append(None)
                else:
                    looks.append(answer.json() if answer.status_code == 200 else None)
                await asyncio.sleep(0.02)

    task = asyncio.create_task(look())
    try:
        yield looks
    finally:
        over.set()
        await task


def assert_green_means_all(looks: list[dict[str, Any] | None]) -> None:
    green = [look["services"] for look in looks if look is not None]
    assert green and len(green) < len(looks), "void: it was always red or always green"
    for services in green:
        assert {name for name, found in services.items() if found["status"] == "ready"} == SERVICES


@asynccontextmanager
async def rancak_of(up: Up) -> AsyncIterator[Rancak]:
    urls = dict.fromkeys(SERVICES, up.url)
    async with client() as http:
        yield Rancak(urls, {}, "", up.key, http)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with folder_of_test() as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def first(folder: Path) -> AsyncIterator[Up]:
    """The first start. It has an agency and one answer that is counted."""
    up = Up(folder)
    try:
        async with watched(up) as looks:
            await up.started()
            await wait_until(lambda: looks[-1] is not None, "/readyz to be green")
        assert_green_means_all(looks)
        async with rancak_of(up) as rancak:
            await rancak.register("dpmptsp", "nib")
            await rancak.answered(1)
            await rancak.counted(1)
        yield up
    finally:
        await up.ended_by(signal.SIGTERM)


async def test_the_first_start_ends_by_telling_where_the_key_lies(first: Up) -> None:
    assert first.key_file == first.folder / "data" / "admin.key"
    assert first.key_file.stat().st_mode & 0o777 == 0o600
    assert first.key.startswith("rk_live_")
    assert not any("rk_live" in line for line in first.lines), "the key itself was printed"


@pytest.mark.parametrize(
    "path", ["/", "/layanan/dpmptsp.nib", "/isi/dpmptsp.nib", "/docs", "/asyncapi"]
)
async def test_pages_of_all_services_answer_on_the_one_port(first: Up, path: str) -> None:
    async with client() as http:
        page = await http.get(first.url + path, headers={"Accept": "text/html"})

    assert (page.status_code, page.headers["content-type"][:9]) == (200, "text/html")


async def test_the_signed_heads_of_the_day_are_public_on_the_one_port(first: Up) -> None:
    async def names() -> set[str]:
        found = (await http.get(f"{first.url}/.well-known/rancak-heads.json")).json()
        return {name for item in found["items"] for name in item["heads"]}

    async def are_signed() -> bool:
        return {"registry", "feedback.0", "figures", "receipts"} <= await names()

    async with client() as http:
        await wait_until(are_signed, "the heads to be signed")


async def test_readyz_is_red_while_the_database_hangs_and_green_after_it(first: Up) -> None:
    async with watched(first) as looks:
        with postgres_hangs(postgres_in(first.folder / "data")):
            await wait_until(lambda: looks[-1:] == [None], "/readyz to be red")
        await wait_until(lambda: looks[-1] is not None, "/readyz to be green", timeout=5)

    assert_green_means_all(looks)


async def test_a_taken_port_gives_one_clear_line_and_an_exit_code(first: Up) -> None:
    other = first.folder / "other"
    other.mkdir()
    second = Up(other, port=first.port)

    assert await asyncio.to_thread(second.process.wait, 30) not in {0, None}
    assert f"port {first.port} is taken" in second.lines[0]
    assert len(second.lines) == 2, "the second line says what to do"
    assert not (other / "data").exists()


async def test_ctrl_c_ends_it_well_and_leaves_no_server_and_no_open_port(first: Up) -> None:
    assert await first.ended_by(signal.SIGINT) == 0, first.lines
    await first.leaves_nothing()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def second(first: Up, folder: Path) -> AsyncIterator[Up]:
    """A start on the data of the first."""
    await first.ended_by(signal.SIGINT)
    up = Up(folder)
    try:
        yield await up.started()
    finally:
        await up.ended_by(signal.SIGTERM)


async def test_a_second_start_finds_its_data_and_makes_no_new_key(first: Up, second: Up) -> None:
    assert second.key_file == first.key_file
    assert second.key_file.stat().st_mtime < second.said.stat().st_mtime
    await finds_its_data(second)


async def test_kill_9_leaves_no_server_behind_and_the_next_start_works(
    second: Up, folder: Path
) -> None:
    assert await second.ended_by(signal.SIGKILL) == -signal.SIGKILL, "void: it was not killed"
    await second.leaves_nothing()

    third = Up(folder)
    try:
        await finds_its_data(await third.started())
    finally:
        assert await third.ended_by(signal.SIGTERM) == 0, third.lines
    await third.leaves_nothing()


async def finds_its_data(up: Up) -> None:
    """The agency, the answer and the key of the first start are there, no other key was made."""
    async with rancak_of(up) as rancak:
        await rancak.counted(1)
        agency = await rancak.http.get(f"{up.url}/v1/agencies/dpmptsp")
        assert agency.status_code == 200
        await rancak.register("dpmptsp", "nib")
        keys = await rancak.http.get(f"{up.url}/v1/keys", headers=bearer(up.key))
    admins = [key for key in keys.json()["items"] if "admin" in key["scopes"]]
    assert len(admins) == 1, admins


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_a_first_start_that_was_cut_off_does_not_spoil_the_next(how: signal.Signals) -> None:
    with folder_of_test() as made:
        cut = Up(made)
        await cut.begun()
        await cut.ended_by(how)

        up = Up(made)
        try:
            await up.started()
        finally:
            await up.ended_by(signal.SIGINT)
        assert {path.name for path in (up.folder / "data").glob("initdb-*")} == set()


@pytest.mark.parametrize("point", [Up.begun, Up.started])
async def test_ephemeral_leaves_no_folder_behind_whenever_it_is_stopped(
    point: Callable[[Up], Awaitable[object]],
) -> None:
    with folder_of_test() as made:
        up = Up(made, ("--ephemeral",))
        await point(up)
        assert any(up.folder.glob("*/**/PG_VERSION")), "void: it has no data"

        assert await up.ended_by(signal.SIGINT) == 0, up.lines
        assert list(up.folder.iterdir()) == [up.said]
        await up.leaves_nothing()
