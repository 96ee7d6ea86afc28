"""Parse a part of a workbook piece by piece: what is kept is up to the listener, never a tree."""

from collections.abc import Iterator, Mapping
from typing import IO, Protocol
from xml.parsers import expat

PIECE = 64 * 1024
LONGEST_TAG = 1024 * 1024
DEEPEST = 100


class Damaged(ValueError):
    """Not what a spreadsheet writes."""


class Listener(Protocol):
    """Hears the elements of a part, by their local names."""

    def started(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""

    def said(self, text: str) -> None:
        """Text inside of the innermost element."""

    def ended(self, name: str) -> None:
        """An element ends."""


def parse(part: IO[bytes], listener: Listener) -> Iterator[None]:
    """Tell the listener about a part; yields after each piece, to let it be emptied.

    Raises Damaged and expat's own errors.
    """
    depth = 0

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise Damaged
        listener.started(local(name), attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        listener.ended(local(name))

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.CharacterDataHandler = listener.said
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = _refuse_doctype
    fed = 0
    while piece := part.read(PIECE):
        parser.Parse(piece, False)
        fed += len(piece)
        if fed - parser.CurrentByteIndex > LONGEST_TAG:  # expat has to keep an unfinished tag
            raise Damaged
        yield
    parser.Parse(b"", True)
    yield


def local(name: str) -> str:
    """A name without its namespace's prefix."""
    return name.rpartition(":")[2]


def _refuse_doctype(*_: object) -> None:
    """Workbooks have none: it could only bring entities that grow."""
    raise Damaged
