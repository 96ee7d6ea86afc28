"""A PostgreSQL that stands still: every connection is open, and nothing is answered."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def postgres_hangs(main: int) -> Iterator[None]:
    """SIGSTOP to a PostgreSQL's main process and all that it started, until the block ends."""
    os.kill(main, signal.SIGSTOP)  # first, so that it starts no more
    children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    everybody = [main, *map(int, children)]
    for pid in everybody:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in everybody:
            os.kill(pid, signal.SIGCONT)
