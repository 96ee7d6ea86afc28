"""Topic `figures`: what scoring says about the index."""

import msgspec

TOPIC = "figures"
INDEX_CHANGED = "id.rancak.index.changed.v1"


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
