"""`rancak catalogue`: a whole city from a file into the registry and back."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from typer.testing import CliRunner

from services.cli import app as commands
from services.commands.catalogue import files
from services.commands.catalogue.rows import KINDS, Kind, key_of
from tests.handlers.test_registry import head
from tests.pages.visiting import Visitor
from tests.running import Rancak


async def run(rancak: Rancak, *arguments: object) -> Any:
    environment = {
        "RANCAK_URL": rancak.urls["intake"],
        "RANCAK_KEY": rancak.admin_key,
        "COLUMNS": "140",
    }
    words = ["catalogue", *map(str, arguments)]
    return await asyncio.to_thread(CliRunner(env=environment).invoke, commands, words)


def keep_only(file: Path, *codes: str) -> int:
    """Shorten a catalogue to some agencies and places; answers how many rows it still has."""
    kept: dict[Kind, list[Mapping[str, Any]]] = {kind: [] for kind in KINDS}
    for row in files.read(file):
        if row.values[key_of(row.kind)].partition(".")[0] in codes:
            kept[row.kind].append(row.values)
    files.write(file, kept)
    return sum(map(len, kept.values()))


async def test_the_example_goes_in_once_comes_out_again_and_is_marked(
    rancak: Rancak, tmp_path: Path
) -> None:
    example, again, book = (tmp_path / name for name in ("padang.yaml", "lagi.yaml", "lagi.xlsx"))
    example.write_text((await run(rancak, "example")).stdout)
    rows = keep_only(example, "imigrasi", "mpp")
    before = await head(rancak)

    planned = await run(rancak, "import", example, "--dry-run")
    unchanged = await head(rancak)
    imported = await run(rancak, "import", example)
    after = await head(rancak)
    for file in (again, book):
        assert (await run(rancak, "export", file)).exit_code == 0
    results = [await run(rancak, "import", file, "--json") for file in (example, again, book)]

    assert (planned.exit_code, unchanged) == (0, before), planned.output
    assert "Hanya rencana" in planned.stdout
    assert "bukan data resmi" in planned.stdout
    assert (imported.exit_code, after) == (0, before + rows), imported.output
    for result in results:
        counts = msgspec.json.decode(result.stdout)["counts"].values()
        assert sum(each["same"] for each in counts) == rows, result.stdout
    assert await head(rancak) == after
    await _a_workbook_changes_what_it_says(rancak, book)
    page = await Visitor(rancak).open("/layanan/imigrasi.paspor/standar")
    assert "Contoh, bukan data resmi." in page.source
    assert "4 hari kerja" in page.source, "what begins in 2099 is not in force yet"


async def _a_workbook_changes_what_it_says(rancak: Rancak, book: Path) -> None:
    rows = {
        kind: [dict(row.values) for row in files.read(book) if row.kind == kind] for kind in KINDS
    }
    (paspor,) = (row for row in rows["standards"] if row["service"] == "imigrasi.paspor")
    slower = {"number": 3, "unit": "calendar_days", "starts": "submitted"}
    paspor |= {"valid_from": "2099-01-01", "deadline": slower}
    files.write(book, rows)
    sent = [row.values for row in files.read(book)]

    changed = await run(rancak, "import", book)
    exported = await run(rancak, "export", book)

    assert (changed.exit_code, exported.exit_code) == (0, 0), changed.output
    assert "standards imigrasi.paspor: valid_from, deadline" in changed.stdout
    assert [row.values for row in files.read(book)] == sent


async def test_one_bad_row_and_nothing_is_sent(rancak: Rancak, tmp_path: Path) -> None:
    file = tmp_path / "salah.yaml"
    file.write_text(
        "agencies:\n- {code: dinkes, name: Dinas Kesehatan, kind: dinas}\n"
        "services:\n- {code: dinkes.sip, name: Izin, valid_until: besok}\n"
    )
    before = await head(rancak)

    refused = await run(rancak, "import", file)
    checked = await run(rancak, "check", file)

    for result in (refused, checked):
        assert result.exit_code == 1
        assert "line 4" in result.output
        assert "bukan tanggal" in result.output
    assert await head(rancak) == before


async def test_what_the_service_refuses_is_told_with_its_row(
    rancak: Rancak, tmp_path: Path
) -> None:
    key = await rancak.register("dinkes", "sip")
    file = tmp_path / "asing.yaml"
    file.write_text("agencies:\n- {code: dukcapil, name: Dukcapil, kind: dinas}\n")
    rancak.admin_key = key  # an agency may not register agencies

    refused = await run(rancak, "import", file)

    assert refused.exit_code == 1
    assert "line 2" in refused.output
    assert "403" in refused.output
