"""Which machine and which versions a figure is from."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

PACKAGES = (
    "faststream",
    "redis",
    "hiredis",
    "sqlalchemy",
    "asyncpg",
    "fastapi",
    "uvicorn",
    "msgspec",
    "bytewax",
    "streamz",
)


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Cores, processor, memory, and the versions of everything that was measured."""

    cores: int
    processor: str
    memory_gb: int
    system: str
    versions: dict[str, str]

    def line(self) -> str:
        """All of it in one line."""
        versions = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        return (
            f"{self.cores} cores ({self.processor}), {self.memory_gb} GB, {self.system}; {versions}"
        )


def machine(servers: Sequence[tuple[str, str]]) -> Machine:
    """This machine; `servers` are (name, version) of the running servers."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return Machine(
        cores=os.cpu_count() or 1,
        processor=_processor(),
        memory_gb=round(pages / 1e9),
        system=f"{platform.system()} {platform.release()}",
        versions={"Python": platform.python_version(), **dict(servers), **_packages()},
    )


def _packages() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
