"""What an import would change, and carrying it out through the public API."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from services.commands.catalogue.check import Known, content_of, refusal
from services.commands.catalogue.rows import KINDS, Entry, Kind, Refused, key_of, path_of
from services.commands.client import Client, explain, refusal_of
from services.commands.registry import all_items
from services.intake.domain.standard import Standard


@dataclass(frozen=True, slots=True)
class Step:
    """One entry that is not registered as the file says; `changed` is empty for a new one."""

    entry: Entry
    changed: tuple[str, ...] = ()


def known_to(rancak: Client) -> Known:
    """Everything that is registered, as the file would say it."""
    found: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
    for kind in KINDS:
        for item in all_items(rancak, f"/v1/{kind}"):
            if kind == "standards":
                found[kind][item["service"]] = msgspec.convert(item["standard"], Standard)
            else:
                given = {name: value for name, value in item.items() if name not in _NAMING}
                found[kind][item["code"]] = content_of(kind, given)
    return Known(**found)


def plan(entries: Sequence[Entry], known: Known) -> list[Step]:
    """The entries that are new or differ, in the order in which they can be put."""
    steps = []
    for kind in KINDS:
        for entry in entries:
            before = known.of(kind).get(entry.code)
            if entry.kind == kind and before != entry.content:
                changed = () if before is None else tuple(_differing(before, entry.content))
                steps.append(Step(entry, changed))
    return steps


def carry_out(rancak: Client, steps: Sequence[Step], done: Callable[[], None]) -> list[Refused]:
    """Put every entry; answers what the service refused all the same. Repeating is safe."""
    refused: list[Refused] = []
    for step in steps:
        entry = step.entry
        body = msgspec.to_builtins(entry.content)
        answer = rancak.try_send("PUT", path_of(entry.kind, entry.code), json=body)
        if answer.is_error:
            errors = refusal_of(answer).errors
            told = [refusal(entry.row, entry.code, each.pointer, each.code) for each in errors]
            refused += told or [refusal(entry.row, entry.code, "", explain(answer))]
        done()
    return refused


def rows_of(known: Known) -> Mapping[Kind, Sequence[Mapping[str, Any]]]:
    """What is registered as rows of a file: without what is empty, in order of the codes."""
    return {
        kind: [
            {key_of(kind): code, **_filled(msgspec.to_builtins(content))}
            for code, content in sorted(known.of(kind).items())
        ]
        for kind in KINDS
    }


def _differing(before: Any, after: Any) -> list[str]:
    old, new = msgspec.to_builtins(before), msgspec.to_builtins(after)
    return [name for name in new if old[name] != new[name]]


def _filled(value: Any) -> Any:
    """Plain data for a file: lists, and no members that say nothing."""
    if isinstance(value, dict):
        filled = {name: _filled(inner) for name, inner in value.items()}
        return {name: inner for name, inner in filled.items() if not _says_nothing(inner)}
    return [_filled(inner) for inner in value] if isinstance(value, list | tuple) else value


def _says_nothing(value: Any) -> bool:
    return value is None or value is False or value in ([], {})


_NAMING = frozenset({"code", "agency"})
