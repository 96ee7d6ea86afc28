"""The streams that intake publishes."""

from collections.abc import Sequence

from shared.contracts import feedback, registry
from shared.streams import partitioned


def streams_of(partitions: int) -> Sequence[str]:
    """All streams of intake, given the number of partitions."""
    return [registry.TOPIC, *partitioned(feedback.TOPIC, partitions)]
