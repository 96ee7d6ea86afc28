"""PostgreSQL, Valkey and all three services on one port of this machine: what `rancak up` runs."""

import asyncio
import gc
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import typer
import uvicorn
from fastapi import FastAPI
from rich.console import Console

from deploy.gateway import SERVICES, Gateway
from deploy.servers import ServerFailed, Servers
from services.intake import app as intake
from services.intake import migrations as intake_migrations
from services.intake.settings import Settings as IntakeSettings
from services.intake.usecases.keys import issue_first_admin_key
from services.notify import app as notify
from services.notify import migrations as notify_migrations
from services.notify.settings import Settings as NotifySettings
from services.scoring import app as scoring
from services.scoring import migrations as scoring_migrations
from services.scoring.settings import Settings as ScoringSettings
from shared import database, logs
from shared.http.edge import EdgeProtocol
from shared.serve import collect_garbage_seldom, share_fairly

KEY_FILE = "admin.key"
ENDPOINT_FILE = "endpoint.json"
SETTINGS_FILE = "settings.env"
PORT_TAKEN = 98
REMOVE_TRIES = 50
MIGRATIONS = {
    "intake": intake_migrations,
    "scoring": scoring_migrations,
    "notify": notify_migrations,
}


def run(host: str, port: int, *, data: Path | None, log_level: str, demo: bool = False) -> None:
    """Until Ctrl-C; without a data folder, on one that is thrown away. `demo`: fill it, too."""
    _refuse_taken_port(host, port)
    logs.configure(service="rancak", level=log_level, pretty=sys.stdout.isatty())
    with _folder(data) as folder, _interruptible():
        try:
            _run(folder, host, port, log_level, demo=demo)
        except ServerFailed as failed:
            _say(f"[red]{failed}[/]")
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            _say("Berhenti · Stopped")


def _run(folder: Path, host: str, port: int, log_level: str, *, demo: bool) -> None:
    servers = Servers.under(folder, lambda name: _secret(folder, name))
    _say("Menyalakan PostgreSQL dan Valkey · Starting PostgreSQL and Valkey …")
    try:
        servers.start()
        asyncio.run(servers.postgres.prepare())
        _say("Memutakhirkan skema · Migrating …")
        for name, migrations in MIGRATIONS.items():
            migrations.upgrade(servers.postgres.url(name))
        settings = _settings(servers, folder, f"http://{host}:{port}", log_level)
        lines = [f"RANCAK_{name.upper()}={value}\n" for name, value in settings.items()]
        _write_secret(folder / SETTINGS_FILE, "".join(lines))
        gateway = Gateway(_apps(settings))
        collect_garbage_seldom()
        share_fairly()
        _serve(gateway, host, port, folder / KEY_FILE, servers, demo=demo)
    finally:
        _say("Menghentikan server · Stopping the servers …")
        servers.stop()
        for name in (ENDPOINT_FILE, SETTINGS_FILE):
            (folder / name).unlink(missing_ok=True)
        gc.unfreeze()


def _serve(
    gateway: Gateway, host: str, port: int, key_file: Path, servers: Servers, *, demo: bool
) -> None:
    config = uvicorn.Config(
        gateway,
        host=host,
        port=port,
        loop="uvloop",
        http=EdgeProtocol,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    server = _Announcing(config, key_file, servers.postgres.url("intake"), demo=demo)
    server.run()
    if not server.started:
        raise typer.Exit(1)


class _Announcing(uvicorn.Server):
    """Says where to open Rancak once it is open, and then starts the demo if it is wanted."""

    def __init__(
        self, config: uvicorn.Config, key_file: Path, intake_url: str, *, demo: bool
    ) -> None:
        super().__init__(config)
        self._key_file = key_file
        self._intake_url = intake_url
        self._wants_demo = demo
        self._demo: Process | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, make the first admin key, and tell."""
        await super().startup(sockets)
        if not self.started:
            return
        await _make_admin_key(self._intake_url, self._key_file)
        url = f"http://{self.config.host}:{self.config.port}"
        endpoint = {"url": url, "key_file": str(self._key_file.resolve())}
        (self._key_file.parent / ENDPOINT_FILE).write_bytes(msgspec.json.encode(endpoint))
        _say(
            f"[bold green]Rancak siap · ready:[/] {url}/   "
            f"kunci admin · admin key: {self._key_file}   (Ctrl-C berhenti · stops)"
        )
        if self._wants_demo:
            # A process of its own: it asks as anybody would, and takes no time from the services.
            key = self._key_file.read_text().strip()
            where = {**os.environ, "RANCAK_URL": url, "RANCAK_KEY": key}
            demo = (sys.executable, "-m", "services", "demo")
            self._demo = await asyncio.create_subprocess_exec(*demo, env=where)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """The demo ends first: it would only complain."""
        if self._demo is not None and self._demo.returncode is None:
            with suppress(ProcessLookupError):  # it may have ended just now
                self._demo.terminate()
            await self._demo.wait()
        await super().shutdown(sockets)


async def _make_admin_key(intake_url: str, key_file: Path) -> None:
    engine = database.engine(intake_url, pool=1)
    try:
        async with engine.begin() as connection:
            key = await issue_first_admin_key(connection)
            if key is not None:  # written before the commit: a key nobody has is worse than none
                _write_secret(key_file, key + "\n")
    finally:
        await engine.dispose()


def _settings(servers: Servers, folder: Path, url: str, log_level: str) -> dict[str, str]:
    """All settings of the three services; also what operators' commands find in settings.env."""
    return {
        "redis_url": servers.valkey.url,
        "service_key": _secret(folder, "service-key"),
        "secret_key": _secret(folder, "secret-key"),
        "public_url": url,
        "log_level": log_level,
        "intake_url": f"{url}/intake",
        "scoring_url": f"{url}/scoring",
        **{f"{name}_database_url": servers.postgres.url(name) for name in SERVICES},
    }


def _apps(settings: Mapping[str, Any]) -> Mapping[str, FastAPI]:
    return {
        "intake": intake.build(IntakeSettings(**settings)),
        "scoring": scoring.build(ScoringSettings(**settings)),
        "notify": notify.build(NotifySettings(**settings)),
    }


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    """The data folder: kept, or made for this run and removed after it."""
    if data is not None:
        data.mkdir(mode=0o700, exist_ok=True)
        yield data.resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="rancak-"))
    try:
        yield folder
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    """Until it is gone: an initdb that was interrupted still writes for a moment."""
    for _ in range(REMOVE_TRIES):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM ends the start-up as Ctrl-C does; once it serves, uvicorn handles both."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _secret(folder: Path, name: str) -> str:
    """A secret of this installation, made on the first start (mode 0600)."""
    path = folder / f"{name}.secret"
    if not path.exists():
        _write_secret(path, secrets.token_hex(32))
    return path.read_text().strip()


def _write_secret(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)


def _refuse_taken_port(host: str, port: int) -> None:
    try:
        with socket.create_server((host, port)):
            return
    except OSError as taken:
        _say(f"[red]Porta {port} sedang dipakai · port {port} is taken[/] ({taken.strerror})")
        _say('Pilih yang lain · Choose another: make up ARGS="--port 9000"')
        raise typer.Exit(PORT_TAKEN) from None


def _say(text: str) -> None:
    Console(soft_wrap=True, highlight=False).print(text)
