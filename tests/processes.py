"""Rancak as real processes over private servers, so that tests can kill what they like."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from deploy.servers import SERVICES, Servers, Valkey, free_port, temporary_servers
from services.intake import migrations as intake
from services.notify import migrations as notify
from services.scoring import migrations as scoring
from tests.running import SECRET_KEY, SERVICE_KEY, Rancak, client, first_admin_key
from tests.servers import folder_of_test
from tests.waiting import wait_until


@dataclass
class Processes:
    """The services of one system, each its own process; `rancak` talks to them."""

    servers: Servers
    folder: Path
    ports: dict[str, int]
    database_urls: dict[str, str]
    rancak: Rancak
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    async def start(self, name: str) -> None:
        """Start a service and wait until it answers."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(  # noqa: ASYNC220  # started, not waited for
                [
                    sys.executable,
                    "-m",
                    "services",
                    name,
                    "serve",
                    "--port",
                    str(self.ports[name]),
                ],
                env=self._environment(),
                stdout=log,
                stderr=log,
            )
        await self.ready(name)
        if name == "intake" and not self.rancak.admin_key:
            self.rancak.admin_key = await first_admin_key(self.servers.postgres.url("intake"))

    async def ready(self, name: str, *, timeout: float = 30) -> None:
        """Wait until a service says that it makes progress."""

        async def is_ready() -> bool:
            assert self.running[name].poll() is None, self.log_of(name)
            try:
                answer = await self.rancak.http.get(self.rancak.urls[name] + "/readyz")
            except httpx.HTTPError:
                return False
            return answer.status_code == 200

        await wait_until(is_ready, f"{name} to be ready", timeout=timeout)

    def kill(self, name: str) -> None:
        """kill -9, and see that it bit."""
        process = self.running[name]
        process.send_signal(signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL, "the fault did not bite"

    def stop(self) -> None:
        """End what is still running."""
        for process in self.running.values():
            if process.poll() is None:
                process.terminate()
        for process in self.running.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def log_of(self, name: str) -> str:
        """The end of a service's log, for a failing assertion."""
        return (self.folder / f"{name}.log").read_text()[-2000:]

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "RANCAK_ENV": "test",
            "RANCAK_SERVICE_KEY": SERVICE_KEY,
            "RANCAK_SECRET_KEY": SECRET_KEY,
            "RANCAK_REDIS_URL": self.servers.valkey.url,
            "RANCAK_INTAKE_URL": self.rancak.urls["intake"],
            "RANCAK_SCORING_URL": self.rancak.urls["scoring"],
            "RANCAK_WEBHOOK_ALLOW_NETS": "127.0.0.0/8",
            "RANCAK_LOG_LEVEL": "warning",
            **{
                f"RANCAK_{name.upper()}_DATABASE_URL": url
                for name, url in self.database_urls.items()
            },
        }


@asynccontextmanager
async def processes(
    *names: str, intake_database_port: int | None = None, redis_command: Sequence[str] = ()
) -> AsyncIterator[Processes]:
    """Private servers and the named services (default: intake and scoring) as processes."""
    with folder_of_test() as folder, temporary_servers(folder) as servers:
        if redis_command:
            _start_instead(servers.valkey, redis_command)
        await servers.postgres.prepare()
        for name, migrations in (("intake", intake), ("scoring", scoring), ("notify", notify)):
            await asyncio.to_thread(migrations.upgrade, servers.postgres.url(name))
        ports = {name: free_port() for name in SERVICES}
        urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        database_urls = {name: servers.postgres.url(name) for name in SERVICES}
        async with client() as http:
            rancak = Rancak(urls, database_urls, servers.valkey.url, "", http)
            system = Processes(servers, folder, ports, database_urls, rancak)
            if intake_database_port is not None:
                system.database_urls["intake"] = servers.postgres.url("intake").replace(
                    f":{servers.postgres.port}/", f":{intake_database_port}/"
                )
            try:
                for name in names or ("intake", "scoring"):
                    await system.start(name)
                yield system
            finally:
                system.stop()


def _start_instead(valkey: Valkey, command: Sequence[str]) -> None:
    valkey.stop()
    valkey.forget()
    valkey.command = command
    valkey.start()
