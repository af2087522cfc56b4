"""Posts to points: the `~` fan-out where names spread, the time that counts, and the first sight of every metric."""

from dataclasses import dataclass
from typing import Any

from streams.contract import Message, Outputs
from streams.processors.rows import bury
from streams.processors.sightings import NOT_YET, sighting
from streams.state import State
from tilde.domain.log.versions import version_at
from tilde.domain.stats.fanout import NAME_MAX_CODE_POINTS, BadNameError, has_tilde, stats_of
from tilde.domain.stats.metrics import metric_id
from tilde.schemas import hot
from tilde.schemas.topics import DEAD_LETTERS, METRICS, POINTS, STATS

STATS_REMEMBERED_MAX = 200_000  # 85 MB of usual names, 450 MB of the longest; forgetting costs repeated rows, no more


_Posted = tuple[int, int, str, str, bool]
"""Product, metric, kind, name as posted, and whether a `~` in that spreads; of a name without one it always would. The
metric is the name's own unless the edge knew better: a name that a renamed stat gave up is another stat's
(decision 0032).
"""


@dataclass(slots=True)
class _Target:
    """A metric that a posted name stands for, and the earliest event it was announced with."""

    metric: int
    name: str
    encoded: bytes
    first_event: int = NOT_YET


class StatsProcessor:
    """Writes one point for each stat of each post, and a `metrics` row for each metric new to this partition."""

    name = "stats"
    source = STATS
    outputs = (POINTS, METRICS, DEAD_LETTERS)
    remembers = False
    as_of = None

    def __init__(self) -> None:
        self._targets: dict[_Posted, list[_Target]] = {}
        self._remembered = 0

    def forget(self) -> None:
        self._targets.clear()
        self._remembered = 0

    def fold(self, message: Message, outputs: Outputs, state: State) -> None:
        points = outputs[POINTS.name]
        partition = hot.long(message.partition)
        spreads = message.content["spreads"]
        for place, event in enumerate(message.content["events"]):
            received_at = hot.long(event["received_at"])
            t = event["t"]
            times = received_at + received_at if t is None else hot.long(t * 1000) + received_at
            event_id = hot.long(event["id"])
            version = hot.long(version_at(message.offset, place))
            rest = hot.double(event["number"]) + partition
            if event["name"] is None:
                metric = hot.point_metric(event["product"], event["metric"])
                points.append(hot.point(metric, event_id, 0, version, times, rest))
                continue
            try:
                targets = self._targets_of(event, spreads)
            except BadNameError as bad:
                bury(message, place, self, str(bad), outputs)
                continue
            for nth, target in enumerate(targets):
                points.append(hot.point(target.encoded, event_id, nth, version, times, rest))
                if event["id"] < target.first_event:
                    target.first_event = event["id"]
                    self._announce(message, event, target, outputs)

    def _targets_of(self, event: dict[str, Any], spreads: bool) -> list[_Target]:  # noqa: FBT001 - the batch's
        product, metric, kind, name = event["product"], event["metric"], event["kind"], event["name"]
        key = product, metric, kind, name, spreads or not has_tilde(name)
        targets = self._targets.get(key)
        if targets is None:
            names = stats_of(name, spreads=spreads)
            is_one = not spreads or not has_tilde(name)
            stats = [(metric if is_one else metric_id(product, kind, stat), stat) for stat in names]
            targets = [_Target(metric, stat, hot.point_metric(product, metric)) for metric, stat in stats]
            self._remember(key, targets)
        return targets

    def _remember(self, key: _Posted, targets: list[_Target]) -> None:
        # By stats, not by names: one name may stand for 100, and its list may be long and stand for few.
        stats = max(len(targets), len(key[3]) // NAME_MAX_CODE_POINTS)
        if self._remembered + stats > STATS_REMEMBERED_MAX:
            self.forget()
        self._targets[key] = targets
        self._remembered += stats

    @staticmethod
    def _announce(message: Message, event: dict[str, Any], target: _Target, outputs: Outputs) -> None:
        row = sighting(
            event["product"],
            target.metric,
            event["kind"],
            target.name,
            message.partition,
            event["id"],
            event["received_at"],
        )
        outputs[METRICS.name].append(row)
