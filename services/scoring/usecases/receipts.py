"""Receipts: a published figure with its place in the chain, and the batches that it holds."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain import period as periods
from services.scoring.domain import scope as scopes
from services.scoring.domain.elements import CODES
from services.scoring.domain.period import Period
from services.scoring.domain.publication.cells import clear
from services.scoring.domain.scope import Scope
from services.scoring.store import batches, figures, registry
from services.scoring.store.batches import StoredBatch
from services.scoring.store.publication import as_counted
from services.scoring.usecases.figure_body import FigureBody, read, weights_of

MOST_FIGURES = 100


class UnknownFigure(LookupError):
    """No figure has this id."""


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """`hash` is SHA-256 over the bytes of `previous` and the canonical JSON of `figure`.

    Canonical: sorted keys, no blanks, UTF-8. `holds` is false once a newer figure took its place,
    which `newest` names. `weights` are the fractions of the `questionnaire` that the index is by.
    `example`: made up to show Rancak, not official.
    """

    figure: msgspec.Raw
    previous: str
    hash: str
    holds: bool
    newest: str
    questionnaire: str
    weights: dict[str, str]
    example: bool


class ChainedFigure(msgspec.Struct, frozen=True):
    """A figure at its place in the chain, as in its receipt."""

    number: int
    figure: msgspec.Raw
    previous: str
    hash: str


class ElementSums(msgspec.Struct, frozen=True):
    """How many answered an element, and the sum of their scores."""

    n: int
    sum: int


class OpenBatch(msgspec.Struct, frozen=True, kw_only=True):
    """At least ten answers that were given out together; null where few of them skipped it.

    `service` is a service, an agency, or empty for several agencies; `*` is "several".
    """

    number: int
    service: str
    place: str
    series: str
    first: str
    last: str
    n: int
    elements: dict[str, ElementSums | None]


@dataclass(frozen=True, slots=True)
class Shown:
    """A receipt with what its page shows beside it."""

    receipt: Receipt
    body: FigureBody
    history: Sequence[FigureBody]


async def receipt_of(connection: AsyncConnection, figure_id: str) -> Shown:
    """The receipt of a figure. Raises UnknownFigure."""
    figure = await figures.by_id(connection, figure_id)
    if figure is None:
        raise UnknownFigure(figure_id)
    history = await figures.history(connection, figure.scope, figure.period, MOST_FIGURES)
    newest, body = history[0], read(figure)
    receipt = Receipt(
        figure=msgspec.Raw(figure.body),
        previous=figure.previous.hex(),
        hash=figure.hash.hex(),
        holds=newest.id == figure.id,
        newest=newest.id,
        questionnaire=body.questionnaire,
        weights=weights_of(body).said(),
        example=(await registry.scope_of(connection, scopes.parse(figure.scope))).example,
    )
    return Shown(receipt, body, [read(each) for each in history])


async def history_of(
    connection: AsyncConnection, scope: Scope, period: Period
) -> Sequence[FigureBody]:
    """Every figure that a scope and period had, newest first, at most a hundred."""
    found = await figures.history(connection, str(scope), str(period), MOST_FIGURES)
    return [read(each) for each in found]


async def chain_of(
    connection: AsyncConnection, *, after: int, most: int
) -> Sequence[ChainedFigure]:
    """The next figures of the chain."""
    return [
        ChainedFigure(each.number, msgspec.Raw(each.body), each.previous.hex(), each.hash.hex())
        for each in await figures.chain(connection, after, most)
    ]


async def batches_of(
    connection: AsyncConnection, scope: Scope, period: Period, *, after: int, upto: int, most: int
) -> Sequence[OpenBatch]:
    """The public batches within a scope and period, by number."""
    found = await batches.listed(connection, scope, period, after=after, upto=upto, most=most)
    return [_open(batch) for batch in found]


def lies_in(body: FigureBody) -> tuple[Scope, Period]:
    """What a figure is about."""
    return scopes.parse(body.scope), periods.parse(body.period)


def _open(batch: StoredBatch) -> OpenBatch:
    counted = as_counted(batch.counters)
    elements: dict[str, ElementSums | None] = {}
    for code, tally in zip(CODES, counted.tallies, strict=True):
        told = clear((tally.n, counted.n - tally.n)) or counted.n < 0
        elements[code] = ElementSums(tally.n, tally.total) if told else None
    return OpenBatch(
        number=batch.number,
        service=batch.service,
        place=batch.place,
        series=batch.series,
        first=batch.start.isoformat(),
        last=batch.last.isoformat(),
        n=counted.n,
        elements=elements,
    )
