"""The rows of a catalogue file, as they are read and as they are understood."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["agencies", "places", "services", "standards"]
KINDS: tuple[Kind, ...] = ("agencies", "places", "services", "standards")


class Unreadable(ValueError):
    """A file that is no catalogue; the message says why and where."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as the file has it; `places` says where each member stands: JSON pointer → cell."""

    kind: Kind
    values: Mapping[str, Any]
    places: Mapping[str, str] = field(default_factory=dict)

    def place_of(self, pointer: str) -> str:
        """Where a member stands, or what it is part of."""
        while pointer and pointer not in self.places:
            pointer = pointer.rpartition("/")[0]
        return self.places.get(pointer, "")


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that is understood: `content` is what is put under its code."""

    kind: Kind
    code: str
    content: Any
    row: Row


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a row cannot be taken, and the cell that is to blame."""

    kind: Kind
    code: str
    place: str
    pointer: str
    reason: str


def key_of(kind: Kind) -> str:
    """The member that names a row."""
    return "service" if kind == "standards" else "code"


def path_of(kind: Kind, code: str) -> str:
    """Where an entry is put."""
    return f"/v1/services/{code}/standard" if kind == "standards" else f"/v1/{kind}/{code}"
