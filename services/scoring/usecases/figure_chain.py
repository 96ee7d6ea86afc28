"""The chain of all figures, followed from the first one, and the place of one figure in it."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from services.scoring.domain.receipt import GENESIS, chained
from services.scoring.store.figures import Figure
from services.scoring.usecases.figure_body import FigureBody, read
from services.scoring.usecases.give_out import NOTHING_CLOSED
from services.scoring.usecases.publish import last_closed_day


class FigureChain:
    """Takes all stored figures in order of number; keeps what is wrong and what is asked for."""

    def __init__(self, figure_id: str) -> None:
        self.faults: list[str] = []
        self.figure: Figure | None = None
        self.before: Figure | None = None
        self.after: Figure | None = None
        # As it was when the figure was made: what was closed, and which figure it took over from.
        self.closed_through: date = NOTHING_CLOSED
        self.supersedes: str | None = None
        self._id = figure_id
        self._newest: dict[tuple[str, str], str] = {}
        self._last: Figure | None = None
        self._position = 0
        self._tip = GENESIS

    def add(self, figure: Figure) -> None:
        """The next stored row."""
        self._follow(figure)
        body = _said_by(figure)
        if body is None:
            self.faults.append(f"figure {figure.number}: its row says otherwise than its bytes")
        if figure.id == self._id:
            self.figure, self.before = figure, self._last
            self.supersedes = self._newest.get((figure.scope, figure.period))
        elif self.figure is not None and self._last is self.figure:
            self.after = figure
        if body is not None and (self.figure is None or figure is self.figure):
            closed = last_closed_day(datetime.fromisoformat(body.at))
            self.closed_through = max(self.closed_through, closed)
        self._newest[figure.scope, figure.period] = figure.id
        self._last = figure

    def finish(self, number: int, tip: bytes) -> None:
        """The end that the chain should have."""
        if self._position != number:
            self.faults.append(f"the chain ends at {self._position}, not at {number}")
        elif self._tip != tip:
            self.faults.append(f"figure {number}: its hash is not that of the chain's end")

    def _follow(self, figure: Figure) -> None:
        if figure.number != self._position + 1:
            self.faults.append(f"figure {self._position + 1} is missing")
        elif figure.previous != self._tip:
            self.faults.append(f"figure {figure.number}: it is not linked to the one before it")
        if chained(figure.previous, figure.body) != figure.hash:
            self.faults.append(f"figure {figure.number}: its bytes are not those of its hash")
        # Go on from what the row says, so that a later fault is found, too.
        self._position, self._tip = figure.number, figure.hash


def links_of(chain: FigureChain, tip: bytes) -> Sequence[str]:
    """What is wrong with a figure's own hash and its links."""
    figure = chain.figure
    if figure is None:
        return ["it is not stored"]
    previous = GENESIS if chain.before is None else chain.before.hash
    following = tip if chain.after is None else chain.after.previous
    checks = {
        "its bytes are not those of its hash": chained(figure.previous, figure.body) == figure.hash,
        "it is not linked to the one before it": figure.previous == previous,
        "the one after it is not linked to it": following == figure.hash,
    }
    return [wrong for wrong, holds in checks.items() if not holds]


def _said_by(figure: Figure) -> FigureBody | None:
    """What a row's bytes say, or None if its columns say otherwise."""
    try:
        body = read(figure)
        at = datetime.fromisoformat(body.at)
    except (msgspec.MsgspecError, ValueError):
        return None
    row = (figure.number, figure.id, figure.scope, figure.period, figure.at.replace(microsecond=0))
    return body if row == (body.number, body.id, body.scope, body.period, at) else None
