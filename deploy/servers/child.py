"""A server as a child process that ends when we end, even when we are killed."""

import ctypes
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

START_S = 30.0
STOP_S = 15.0
_PR_SET_PDEATHSIG = 1
PORTS = range(10_000, 32_000)  # outgoing connections get higher ones


class ServerFailed(RuntimeError):
    """A server did not start; the message says where its log is."""


def free_port() -> int:
    """A port on loopback that nobody listens on now, and that no outgoing connection is given."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


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


def _dies_with_parent(how: signal.Signals) -> Callable[[], None]:
    libc = ctypes.CDLL(None, use_errno=True)

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(how))

    return ask
