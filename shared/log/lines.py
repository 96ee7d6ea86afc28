"""Lines of the feed: events with their place, and back to runs of the exact stored bytes."""

from collections.abc import Iterable, Iterator
from itertools import groupby

import msgspec

from shared.log.read import with_place
from shared.log.run import Run, pack

_PLACE = b',"stream":"'


class _Place(msgspec.Struct):
    stream: str
    sequence: int
    chain: str


_DECODER = msgspec.json.Decoder(_Place)


def lines_of(runs: Iterable[Run], after: int, upto: int) -> Iterator[bytes]:
    """The events with sequences after `after` up to `upto`, each as one line."""
    for run in runs:
        for sequence, event in enumerate(run.events(), run.first):
            if after < sequence <= upto:
                yield with_place(event, run.stream, sequence, run.chain)


def runs_of(lines: Iterable[bytes]) -> list[Run]:
    """Runs (or parts of runs) from lines of the feed, in the order of the lines.

    Raises msgspec.ValidationError for a line that is not from a feed.
    """
    placed = ((_DECODER.decode(line), line) for line in lines if line)
    runs = []
    for (stream, chain), group in groupby(placed, lambda item: (item[0].stream, item[0].chain)):
        members = list(group)
        events = [line[: line.rindex(_PLACE)] + b"}" for _, line in members]
        first, last = members[0][0].sequence, members[-1][0].sequence
        runs.append(Run(stream, first, last, pack(events), chain))
    return runs
