"""A catalogue file of either kind, told by its name."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from services.commands.catalogue import workbook, yaml_file
from services.commands.catalogue.rows import Kind, Row, Unreadable

EXAMPLE = Path(__file__).with_name("padang.yaml")
LARGEST = 64 * 1024 * 1024
_FORMATS = {".yaml": yaml_file, ".yml": yaml_file, ".xlsx": workbook}


def read(path: Path) -> list[Row]:
    """The rows of a file. Raises Unreadable and OSError."""
    if path.stat().st_size > LARGEST:
        raise Unreadable("larger than 64 MB")
    rows: list[Row] = _format_of(path).read(path.read_bytes())
    return rows


def write(path: Path, rows: Mapping[Kind, Sequence[Mapping[str, Any]]]) -> None:
    """Write a file. Raises Unreadable and OSError."""
    path.write_bytes(_format_of(path).write(rows))


def _format_of(path: Path) -> Any:
    try:
        return _FORMATS[path.suffix.lower()]
    except KeyError:
        raise Unreadable("a catalogue is a .yaml or .xlsx file") from None
