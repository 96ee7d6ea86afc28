"""What agencies measured elsewhere: kept as it came, computed exactly, never part of the index."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from fractions import Fraction
from typing import Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain import external as rules
from services.scoring.domain import ikm
from services.scoring.domain import period as periods
from services.scoring.domain.elements import CODES
from services.scoring.domain.external import Sum
from services.scoring.domain.ikm import RuleSet, WeightMethod
from services.scoring.domain.period import Period
from services.scoring.domain.scope import Scope
from services.scoring.store import external as store
from services.scoring.store.external import External, Listed, Place
from shared.contracts.feedback import AGGREGATED
from shared.log import Run

# What one answer shows at most: an agency measures a unit a few times a year.
MOST_SHOWN = 50
_MARK = AGGREGATED.encode()

State = Literal["holds", "superseded", "withdrawn"]


class ExternalElement(msgspec.Struct, frozen=True, kw_only=True):
    """One element as the agency told it: its answers, their sum; mean (NRR), index and class."""

    n: int
    sum: int
    nrr: str
    index: str
    letter: str | None = msgspec.field(name="class")


class ExternalAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A survey outside Rancak, as its agency reports it; not part of any figure here.

    `index`, `exact` and `class` are computed here from the sums. `published` is what the agency
    made public (at `source_url`); `differs` whether that is another value. `received`: when it came
    in; `earlier`: how many reports of the same scope, period and method it takes the place of.
    """

    scope: str
    period: str
    method: str
    n: int
    index: str
    exact: str
    letter: str | None = msgspec.field(name="class")
    rule_set: str
    weight_method: str
    elements: dict[str, ExternalElement]
    published: str | None
    differs: bool | None
    source_url: str | None
    received: str
    earlier: int
    state: State
    stream: str
    sequence: int


class _Sums(msgspec.Struct):
    n: int
    sum: int


class _Data(msgspec.Struct):
    scope: str
    period: str
    method: str
    weight_method: WeightMethod
    n: int
    elements: dict[str, _Sums]
    published: str | None = None
    source_url: str | None = None
    withdrawn: bool = False


class _Event(msgspec.Struct):
    type: str
    data: msgspec.Raw = msgspec.Raw()
    received: datetime | None = None


async def follow_external(connection: AsyncConnection, runs: Sequence[Run]) -> None:
    """Keep what these runs tell; each is one that holds more than answers."""
    await store.add(connection, [each for run in runs for each in externals_in(run)])


def externals_in(run: Run) -> Iterator[External]:
    """The reports among the events of a run. Raises ValueError for one that cannot be read."""
    if _MARK not in run.body:
        return
    for sequence, raw in enumerate(run.events(), run.first):
        event = msgspec.json.decode(raw, type=_Event)
        if event.type == AGGREGATED:
            yield _external(run.stream, sequence, event)


async def beside(
    connection: AsyncConnection, scope: Scope, period: Period, zone: tzinfo | None
) -> list[ExternalAnswer]:
    """What holds of a scope, measured within a period; stands beside its index. Times in `zone`."""
    found = await store.holding(connection, scope, period, MOST_SHOWN)
    return [answer_of(each, zone) for each in found]


async def history(
    connection: AsyncConnection, scope: Scope, after: Place, most: int
) -> list[ExternalAnswer]:
    """Everything ever told of a scope, also what was superseded or withdrawn."""
    return [answer_of(each, UTC) for each in await store.history(connection, scope, after, most)]


def answer_of(listed: Listed, zone: tzinfo | None) -> ExternalAnswer:
    """A report in the words of an answer."""
    kept = listed.external
    data = msgspec.json.decode(kept.body, type=_Data)
    band_rules = ikm.rules_on(kept.last)
    exact = _index(data)
    return ExternalAnswer(
        scope=kept.scope,
        period=kept.period,
        method=kept.method,
        n=data.n,
        index=ikm.published(exact),
        exact=ikm.exact_text(exact),
        letter=band_rules.classify(exact).letter,
        rule_set=band_rules.name,
        weight_method=str(data.weight_method),
        elements={code: _element(each, band_rules) for code, each in _sums(data).items()},
        published=data.published,
        differs=None if data.published is None else rules.differs(data.published, exact),
        source_url=data.source_url,
        received=kept.received.astimezone(zone).isoformat(timespec="seconds"),
        earlier=listed.earlier,
        state=_state(listed),
        stream=kept.stream,
        sequence=kept.sequence,
    )


def _external(stream: str, sequence: int, event: _Event) -> External:
    data = msgspec.json.decode(event.data, type=_Data)
    if event.received is None or event.received.tzinfo is None:
        raise ValueError("an aggregate without the time at which it was received")
    _index(data)  # what cannot be computed must not be kept: it would break every later reading
    period = periods.parse(data.period)
    return External(
        stream=stream,
        sequence=sequence,
        scope=data.scope,
        period=data.period,
        first=period.first,
        last=period.last,
        method=data.method,
        withdrawn=data.withdrawn,
        received=event.received,
        body=bytes(event.data),
    )


def _state(listed: Listed) -> State:
    if not listed.is_newest:
        return "superseded"
    return "withdrawn" if listed.external.withdrawn else "holds"


def _sums(data: _Data) -> Mapping[str, Sum]:
    """In the regulation's order."""
    told = data.elements
    return {code: Sum(told[code].n, told[code].sum) for code in CODES if code in told}


def _index(data: _Data) -> Fraction:
    index = rules.index_of(_sums(data), data.weight_method)
    if index is None:
        raise ValueError("an aggregate without elements")
    return index


def _element(each: Sum, band_rules: RuleSet) -> ExternalElement:
    return ExternalElement(
        n=each.n,
        sum=each.total,
        nrr=ikm.published(each.nrr, ikm.NRR_DECIMALS),
        index=ikm.published(each.index),
        letter=band_rules.classify(each.index).letter,
    )
