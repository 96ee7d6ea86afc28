"""Results kept as JSON, and the table in the README made from them: no figure is typed by hand."""

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.results import Measure, Row

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results.json"
README = ROOT / "README.md"
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
_BETWEEN = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)


def keep(path: Path, rows: Sequence[Row]) -> None:
    """Store rows; one that was measured before is replaced."""
    kept = {row.row: row for row in load(path)} if path.exists() else {}
    kept.update({row.row: row for row in rows})
    path.write_bytes(
        msgspec.json.format(msgspec.json.encode(list(kept.values())), indent=1) + b"\n"
    )


def load(path: Path) -> list[Row]:
    """The rows that were kept."""
    return msgspec.json.decode(path.read_bytes(), type=list[Row])


def write_readme(results: Path, readme: Path = README) -> None:
    """Put the table of the kept results between the marks in the README."""
    text = readme.read_text()
    if not _BETWEEN.search(text):
        raise SystemExit(f"{readme.name} lacks the marks {BEGIN} and {END}")
    made = f"{BEGIN}\n{as_markdown(load(results))}\n{END}"
    readme.write_text(_BETWEEN.sub(lambda _: made, text))


def as_markdown(rows: Sequence[Row]) -> str:
    """The table for the README: a line per figure, then the peers and the machine."""
    lines = [
        "| what | figure | median | worst | wanted | reached |",
        "| --- | --- | ---: | ---: | ---: | --- |",
    ]
    for row in rows:
        for at, measure in enumerate(row.measures):
            what = f"**{row.row}**: {row.what}" if at == 0 else ""
            middle, worst = (_with_unit(it, measure) for it in (measure.middle, measure.worst))
            cells = (what, measure.name, middle, worst, _wanted(measure), _verdict(measure))
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(
        [*lines, "", *_peers(rows), "", *_costs(rows), "", *_limits(rows), *_machines(rows)]
    )


def as_text(rows: Sequence[Row]) -> str:
    """The same for a terminal."""
    return as_markdown(rows)


def _peers(rows: Sequence[Row]) -> list[str]:
    lines = [
        "| peer, in the same run | events a second (median) | CPU µs an event |",
        "| --- | ---: | ---: |",
    ]
    lines += [
        f"| {row.row}: {peer.what} | {peer.middle:,.0f} | {peer.cpu_us_per_event or '–'} |"
        for row in rows
        for peer in row.peers
    ]
    return lines if len(lines) > 2 else []


def _costs(rows: Sequence[Row]) -> list[str]:
    lines = ["| row | CPU µs an event (cores used) |", "| --- | --- |"]
    for row in rows:
        costs = ", ".join(
            f"{name} {cost:.1f} ({row.cores_used[name]:.2f})"
            for name, cost in row.cpu_us_per_event.items()
            if cost >= 0.05
        )
        lines.append(f"| {row.row} | {costs} |")
    return lines


def _limits(rows: Sequence[Row]) -> list[str]:
    lines = [f"- **{row.row}** is limited by: {row.limited_by}." for row in rows if row.limited_by]
    lines += [f"- {row.row}: {note}." for row in rows for note in row.notes]
    return [*lines, ""] if lines else []


def _machines(rows: Sequence[Row]) -> list[str]:
    machines: dict[str, list[str]] = {}
    for row in rows:
        if row.machine is not None:
            machines.setdefault(row.machine.line(), []).append(f"{row.row} ({row.at[:10]})")
    return [f"Measured on {line}: {', '.join(names)}." for line, names in machines.items()]


def _with_unit(value: float, measure: Measure) -> str:
    shown = f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.2f}"
    return f"{shown} {measure.unit}".strip()


def _wanted(measure: Measure) -> str:
    if measure.wanted is None:
        return "–"
    return f"{'≥' if measure.at_least else '≤'} {_with_unit(measure.wanted, measure)}"


def _verdict(measure: Measure) -> str:
    if measure.wanted is None:
        return ""
    return "yes" if measure.reached else "**no**"
