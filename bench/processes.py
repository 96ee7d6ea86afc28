"""Child processes: started in their own session, ended by their pid, measured from /proc."""

import asyncio
import os
import resource
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

TICKS = os.sysconf("SC_CLK_TCK")
ROOT = Path(__file__).resolve().parents[1]
STOP_S = 15.0
_UTIME, _STIME, _CHILDREN_STIME = 11, 12, 14

Cpu = Callable[[], float]


class Died(RuntimeError):
    """A process of the benchmark ended on its own; the message is the end of what it wrote."""


@dataclass(slots=True)
class Child:
    """A running child process."""

    name: str
    process: asyncio.subprocess.Process
    log: Path

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def check(self) -> None:
        """Raise Died if it is not running any more."""
        if self.process.returncode is not None:
            raise Died(f"{self.name} ended ({self.process.returncode}): {tail(self.log)}")

    async def stop(self) -> None:
        """End it: politely, after STOP_S by force."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        await self._wait()

    async def finish(self) -> None:
        """Let a child that was asked all it was started for end by itself."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        await self._wait()

    async def ask(self, question: bytes) -> bytes:
        """Write one line to it, read one line of its answer."""
        if self.process.stdin is None or self.process.stdout is None:
            raise Died(f"{self.name} has no pipes")
        self.process.stdin.write(question + b"\n")
        await self.process.stdin.drain()
        answer = await self.process.stdout.readline()
        if not answer:
            await self.process.wait()
            self.check()
        return answer

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(STOP_S):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


async def start(
    name: str, command: Sequence[str], log: Path, *, env: Mapping[str, str], pipes: bool = False
) -> Child:
    """Start a child in its own session, so that Ctrl-C reaches only the benchmark itself."""
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            env={**os.environ, **env},
            stdin=asyncio.subprocess.PIPE if pipes else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE if pipes else output,
            stderr=output,
            start_new_session=True,
            limit=2**24,
        )
    return Child(name, process, log)


def tail(log: Path, characters: int = 2_000) -> str:
    """The end of a log file."""
    return log.read_text(errors="replace")[-characters:].strip() or "it wrote nothing"


def own_cpu(pid: int) -> Cpu:
    """CPU seconds of one process so far."""
    return lambda: _cpu_seconds(pid, _STIME)


def family_cpu(pid: int) -> Cpu:
    """The same with its children, those that have ended included: PostgreSQL's backends."""
    return lambda: (
        _cpu_seconds(pid, _CHILDREN_STIME)
        + sum(_cpu_seconds(child, _STIME) for child in children_of(pid))
    )


def waited_for_seconds() -> float:
    """CPU time of our own children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def children_of(pid: int) -> list[int]:
    """The processes that a process started."""
    try:
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    except OSError:
        return []


def resident_mb(pid: int) -> float:
    """Resident memory of a process in MB (10⁶ bytes)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise LookupError(f"process {pid} has no VmRSS")


class Usage(msgspec.Struct, frozen=True):
    """What a stretch of time cost: CPU seconds by name of process, and of everybody else."""

    wall: float
    seconds: dict[str, float]
    others: float

    def per_event(self, events: int) -> dict[str, float]:
        """CPU µs per event by name of process."""
        return {name: spent / max(events, 1) * 1e6 for name, spent in self.seconds.items()}

    def claimed(self, name: str, seconds: float) -> "Usage":
        """The same with CPU time that turned out to be of a process that has ended."""
        return Usage(self.wall, {**self.seconds, name: seconds}, max(0.0, self.others - seconds))

    def limits(self) -> str:
        """What kept it from going faster, as far as CPU time tells."""
        cores = os.cpu_count() or 1
        shares = {name: spent / self.wall for name, spent in self.seconds.items()}
        list_of_shares = ", ".join(
            f"{name} {share:.2f}"
            for name, share in sorted(shares.items(), key=lambda item: -item[1])
            if share >= 0.05
        )
        others = self.others / self.wall
        strangers = f"; other programs took {others:.2f}" if others >= 0.1 else ""
        name, share = max(shares.items(), key=lambda item: item[1])
        if share >= 0.8:  # a process that is preempted never shows a whole core
            return f"one core full of {name} ({list_of_shares}{strangers})"
        if sum(shares.values()) + others >= 0.9 * cores:
            return f"all {cores} cores full ({list_of_shares}{strangers})"
        return f"waiting, not computing ({list_of_shares}{strangers})"


class Meter:
    """Measures the CPU time of groups of processes between two moments."""

    def __init__(self, groups: Mapping[str, Cpu]) -> None:
        self._groups = groups
        self._before = self._read()

    def restart(self) -> None:
        """Measure from now on."""
        self._before = self._read()

    def stop(self) -> Usage:
        """What was used since the start."""
        then, busy_then, before = self._before
        now, busy, after = self._read()
        spent = {name: after[name] - before.get(name, 0.0) for name in after}
        others = busy - busy_then - sum(spent.values())
        return Usage(wall=now - then, seconds=spent, others=max(0.0, others))

    def _read(self) -> tuple[float, float, dict[str, float]]:
        spent = {name: spent_by() for name, spent_by in self._groups.items()}
        return time.perf_counter(), _busy_seconds(), spent


def _cpu_seconds(pid: int, last_field: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0  # it has ended
    return sum(int(field) for field in fields[_UTIME : last_field + 1]) / TICKS


def _busy_seconds() -> float:
    """CPU seconds that all cores together have worked (user, nice, system, interrupts)."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    user, nice, system, _idle, _iowait, irq, softirq = fields[:7]
    return (user + nice + system + irq + softirq) / TICKS
