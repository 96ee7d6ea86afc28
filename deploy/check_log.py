#!/usr/bin/env python3
"""Find out whether a Rancak's log was changed since you kept a copy of its heads.

    curl -o heads.json https://rancak.example/.well-known/rancak-heads.json   (keep it, elsewhere)
    python3 check_log.py https://rancak.example heads.json --key rk_live_…    (with log:read)

It reads every stream and the chain of figures from the first event on, follows the hashes, and
looks whether each chain still has, at the place that your copy names, the hash that your copy
names. `--day` picks a day of the copy; else its newest is taken. Standard library only; the
signature of the copy is checked if the package `cryptography` is there. Exit code 1: something was
changed; 2: it could not be checked.
"""

import argparse
import base64
import hashlib
import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GENESIS = bytes(32)
PAGE = 5000
RECEIPTS = "receipts"
HEADS = "/.well-known/rancak-heads.json"

Json = dict[str, Any]
Heads = dict[str, Json]


class Differs(Exception):
    """The log is not what it was."""


class CannotCheck(Exception):
    """The copy is no copy of heads, or lacks the day."""


class Source:
    """Reads from a Rancak over HTTP."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}"}

    def get(self, path: str, **query: object) -> bytes:
        """The body of an answer."""
        address = f"{self._url}{path}?{urllib.parse.urlencode(query)}"
        request = urllib.request.Request(address, headers=self._headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            body: bytes = answer.read()
        return body

    def json(self, path: str, **query: object) -> Any:
        """The same, decoded."""
        return json.loads(self.get(path, **query))


def main() -> int:
    """Print each check; 0 if all hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", help="where the Rancak is, such as https://rancak.example")
    parser.add_argument("copy", type=Path, help="rancak-heads.json as you kept it")
    parser.add_argument("--key", required=True, help="a key with log:read")
    parser.add_argument("--day", help="the day of the copy to go by; its newest if not given")
    asked = parser.parse_args()
    found_wrong = False
    try:
        kept = entry_of(json.loads(asked.copy.read_bytes()), asked.day)
        for holds, line in check(Source(asked.url, asked.key), kept):
            print(f"{'ok ' if holds else 'NO '} {line}")
            found_wrong |= not holds
    except (OSError, ValueError, CannotCheck) as trouble:
        print(f"cannot check: {trouble}", file=sys.stderr)
        return 1 if found_wrong else 2
    return 1 if found_wrong else 0


def entry_of(copy: Any, day: str | None = None) -> Json:
    """The entry of a day, or the newest, of a kept rancak-heads.json. Raises CannotCheck."""
    items = copy.get("items") if isinstance(copy, dict) else None
    wanted = [item for item in items or [] if day in (None, item["day"])]
    if not wanted:
        raise CannotCheck(f"the copy has no heads of {day or 'any day'}")
    newest: Json = max(wanted, key=lambda item: item["day"])
    return newest


def check(source: Source, kept: Json) -> Iterator[tuple[bool, str]]:
    """Whether each thing holds, and what it is; a fault in one chain does not hide the others'."""
    yield signature_of(kept)
    yield still_published(source, kept)
    ends = [("your copy", kept["heads"]), *ends_now(source)]
    for name in sorted({name for _, heads in ends for name in heads}):
        try:
            yield True, chain_holds(source, name, ends)
        except Differs as difference:
            yield False, f"{name}: {difference}"


def signature_of(kept: Json) -> tuple[bool, str]:
    """Whether the copy is what the key in it signed."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return True, f"the heads of {kept['day']}; signature NOT checked (no package cryptography)"
    body = {name: value for name, value in kept.items() if name != "signature"}
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(kept["key"] + "="))
        key.verify(base64.b64decode(kept["signature"]), canonical.encode())
    except (InvalidSignature, KeyError, ValueError):
        return False, f"the heads of {kept['day']} in your copy are not what their key signed"
    return True, f"the heads of {kept['day']} are signed with {kept['key']}"


def still_published(source: Source, kept: Json) -> tuple[bool, str]:
    """Whether the Rancak itself still says that this day ended so."""
    day = kept["day"]
    items = source.json(HEADS, **{"from": day, "to": day})["items"]
    if items == [kept]:
        return True, f"the heads of {day} are published as in your copy"
    return False, f"the heads of {day} are published {'otherwise' if items else 'no more'}"


def ends_now(source: Source) -> list[tuple[str, Heads]]:
    """Where the Rancak itself says that its chains end. New streams may have come."""
    newest = source.json(HEADS, limit=1)["items"]
    streams = source.json("/v1/log")["streams"]
    told = {each["name"]: {"head": each["head"], "tip": each["tip"]} for each in streams}
    return [*((f"the heads of {item['day']}", item["heads"]) for item in newest), ("/v1/log", told)]


def chain_holds(source: Source, name: str, ends: list[tuple[str, Heads]]) -> str:
    """Follow a chain from its start to its end. Raises Differs."""
    place = "number" if name == RECEIPTS else "head"
    wanted = [(who, heads[name][place], heads[name]["tip"]) for who, heads in ends if name in heads]
    tips, last = {0: GENESIS.hex()}, 0
    try:
        for last, tip in receipts(source) if name == RECEIPTS else runs(source, name):
            if any(last == at for _, at, _ in wanted):
                tips[last] = tip
    except urllib.error.HTTPError as refused:
        if refused.code not in (404, 500):
            raise
        raise Differs(f"what follows {last} cannot be read (HTTP {refused.code})") from refused
    for who, at, tip in wanted:
        expect(at <= last, f"it ends at {last}, but {who} says that it had {at}")
        expect(tips.get(at) == tip, f"at {at} it has not the hash that {who} names")
    who, at, _ = wanted[0]
    return f"{name}: {last:,} hold, with the hash of {who} at {at:,}"


def runs(source: Source, stream: str) -> Iterator[tuple[int, str]]:
    """Sequence and hash at the end of each run of a stream. Raises Differs."""
    after, tip, chain = 0, GENESIS, ""
    run: list[bytes] = []
    while lines := source.get(f"/v1/log/{stream}", after=after, limit=PAGE).splitlines():
        for line in lines:
            itself, its_chain = event_of(line, stream, after + 1)
            if run and its_chain != chain:
                tip, run = linked(tip, run, chain, after), []
                yield after, chain
            after, chain = after + 1, its_chain
            run.append(itself)
    if run:
        linked(tip, run, chain, after)
        yield after, chain


def event_of(line: bytes, stream: str, sequence: int) -> tuple[bytes, str]:
    """The stored bytes of an event, and the hash of its run. Raises Differs."""
    try:
        event = json.loads(line)
        place = event["stream"], event["sequence"]
        itself, chain = line[: line.rindex(b',"stream":')] + b"}", event["chain"]
    except (ValueError, KeyError, TypeError) as broken:
        raise Differs(f"{sequence} is no event") from broken
    expect(place == (stream, sequence), f"{sequence} is not where it should be")
    return itself, chain


def linked(tip: bytes, run: list[bytes], chain: str, last: int) -> bytes:
    """The hash of a run on top of the one before it. Raises Differs."""
    found = hashlib.sha256(tip + b"[" + b",".join(run) + b"]").digest()
    first = last - len(run) + 1
    expect(found.hex() == chain, f"{first} to {last} are not what their hash says")
    return found


def receipts(source: Source) -> Iterator[tuple[int, str]]:
    """Number and hash of each figure. Raises Differs."""
    number, tip = 0, GENESIS
    while items := source.json("/v1/open/figures", after=number)["items"]:
        for item in items:
            figure = item["figure"]
            number += 1
            expect(item["number"] == figure["number"] == number, f"figure {number} is missing")
            body = json.dumps(figure, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            found = hashlib.sha256(tip + body.encode()).digest()
            expect(item["previous"] == tip.hex(), f"figure {number} is not linked to the last one")
            expect(item["hash"] == found.hex(), f"figure {number} is not what its hash says")
            tip = found
            yield number, found.hex()


def expect(holds: bool, otherwise: str) -> None:
    """Raise Differs unless it holds."""
    if not holds:
        raise Differs(otherwise)


if __name__ == "__main__":
    sys.exit(main())
