"""A registry of prometheus-client's, of this process alone: fits `application.ports.metrics.Meter`.

Nothing of the process or of Python is told besides. A metric has as many series as its labels have words; one
whose names come from a file has `DECLARED_MOST` at most.
"""

from collections.abc import Iterable, Sequence
from math import prod

from prometheus_client import disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics import Counter, Histogram
from prometheus_client.metrics_core import Metric as MetricFamily
from prometheus_client.registry import Collector, CollectorRegistry

from envaccess.domain.metrics import DECLARED_MOST, OTHER, Metric, MetricKind, Reading

Series = tuple[str, ...]


class PrometheusMeter:
    """Counts and times, and shows all of it as text.

    Args:
        metrics: every metric that there is; each is shown from the start.
    """

    def __init__(self, metrics: Iterable[Metric]) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        every = list(metrics)
        self._registry = CollectorRegistry(auto_describe=False)
        self._counters = {one: self._counter(one) for one in every if one.kind is MetricKind.COUNTER}
        self._timers = {one: self._timer(one) for one in every if one.kind is MetricKind.HISTOGRAM}
        self._gauges = _Gauges([one for one in every if one.kind is MetricKind.GAUGE])
        self._registry.register(self._gauges)
        self._series: dict[Metric, set[Series]] = {one: set() for one in every}

    def count(self, metric: Metric, *labels: str, by: float = 1.0) -> None:
        """It happened, or so much of it."""
        counter = self._counters[metric]
        (counter.labels(*self._words(metric, labels)) if labels else counter).inc(by)

    def took(self, metric: Metric, seconds: float, *labels: str) -> None:
        """It took so long; a clock that was set back makes it nothing."""
        timer = self._timers[metric]
        (timer.labels(*self._words(metric, labels)) if labels else timer).observe(max(seconds, 0.0))

    def show(self, readings: Sequence[Reading]) -> bytes:
        """Everything as text, with these gauges and no others."""
        self._gauges.readings = [
            Reading(one.metric, one.value, self._words(one.metric, one.labels)) for one in readings
        ]
        return generate_latest(self._registry)

    def _counter(self, metric: Metric) -> Counter:
        return Counter(metric.name, metric.says, tuple(metric.labels), registry=self._registry)

    def _timer(self, metric: Metric) -> Histogram:
        return Histogram(
            metric.name, metric.says, tuple(metric.labels), registry=self._registry, buckets=metric.buckets
        )

    def _words(self, metric: Metric, given: Series) -> Series:
        """The words of a series; beyond so many that a file's names make, all further ones are one."""
        shown, known = metric.words(given), self._series[metric]
        if shown in known:
            return shown
        if len(known) >= _series_most(metric):
            return tuple(
                OTHER if label.declared else word
                for label, word in zip(metric.labels.values(), shown, strict=True)
            )
        known.add(shown)
        return shown


def _series_most(metric: Metric) -> int:
    """How many series a metric may have: every word of each label, and so many names of a file's."""
    return prod(DECLARED_MOST if label.declared else len(label.known) + 1 for label in metric.labels.values())


class _Gauges(Collector):
    """What gauges show, as they were read last: a series that is not read any more is not shown."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics
        self.readings: Sequence[Reading] = ()

    def collect(self) -> Iterable[MetricFamily]:
        """A family each."""
        for metric in self._metrics:
            family = GaugeMetricFamily(metric.name, metric.says, labels=tuple(metric.labels))
            for one in self.readings:
                if one.metric is metric:
                    family.add_metric(one.labels, one.value)
            yield family
