"""The streams that intake publishes."""

from collections.abc import Sequence

from shared.contracts import applications, feedback, registry
from shared.streams import partitioned


def streams_of(partitions: int) -> Sequence[str]:
    """All streams of intake, given the number of partitions."""
    partitions_of = (feedback.TOPIC, applications.TOPIC)
    return [registry.TOPIC, *(n for topic in partitions_of for n in partitioned(topic, partitions))]
