"""Real PostgreSQL and Valkey from wheels, as child processes in a folder of their own."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.servers.child import Child, ServerFailed, free_port
from deploy.servers.postgres import Postgres, make_roles, wait_for_postgres
from deploy.servers.valkey import Valkey

__all__ = [
    "SERVICES",
    "Child",
    "Postgres",
    "ServerFailed",
    "Servers",
    "Valkey",
    "free_port",
    "make_roles",
    "temporary_servers",
    "wait_for_postgres",
]
SERVICES = ("intake", "scoring", "notify")


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
