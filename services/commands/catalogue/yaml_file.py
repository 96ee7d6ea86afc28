"""A catalogue as YAML: four lists, one mapping per row; empty members are left out.

Top-level members that begin with `x-` are passed over: a place for anchors.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, SequenceNode

from services.commands.catalogue.rows import KINDS, Kind, Row, Unreadable

_WIDTH = 110
_DEEPEST = 3  # /requirements/0/name


def read(content: bytes) -> list[Row]:
    """The rows with their lines. Raises Unreadable."""
    loader = yaml.CSafeLoader(content)
    try:
        root = loader.get_single_node()
        if not isinstance(root, MappingNode):
            raise Unreadable(f"expected the lists {', '.join(KINDS)}")
        _refuse_doubles(root, set())
        document = loader.construct_document(root)
    except RecursionError:
        raise Unreadable("nested too deeply") from None
    except yaml.YAMLError as trouble:
        raise Unreadable(" ".join(str(trouble).split())) from None
    finally:
        loader.dispose()
    foreign = [key for key in map(str, document) if key not in KINDS and not key.startswith("x-")]
    if foreign:
        raise Unreadable(f"unknown list: {', '.join(foreign)}")
    lists = {key.value: value for key, value in root.value}
    return [row for kind in KINDS if kind in lists for row in _rows(kind, lists[kind], document)]


def write(rows: Mapping[Kind, Sequence[Mapping[str, Any]]]) -> bytes:
    """The file; equal rows give equal bytes."""
    return yaml.dump(
        {kind: list(rows[kind]) for kind in KINDS},
        Dumper=yaml.CSafeDumper,
        allow_unicode=True,
        encoding="utf-8",
        sort_keys=False,
        width=_WIDTH,
    )


def _rows(kind: Kind, node: Node, document: Mapping[str, Any]) -> Iterator[Row]:
    values = document[kind]
    if values is None:
        return
    if not isinstance(node, SequenceNode):
        raise Unreadable(f"{kind} is not a list (line {node.start_mark.line + 1})")
    for one, row in zip(node.value, values, strict=True):
        if not isinstance(row, dict):
            raise Unreadable(f"expected a mapping in line {one.start_mark.line + 1}")
        yield Row(kind, row, dict(_lines(one, "")))


def _lines(node: Node, pointer: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    yield pointer, f"line {node.start_mark.line + 1}"
    if depth == _DEEPEST:
        return
    if isinstance(node, MappingNode):
        for key, value in node.value:
            yield from _lines(value, f"{pointer}/{key.value}", depth + 1)
    elif isinstance(node, SequenceNode):
        for place, value in enumerate(node.value):
            yield from _lines(value, f"{pointer}/{place}", depth + 1)


def _refuse_doubles(node: Node, looked_at: set[int]) -> None:
    """YAML keeps the last of two equal keys: half of a file would be lost without a word."""
    if id(node) in looked_at:  # a node may stand in many places, even in itself
        return
    looked_at.add(id(node))
    if isinstance(node, MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                raise Unreadable(f"{key.value} stands twice (line {key.start_mark.line + 1})")
            seen.add(str(key.value))
            _refuse_doubles(value, looked_at)
    elif isinstance(node, SequenceNode):
        for value in node.value:
            _refuse_doubles(value, looked_at)
