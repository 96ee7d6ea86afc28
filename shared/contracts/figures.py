"""Topic `figures`: what scoring says about the index."""

import msgspec

TOPIC = "figures"
INDEX_CHANGED = "id.rancak.index.changed.v1"
FIGURE_PUBLISHED = "id.rancak.figure.published.v1"
INDEX_CORRECTED = "id.rancak.index.corrected.v1"
PERIOD_CLOSED = "id.rancak.period.closed.v1"
# What anybody may read; `index.changed` is live and not gated, for whoever holds a key.
PUBLIC = frozenset({FIGURE_PUBLISHED, INDEX_CORRECTED, PERIOD_CLOSED})


class IndexChanged(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A service's index moved. At most one per service and second; the newest one holds.

    `index` is the published value ("97.12"), `exact` the fraction before rounding ("871450/8973"),
    `index_class` the letter A-D under `rule_set`; `elements` maps an element to its own index;
    `places` are those where the service was answered about in the period.
    """

    service: str
    agency: str
    period: str
    n: int
    index: str | None
    exact: str | None
    index_class: str | None = msgspec.field(name="class")
    rule_set: str
    elements: dict[str, str | None]
    as_of: str
    places: list[str] = msgspec.field(default_factory=list)


class PublicValue(msgspec.Struct, frozen=True, kw_only=True):
    """What anybody may see of an index: `GET /v1/figures/{figure}` is its receipt.

    While its period is not `closed`, `n` moves in steps of 5 and `index` is rounded further.
    """

    figure: str
    closed: bool
    n: int | None
    index: str | None
    index_class: str | None = msgspec.field(name="class")


class FigurePublished(msgspec.Struct, frozen=True, kw_only=True):
    """A public value is made."""

    scope: str
    period: str
    value: PublicValue


class IndexCorrected(msgspec.Struct, frozen=True, kw_only=True):
    """The figure of a closed period changed: late answers, a quarantine, a correction.

    The figure before stays where it was.
    """

    scope: str
    period: str
    before: PublicValue
    after: PublicValue


class PeriodClosed(msgspec.Struct, frozen=True, kw_only=True):
    """A period has ended and its figures are final, unless corrected; how many there are."""

    period: str
    figures: int
