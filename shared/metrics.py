"""Counters of one service, read by Prometheus at `/metrics`."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """One registry per service, so that three services can live in one process."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._prefix = f"rancak_{service}"

    def counter(self, name: str, help_text: str, *labels: str) -> Counter:
        """A counter `rancak_<service>_<name>_total`."""
        return Counter(f"{self._prefix}_{name}", help_text, labels, registry=self.registry)

    def gauge(self, name: str, help_text: str, *labels: str) -> Gauge:
        """A gauge `rancak_<service>_<name>`."""
        return Gauge(f"{self._prefix}_{name}", help_text, labels, registry=self.registry)

    def histogram(self, name: str, help_text: str, *labels: str) -> Histogram:
        """A histogram of seconds `rancak_<service>_<name>`."""
        return Histogram(
            f"{self._prefix}_{name}",
            help_text,
            labels,
            registry=self.registry,
            buckets=LATENCY_BUCKETS,
        )
