"""Writes of samples for tests, what has to come of them, and what did: an oracle that remembers all and skips nothing,
and the samples and points that rows stand for.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from testkit.sealed import NOON_MS
from tilde.domain.samples.sample import Sample, sample_id
from tilde.domain.samples.writes import Before, SampleWrite
from tilde.domain.stats.metrics import metric_id

NAME = "orders"
METRIC = metric_id(1, "counter", NAME)
AT_MS = NOON_MS


def a_write(event: int, ref: str | None = None, **changes: Any) -> SampleWrite:
    """One that makes a sample of product 1's counter `orders`, or changes the one of its ref."""
    metric = changes.get("metric", METRIC)
    id_ = event if ref is None else sample_id(metric, ref)
    return replace(SampleWrite(1, METRIC, id_, event, AT_MS, ref), **changes)


def as_read(sample: Sample) -> Before:
    """How an edge that changes a sample says that it has read it."""
    return Before(sample.ref, sample.number, sample.t_ms, sample.meta, sample.created_ms)


def an_event(write: SampleWrite, name: str | None = NAME, kind: str = "counter") -> dict[str, Any]:
    """The write as an event of topic `sample_writes`."""
    return {**asdict(write), "kind": kind, "name": name}


@dataclass
class SampleOracle:
    """Every sample as its writes say, in the order of the log."""

    samples: dict[int, Sample] = field(default_factory=dict)

    def take(self, write: SampleWrite) -> None:
        """One more write."""
        if write.deletes:
            self.samples.pop(write.id, None)
            return
        there = self._with_ref(write) if write.makes and write.ref else self.samples.get(write.id)
        if there is not None:
            self.samples[there.id] = self._changed(there, write)
        elif write.makes:
            self._make(write)

    def _with_ref(self, write: SampleWrite) -> Sample | None:
        alike = (one for one in self.samples.values() if (one.metric, one.ref) == (write.metric, write.ref))
        return next(alike, None)

    def _changed(self, there: Sample, write: SampleWrite) -> Sample:
        ref = there.ref
        if write.ref is not None and (not write.ref or self._with_ref(write) is None):
            ref = write.ref or None
        return replace(
            there,
            ref=ref,
            number=there.number if write.number is None else write.number,
            t_ms=there.t_ms if write.t_ms is None else write.t_ms,
            meta=there.meta if write.meta is None else write.meta or None,
            updated_ms=write.received_at,
        )

    def _make(self, write: SampleWrite) -> None:
        id_ = write.event if write.id in self.samples else write.id
        t_ms = write.received_at if write.t_ms is None else write.t_ms
        number = 1.0 if write.number is None else write.number
        at_ms, ref, meta = write.received_at, write.ref or None, write.meta or None
        self.samples[id_] = Sample(write.product, write.metric, id_, ref, number, t_ms, meta, at_ms, at_ms)


def standing(rows: Iterable[Mapping[str, Any]], *identity: str) -> list[Mapping[str, Any]]:
    """Of each identity the row of the highest version, if it does not delete it: what a table shows with FINAL."""
    highest: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for row in rows:
        key = tuple(row[name] for name in identity)
        if key not in highest or row["version"] >= highest[key]["version"]:
            highest[key] = row
    return [row for row in highest.values() if not row["is_deleted"]]


def samples_of(rows: Iterable[Mapping[str, Any]]) -> dict[int, Sample]:
    """The samples that rows of topic `samples` stand for; none may stand at two times."""
    found: dict[int, Sample] = {}
    for row in standing(rows, "product", "metric", "ts", "id"):
        assert row["id"] not in found, f"sample {row['id']} stands at two times"
        ref, meta, (ts, created, updated) = row["ref"] or None, row["meta"] or None, _times(row)
        of = row["product"], row["metric"], row["id"]
        found[row["id"]] = Sample(*of, ref, row["number"], ts, meta, created, updated)
    return found


def _times(row: Mapping[str, Any]) -> tuple[int, int, int]:
    return _ms(row["ts"]), _ms(row["created_at"]), _ms(row["updated_at"])


def _ms(at: Any) -> int:
    return at if isinstance(at, int) else round(at.timestamp() * 1000)


Numbers = Counter[tuple[int, int, float]]
"""How often a metric has a number at a time (unix milliseconds)."""


def numbers_of_points(rows: Iterable[Mapping[str, Any]]) -> Numbers:
    """Those of rows of topic `points`."""
    points = standing(rows, "product", "metric", "event_id", "nth")
    return Counter((row["metric"], _ms(row["ts"]), row["number"]) for row in points)


def numbers_of_samples(samples: Iterable[Sample]) -> Numbers:
    """Those that samples have: the points must be these, and no others."""
    return Counter((one.metric, one.t_ms, one.number) for one in samples)
