"""What Prometheus reads of an edge; those of the query API are added to them."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from producers.edge.forwarder import Forwarder
from producers.web.front import Front
from producers.web.tally import Tally
from producers.web.watching import Watching

_LETTERS = "tilde_watchers_letters"


class EdgeMeasures(Collector):
    """Collects them from the edge's parts when Prometheus asks. `forwarder` is None but on Kafka."""

    def __init__(
        self,
        tallies: Sequence[Tally],
        next_offset: Callable[[], int],
        forwarder: Forwarder | None = None,
        front: Front | None = None,
        watching: Watching | None = None,
    ) -> None:
        self._tallies = tallies
        self._next_offset = next_offset
        self._forwarder = forwarder
        self._front = front
        self._watching = watching

    def collect(self) -> Iterator[Metric]:
        """All measures, as they stand."""
        taken = CounterMetricFamily("tilde_edge_posts", "Numbers taken in, by dialect.", labels=["dialect"])
        refusals = CounterMetricFamily("tilde_edge_refusals", "Refusals by reason.", labels=["dialect", "reason"])
        for tally in self._tallies:
            taken.add_metric([tally.dialect], tally.taken)
            for reason, count in tally.refused.items():
                refusals.add_metric([tally.dialect, reason.name.lower()], count)
        yield taken
        yield refusals
        yield from self._of_products()
        if self._front is not None and (ends_s := self._front.certificate_ends_s()) is not None:
            yield GaugeMetricFamily("tilde_edge_certificate_ends_seconds", "When it ends, in unix seconds.", ends_s)
        if self._watching is not None:
            yield from _of_letters(self._watching.figures())
        if self._forwarder is not None:
            unshipped = self._next_offset() - 1 - self._forwarder.shipped_offset
            yield GaugeMetricFamily("tilde_edge_unshipped_batches", "Batches that Kafka does not have yet.", unshipped)
            is_behind = self._forwarder.is_behind
            yield GaugeMetricFamily("tilde_edge_answers_from_disk", "1 while Kafka is not waited for.", is_behind)

    def _of_products(self) -> Iterator[Metric]:
        labels = ["dialect", "product", "reason"]
        each = CounterMetricFamily("tilde_edge_product_refusals", "Refusals of single products.", labels=labels)
        for tally in self._tallies:
            for (product, reason), count in tally.refused_of.items():
                each.add_metric([tally.dialect, str(product), reason.name.lower()], count)
        if each.samples:
            yield each


def _of_letters(figures: Mapping[str, int]) -> Iterator[Metric]:
    yield CounterMetricFamily(_LETTERS, "Letters delivered since the watchers began.", figures.get("letters", 0))
    waiting, dead = figures.get("letters_waiting", 0), figures.get("letters_dead", 0)
    yield GaugeMetricFamily(f"{_LETTERS}_waiting", "Letters that are tried again.", waiting)
    yield GaugeMetricFamily(f"{_LETTERS}_dead", "Letters that were refused for good, or for three days.", dead)
