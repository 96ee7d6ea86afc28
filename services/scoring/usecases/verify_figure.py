"""Verify one figure, from the database alone: its place in the chain, and all that it says."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.scoring.domain import period as periods
from services.scoring.domain.weights import Weights
from services.scoring.store import (
    audit,
    batches,
    corrections,
    figures,
    publication,
    questionnaires,
)
from services.scoring.store.figures import Figure
from services.scoring.usecases.audit_sums import (
    BatchSums,
    beyond_counted,
    differing_sums,
    shortened,
)
from services.scoring.usecases.figure_body import FigureBody, Moment, figure_body, read
from services.scoring.usecases.figure_chain import FigureChain, links_of
from services.scoring.usecases.receipts import UnknownFigure

_PAGE = 1_000
_COMPARED = {
    False: "no more is public than counted",
    True: "not compared: corrections are in force",
}
_FEW = 6


class Check(msgspec.Struct, frozen=True):
    """One thing that must hold; `detail` says what was looked at, or what is wrong."""

    name: str
    ok: bool
    detail: str


class FigureReport(msgspec.Struct, frozen=True):
    """All that `rancak verify --figure` found."""

    figure: str
    checks: Sequence[Check]

    @property
    def is_right(self) -> bool:
        """Whether every check holds."""
        return all(check.ok for check in self.checks)


async def verify_figure(engine: AsyncEngine, figure_id: str) -> FigureReport:
    """Check it as of one moment. Raises UnknownFigure if the chain is whole and lacks it."""
    async with engine.connect() as connection:
        await audit.see_one_moment(connection)
        stand = await publication.stand(connection)
        chain = await _followed(connection, figure_id, stand)
        told = f"{stand.figures:,} figures from the first to the last"
        in_chain = _check("chain", chain.faults, told)
        if chain.figure is None:
            if in_chain.ok:
                raise UnknownFigure(figure_id)
            return FigureReport(figure_id, [in_chain, Check("hash", False, "it is not stored")])
        own = _check("hash", links_of(chain, stand.tip), chain.figure.hash.hex())
        return FigureReport(
            figure_id,
            [own, in_chain, *await _checks_of_sums(connection, chain, chain.figure, stand.batches)],
        )


async def _followed(
    connection: AsyncConnection, figure_id: str, stand: publication.Stand
) -> FigureChain:
    chain, after = FigureChain(figure_id), 0
    while page := await figures.chain(connection, after, _PAGE):
        for figure in page:
            chain.add(figure)
        after = page[-1].number
    chain.finish(stand.figures, stand.tip)
    shown = await audit.wrongly_newest(connection, _FEW)
    chain.faults += [f"{figure}: marked as the newest or not, wrongly" for figure in shown]
    return chain


async def _checks_of_sums(
    connection: AsyncConnection, chain: FigureChain, figure: Figure, given: int
) -> list[Check]:
    try:
        stored = read(figure)
        period = periods.parse(stored.period)
        datetime.fromisoformat(stored.at)
    except (msgspec.MsgspecError, ValueError):
        return [Check("again", False, "its bytes cannot be read")]
    sums, after = BatchSums(stored.scope, period, stored.batches), 0
    while page := await batches.chain(connection, after, _PAGE):
        sums.add(page)
        after = page[-1].number
    sums.finish(given)
    published = await audit.published(connection)
    differing = [*sums.faults, *await differing_sums(connection, published, sums)]
    # What a correction takes out of the rollups stays public until its batch comes.
    corrected = await corrections.all_in_force(connection)
    beyond = [] if corrected else await beyond_counted(connection, published)
    weights = await _weights(connection, stored)
    told = f"{given:,} batches, {sum(sums.answers.values()):,} answers"
    return [
        _check(
            "again", _otherwise(stored, figure, _again(stored, chain, sums, weights)), _said(stored)
        ),
        _check("sums", differing, told),
        _check("counted", beyond, _COMPARED[bool(corrected)]),
    ]


async def _weights(connection: AsyncConnection, stored: FigureBody) -> Weights:
    """As published: in force on the last day; an open figure may be older than that version."""
    published = await questionnaires.read_for(connection, stored.scope)
    if stored.closed:
        return published.weights_of(stored.scope, periods.parse(stored.period).last)
    return published.named(stored.scope, stored.questionnaire)


def _again(stored: FigureBody, chain: FigureChain, sums: BatchSums, weights: Weights) -> FigureBody:
    """The figure from its batches. Its name and its moment are its own."""
    period = periods.parse(stored.period)
    moment = Moment(
        number=stored.number,
        batches=stored.batches,
        watermark=stored.watermark,
        at=datetime.fromisoformat(stored.at),
        supersedes=chain.supersedes,
    )
    closed = period.last <= chain.closed_through
    return figure_body(
        stored.scope,
        stored.name,
        period,
        sums.by_series(),
        moment,
        closed=closed,
        weights=weights,
    )


def _otherwise(stored: FigureBody, figure: Figure, again: FigureBody) -> list[str]:
    """Each member that is another."""
    before, now = _flat(msgspec.to_builtins(stored)), _flat(msgspec.to_builtins(again))
    differing = [
        f"{name}: stored {_short(before.get(name))}, again {_short(now.get(name))}"
        for name in {**before, **now}
        if before.get(name) != now.get(name)
    ]
    if not differing and msgspec.json.encode(again, order="sorted") != figure.body:
        return ["its bytes are not canonical, or hold more than a figure says"]
    return differing


def _said(body: FigureBody) -> str:
    made_of = f"{body.scope} {body.period}, batches up to {body.batches:,}"
    return f"{made_of}: n {body.n}, index {body.index} by {body.questionnaire}"


def _flat(value: object, name: str = "") -> dict[str, object]:
    """Members by their path: `elements.time.index`."""
    if not isinstance(value, dict):
        return {name: value}
    below = (_flat(each, f"{name}.{key}".lstrip(".")) for key, each in value.items())
    return {path: each for part in below for path, each in part.items()}


def _short(value: object) -> str:
    return msgspec.json.encode(value).decode()[:200]


def _check(name: str, faults: Sequence[str], good: str) -> Check:
    return Check(name, not faults, shortened(faults) if faults else good)
