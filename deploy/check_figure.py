#!/usr/bin/env python3
"""Check a published figure without trusting whoever published it. Standard library only.

    python3 check_figure.py https://rancak.example f1042
    python3 check_figure.py https://rancak.example f1042 --key rk_live_… (a key with log:read)

It takes the receipt, checks its hash, adds up the public batches of answers that the figure holds
and computes the index again, by the weights of the questionnaire that the figure names. With a key
it also reads the whole log of answers, checks its hash chain and counts the answers of the figure's
scope and period itself. Exit code 1: something differs.
"""

import argparse
import hashlib
import json
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

ELEMENTS = (
    "requirements",
    "procedure",
    "time",
    "cost",
    "product",
    "competence",
    "behaviour",
    "complaints",
    "facilities",
)
FEWEST = 10
# What a figure is by that names none: every element weighs 1/9.
NATIONAL = "nasional.1"
PAGE = 5000

Sums = dict[str, tuple[int, int]]


class Differs(Exception):
    """The figure is not what its sources say."""


class Source:
    """Reads from a Rancak over HTTP."""

    def __init__(self, url: str, key: str | None) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

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
    """Print each check; 0 if all agree."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", help="where the Rancak is, such as https://rancak.example")
    parser.add_argument("figure", help="the id of the figure, such as f1042")
    parser.add_argument("--key", help="a key with log:read, to count the log of answers, too")
    asked = parser.parse_args()
    source = Source(asked.url, asked.key)
    try:
        for line in check(source, asked.figure, with_log=asked.key is not None):
            print(f"ok  {line}")
    except Differs as difference:
        print(f"NO  {difference}")
        return 1
    except OSError as trouble:
        print(f"cannot read {asked.url}: {trouble}", file=sys.stderr)
        return 2
    return 0


def check(source: Source, figure_id: str, *, with_log: bool) -> Iterator[str]:
    """What holds, one after the other. Raises Differs."""
    receipt = source.json(f"/v1/figures/{urllib.parse.quote(figure_id)}")
    figure = receipt["figure"]
    canonical = json.dumps(figure, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    found = hashlib.sha256(bytes.fromhex(receipt["previous"]) + canonical.encode()).hexdigest()
    expect(found == receipt["hash"] and figure["id"] == figure_id, "the hash is of another figure")
    yield f"the receipt's hash is that of the figure: {found[:16]}…"
    n, sums = batches(source, figure)
    shown = n if figure["closed"] else n // 5 * 5
    expect(shown == (figure["n"] or 0), f"the batches hold {n} answers, the figure {figure['n']}")
    yield f"{n:,} answers in batches of at least {FEWEST}"
    yield from index_again(figure, sums, weights_of(source, figure))
    if with_log:
        yield from count_log(source, figure, n, sums)


def batches(
    source: Source, figure: dict[str, Any]
) -> tuple[int, dict[str, tuple[int, int] | None]]:
    """The number of answers, and n and sum of each element; None where it is not told."""
    n, after = 0, 0
    sums: dict[str, tuple[int, int] | None] = dict.fromkeys(ELEMENTS, (0, 0))
    asked = {"scope": figure["scope"], "period": figure["period"], "upto": figure["batches"]}
    while True:
        page = source.json("/v1/open/batches", **asked, after=after)
        for batch in page["items"]:
            n += batch["n"]
            for code, before in sums.items():
                part = batch["elements"][code]
                if before is not None:
                    sums[code] = part and (before[0] + part["n"], before[1] + part["sum"])
        if page["next"] is None:
            return n, sums
        after = page["next"]


def weights_of(source: Source, figure: dict[str, Any]) -> dict[str, Fraction]:
    """The weights that the figure names: those of its questionnaire as it was published."""
    equal = dict.fromkeys(ELEMENTS, Fraction(1, len(ELEMENTS)))
    named = {code: Fraction(weight) for code, weight in (figure.get("weights") or {}).items()}
    weights = named or equal
    expect(set(weights) == set(ELEMENTS) and sum(weights.values()) == 1, "weights that are none")
    agency = figure.get("questionnaire", NATIONAL).rpartition(".")[0]
    if agency == NATIONAL.rpartition(".")[0]:
        expect(weights == equal, f"{NATIONAL} weighs every element the same")
        return weights
    within = figure["scope"].partition(":")[2].partition(".")[0]
    expect(within == agency, f"the questionnaire is of {agency}, the figure of {within or 'all'}")
    form = source.json(f"/v1/agencies/{agency}/questionnaires/{figure['questionnaire']}")
    published = {each["code"]: Fraction(each["weight"]) for each in form["elements"]}
    expect(weights == published, f"{figure['questionnaire']} was published with other weights")
    return weights


def said(weights: dict[str, Fraction]) -> str:
    """All of them, or the one that all have."""
    if len(set(weights.values())) == 1:
        return str(weights[ELEMENTS[0]])
    return ", ".join(f"{code} {weights[code]}" for code in ELEMENTS)


def index_again(
    figure: dict[str, Any],
    sums: dict[str, tuple[int, int] | None],
    weights: dict[str, Fraction],
) -> Iterator[str]:
    """The index from the sums: Σ weight × mean of each element that was answered, times 25."""
    if None in sums.values():
        yield "some element is withheld (few skipped it): its part is only in the log"
        return
    means = {code: Fraction(part[1], part[0]) for code, part in sums.items() if part and part[0]}
    if not means or figure["index"] is None:
        expect(figure["index"] is None, "there are no answers, but an index")
        yield "no answers, no index"
        return
    weighted = sum((weights[code] * mean for code, mean in means.items()), Fraction(0))
    exact = weighted / sum(weights[code] for code in means) * 25
    decimals = len(figure["index"].partition(".")[2])
    again = half_up(exact, decimals)
    expect(again == figure["index"], f"the index is {again}, the figure says {figure['index']}")
    if figure["exact"] is not None:
        expect(Fraction(figure["exact"]) == exact, f"exactly {exact}, not {figure['exact']}")
    by = f"{figure.get('questionnaire', NATIONAL)}: weights {said(weights)}"
    yield f"the index computed again is {again} (exactly {exact}), by {by}"


def half_up(value: Fraction, decimals: int) -> str:
    """Rounded half up, as the regulation's figures are."""
    units = 10**decimals
    whole = (2 * value.numerator * units + value.denominator) // (2 * value.denominator)
    if not decimals:
        return str(whole)
    return f"{whole // units}.{whole % units:0{decimals}d}"


def count_log(
    source: Source, figure: dict[str, Any], n: int, sums: dict[str, tuple[int, int] | None]
) -> Iterator[str]:
    """Every answer up to the figure's watermark, its chain, and those of the scope and period."""
    counted = 0
    own: Sums = dict.fromkeys(ELEMENTS, (0, 0))
    for stream, upto in figure["watermark"].items():
        for event in events(source, stream, upto):
            if event["type"] == "id.rancak.feedback.submitted.v1" and lies_in(figure, event):
                counted += 1
                for code, score in event["data"]["answers"].items():
                    own[code] = (own[code][0] + 1, own[code][1] + score)
    yield f"the chains of {len(figure['watermark'])} streams hold up to the watermark"
    expect(n <= counted, f"the log has {counted} answers, the figure {n}")
    if n == counted:
        for code, part in sums.items():
            expect(part in (None, own[code]), f"{code}: the log says {own[code]}, not {part}")
        yield f"the log has the same {counted:,} answers with the same sums"
    else:
        yield f"the log has {counted:,} answers; {counted - n:,} of them wait for their batch"


def events(source: Source, stream: str, upto: int) -> Iterator[dict[str, Any]]:
    """The events of a stream up to a sequence; checks that none is missing and none was changed."""
    after, tip, run = 0, bytes(32), list[bytes]()
    chain = None
    while after < upto:
        lines = source.get(f"/v1/log/{stream}", after=after, limit=PAGE).splitlines()
        expect(bool(lines), f"{stream} ends at {after}, the figure counted up to {upto}")
        for line in lines:
            event = json.loads(line)
            expect(event["sequence"] == after + 1, f"{stream} lacks {after + 1}")
            after += 1
            if chain is not None and event["chain"] != chain:
                tip, run = linked(tip, run, chain, f"{stream} before {after}"), []
            chain = event["chain"]
            run.append(line[: line.rindex(b',"stream":')] + b"}")
            if after <= upto:
                yield event
    # The last run may go on behind the page; it is checked if it is whole.
    heads = {each["name"]: each for each in source.json("/v1/log")["streams"]}
    if chain is not None and heads[stream]["head"] == after:
        linked(tip, run, chain, f"{stream} at its end")


def linked(tip: bytes, run: list[bytes], chain: str, where: str) -> bytes:
    """The hash of a run on top of the one before it. Raises Differs."""
    found = hashlib.sha256(tip + b"[" + b",".join(run) + b"]").digest()
    expect(found.hex() == chain, f"the hash chain is broken: {where}")
    return found


def lies_in(figure: dict[str, Any], event: dict[str, Any]) -> bool:
    """Whether an answer belongs to the figure's scope and period."""
    kind, _, code = figure["scope"].partition(":")
    service = event["data"]["service"]
    inside = {
        "city": True,
        "agency": service.partition(".")[0] == code,
        "service": service == code,
        "place": event["data"].get("place") == code,
    }[kind]
    return inside and within(figure["period"], event["day"])


def within(period: str, day: str) -> bool:
    """2026 · 2026-S1 · 2026-Q3 · 2026-09 hold the day 2026-09-14 or not."""
    year, _, part = period.partition("-")
    month = int(day[5:7])
    if day[:4] != year:
        return False
    if not part:
        return True
    if part[0] in "SQ":
        return (month - 1) // {"S": 6, "Q": 3}[part[0]] + 1 == int(part[1])
    return month == int(part)


def expect(holds: bool, otherwise: str) -> None:
    """Raise Differs unless it holds."""
    if not holds:
        raise Differs(otherwise)


if __name__ == "__main__":
    sys.exit(main())
