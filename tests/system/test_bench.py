"""The benchmark runs and prints what it promises; its figures are not judged here."""

import json
import os
import subprocess
import sys
from pathlib import Path

from bench import table
from bench.processes import Usage
from bench.results import Measure, Row, row
from bench.steady import visible_after
from tests.servers import folder_of_test

ROOT = Path(__file__).resolve().parents[2]


def test_one_row_is_measured_and_printed_as_one_json_object() -> None:
    command = [sys.executable, "-m", "bench", "--only", "accept-batch"]
    with folder_of_test() as made:
        done = subprocess.run(
            [*command, "--seconds", "1", "--rounds", "1", "--json"],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(made)},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )

    found = json.loads(done.stdout)
    assert found["row"] == "accept-batch"
    assert found["measures"][0]["median"] > 0
    assert found["peers"][0]["median"] > 0
    assert found["machine"]["versions"]["PostgreSQL"]


def test_a_figure_that_was_not_reached_says_what_limits_it() -> None:
    usage = Usage(wall=2.0, seconds={"intake": 1.9, "postgresql": 0.4}, others=0.0)
    slow = Measure(name="events a second", unit="/s", runs=[9.0, 10.0, 11.0], wanted=20)

    found = row("slow", "what is slow", 2, [slow], usage=usage, events=100)

    assert not found.passed
    assert found.limited_by == "one core full of intake (intake 0.95, postgresql 0.20)"
    assert "is limited by: one core full of intake" in table.as_markdown([found])


def test_an_event_is_visible_at_the_first_look_that_counts_it() -> None:
    accepted = [(7, 1.0), (8, 1.0), (9, 1.5)]
    looks = [(2, 0.75), (3, 1.25), (4, 1.5), (4, 2.0)]

    # Two answers were there before; the third one accepted was never shown.
    assert visible_after(accepted, looks, base=2) == [250.0, 500.0]


def test_a_row_measured_anew_replaces_the_kept_one(tmp_path: Path) -> None:
    results, readme = tmp_path / "results.json", tmp_path / "README.md"
    readme.write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n")
    for rate in (1.0, 2_345.0):
        table.keep(results, [_measured("apply", rate)])
    table.keep(results, [_measured("query", 3.0)])

    table.write_readme(results, readme)

    text = readme.read_text()
    assert text.startswith("before\n") and text.endswith("after\n")
    assert "2,345" in text
    assert [row.row for row in table.load(results)] == ["apply", "query"]


def test_the_readme_shows_what_was_measured() -> None:
    if table.RESULTS.exists():
        shown = (ROOT / "README.md").read_text()
        assert table.as_markdown(table.load(table.RESULTS)) in shown


def _measured(name: str, rate: float) -> Row:
    figure = Measure(name="events a second", unit="/s", runs=[rate])
    return Row(row=name, what="something", seconds=1, measures=[figure])
