"""A real browser before a real `rancak up`: Debian's chromium, driven by Playwright."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from deploy.servers import free_port
from tests.running import bearer, client
from tests.servers import folder_of_test
from tests.standards import COMPLETE
from tests.waiting import wait_until

CHROMIUM = shutil.which("chromium")
# What would make it call home; without a sandbox because containers and CI run as root.
QUIET = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@dataclass(frozen=True)
class Site:
    """A running Rancak as a visitor sees it: one origin."""

    url: str
    http: httpx.AsyncClient

    async def register(self) -> None:
        """One agency, one place, two services, one of them with its standard."""
        for path, body in (
            ("agencies/dpmptsp", {"name": "Dinas Penanaman Modal", "kind": "dinas"}),
            ("places/mpp", {"name": "Mal Pelayanan Publik", "kind": "mpp"}),
            ("services/dpmptsp.nib", {"name": "Nomor Induk Berusaha"}),
            ("services/dpmptsp.nib/standard", {**COMPLETE, "example": True}),
            ("services/dpmptsp.pbg", {"name": "Persetujuan Bangunan Gedung"}),
        ):
            answer = await self.http.put(f"{self.url}/v1/{path}", json=body)
            assert answer.status_code == 200, answer.text


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[Site]:
    """`rancak up` as its own process, with something registered."""
    port = free_port()
    with folder_of_test() as made:
        folder = made / "data"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services", "up", "--port", str(port), "--data", str(folder)),
            stdout=asyncio.subprocess.DEVNULL,
        )
        try:
            endpoint = folder / "endpoint.json"  # written last
            await wait_until(endpoint.exists, "rancak up to be ready", timeout=30)
            key = (folder / "admin.key").read_text().strip()
            async with client(headers=bearer(key)) as http:
                opened = Site(f"http://127.0.0.1:{port}", http)
                await opened.register()
                yield opened
        finally:
            process.terminate()
            await process.wait()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        await started.close()
