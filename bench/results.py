"""What a row of the benchmark found: figures with what was wanted, peers, and what it cost."""

from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median

import msgspec

from bench.machine import Machine
from bench.processes import Usage


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure, measured once or several times. `wanted` None: for information."""

    name: str
    unit: str
    runs: list[float]
    wanted: float | None = None
    at_least: bool = True

    @property
    def middle(self) -> float:
        """The median of the runs."""
        return median(self.runs)

    @property
    def worst(self) -> float:
        """The worst run: the lowest where more is better, else the highest."""
        return min(self.runs) if self.at_least else max(self.runs)

    @property
    def reached(self) -> bool:
        """Whether the median is as good as wanted."""
        if self.wanted is None:
            return True
        return self.middle >= self.wanted if self.at_least else self.middle <= self.wanted


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody else's way of doing the same, measured in the same run."""

    name: str
    what: str
    runs: list[float]
    cpu_us_per_event: float | None = None

    @property
    def middle(self) -> float:
        """The median of the runs, in events a second."""
        return median(self.runs)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table."""

    row: str
    what: str
    seconds: float
    measures: list[Measure]
    peers: list[Peer] = []
    cpu_us_per_event: dict[str, float] = {}
    cores_used: dict[str, float] = {}
    other_programs: float = 0.0
    limited_by: str | None = None
    notes: list[str] = []
    at: str = ""
    machine: Machine | None = None

    @property
    def passed(self) -> bool:
        """Whether every figure is as good as wanted."""
        return all(measure.reached for measure in self.measures)


def row(
    name: str,
    what: str,
    seconds: float,
    measures: Sequence[Measure],
    *,
    usage: Usage,
    events: int,
    peers: Sequence[Peer] = (),
    notes: Sequence[str] = (),
) -> Row:
    """A row with its cost, and what limits it where a figure was not reached."""
    missed = not all(measure.reached for measure in measures)
    return Row(
        row=name,
        what=what,
        seconds=seconds,
        measures=list(measures),
        peers=list(peers),
        cpu_us_per_event={k: round(v, 2) for k, v in usage.per_event(events).items()},
        cores_used={k: round(v / usage.wall, 2) for k, v in usage.seconds.items()},
        other_programs=round(usage.others / usage.wall, 2),
        limited_by=usage.limits() if missed else None,
        notes=list(notes),
        at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def ratio(
    name: str, ours: Sequence[float], theirs: Sequence[float], wanted: float | None = None
) -> Measure:
    """How many times as fast as a peer, median against median."""
    value = median(ours) / median(theirs)
    return Measure(name=name, unit="×", runs=[round(value, 3)], wanted=wanted)


def total(usages: Sequence[Usage]) -> Usage:
    """Several stretches of time as one."""
    names = {name: None for usage in usages for name in usage.seconds}
    return Usage(
        wall=sum(usage.wall for usage in usages),
        seconds={name: sum(usage.seconds.get(name, 0.0) for usage in usages) for name in names},
        others=sum(usage.others for usage in usages),
    )


def as_json(found: Row) -> dict[str, object]:
    """A row as a JSON object: what was stored, and what follows from it."""
    plain: dict[str, object] = msgspec.to_builtins(found)
    plain["measures"] = [_measure(measure) for measure in found.measures]
    plain["peers"] = [
        {**msgspec.to_builtins(peer), "median": round(peer.middle, 1)} for peer in found.peers
    ]
    return {**plain, "passed": found.passed}


def _measure(measure: Measure) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(measure)
    return {
        **plain,
        "median": round(measure.middle, 3),
        "worst": round(measure.worst, 3),
        "reached": measure.reached,
    }
