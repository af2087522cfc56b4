"""Posts to points: the `~` fan-out, the time that counts, and the first sight of every metric."""

from dataclasses import dataclass
from typing import Any

import orjson

from streams.processors.contract import Outputs, Source
from streams.processors.sightings import NO_EVENT, sighting
from tilde.domain.fanout import expand
from tilde.domain.metrics import metric_id
from tilde.domain.rejections import Rejection
from tilde.schemas import hot
from tilde.schemas.dead_letters import Place, dead_letter
from tilde.schemas.topics import DEAD_LETTERS, METRICS, POINTS, STATS

METRICS_REMEMBERED_MAX = 200_000  # about 60 MB; forgetting costs a repeated row, nothing else


@dataclass(slots=True)
class _Target:
    """A metric that a posted name stands for, and the earliest event it was announced with."""

    metric: int
    name: str
    encoded: bytes
    first_event: int = NO_EVENT


class StatsProcessor:
    """Writes one point for each stat of each post, and a `metrics` row for each metric new to this partition."""

    name = "stats"
    source = STATS
    outputs = (POINTS, METRICS, DEAD_LETTERS)

    def __init__(self) -> None:
        self._targets: dict[tuple[int, str, str], list[_Target]] = {}

    def forget(self) -> None:
        self._targets.clear()

    def fold(self, source: Source, outputs: Outputs) -> None:
        points = outputs[POINTS.name]
        for place, event in enumerate(source.message["events"]):
            received_at = hot.long(event["received_at"])
            t = event["t"]
            times = received_at + received_at if t is None else hot.long(t * 1000) + received_at
            event_id = hot.long(event["id"])
            version = hot.long(source.version(place))
            number = hot.double(event["number"])
            if event["name"] is None:
                metric = hot.point_metric(event["product"], event["metric"])
                points.append(hot.point(metric, event_id, 0, version, times, number))
                continue
            try:
                targets = self._targets_of(event["product"], event["kind"], event["name"])
            except Rejection as rejection:
                self._bury(source, place, str(rejection), outputs)
                continue
            for nth, target in enumerate(targets):
                points.append(hot.point(target.encoded, event_id, nth, version, times, number))
                if event["id"] < target.first_event:
                    target.first_event = event["id"]
                    self._announce(source, event, target, outputs)

    def _targets_of(self, product: int, kind: str, name: str) -> list[_Target]:
        key = product, kind, name
        targets = self._targets.get(key)
        if targets is None:
            if len(self._targets) >= METRICS_REMEMBERED_MAX:
                self._targets.clear()
            stats = [(metric_id(product, kind, stat), stat) for stat in expand(name)]
            targets = [_Target(metric, stat, hot.point_metric(product, metric)) for metric, stat in stats]
            self._targets[key] = targets
        return targets

    @staticmethod
    def _announce(source: Source, event: dict[str, Any], target: _Target, outputs: Outputs) -> None:
        row = sighting(
            event["product"],
            target.metric,
            event["kind"],
            target.name,
            source.partition,
            event["id"],
            event["received_at"],
        )
        outputs[METRICS.name].append(row)

    def _bury(self, source: Source, place: int, reason: str, outputs: Outputs) -> None:
        body = orjson.dumps(source.message["events"][place], default=str)
        stood = Place(STATS.name, source.partition, source.offset, place)
        outputs[DEAD_LETTERS.name].append(dead_letter(stood, self.name, reason, body))
