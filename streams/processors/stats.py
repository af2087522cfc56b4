"""Posts to points: the `~` fan-out where names spread, the time that counts, and the first sight of every metric."""

from dataclasses import dataclass
from functools import lru_cache

from streams.contract import Message, Outputs, PlainProcessor
from streams.processors.rows import bury
from streams.processors.sightings import sighting
from streams.state import State
from tilde.domain.log.versions import version_at
from tilde.domain.stats.fanout import NAME_MAX_CODE_POINTS, BadNameError, has_tilde, stats_of
from tilde.domain.stats.metrics import metric_id
from tilde.schemas import hot
from tilde.schemas.cut_stats import CutStat, Posted, decoded, posted_of, seconds_of
from tilde.schemas.topics import DEAD_LETTERS, METRICS, POINTS, STATS

STATS_REMEMBERED_MAX = 200_000  # 85 MB of usual names, 450 MB of the longest; forgetting costs repeated rows, no more


_Key = tuple[bytes, bool]
"""What a post is to (`CutStat.posted`), and whether a `~` in its name spreads. The metric is the name's own unless the
edge knew better: a name that a renamed stat gave up is another stat's (decision 0032).
"""
_NO_EVENT_YET = 1 << 80
"""Above what is made of any event's id."""
_IS_ANNOUNCED = -1
"""Stands for the first event of a metric that is announced by nobody who posts to it. No event is earlier."""


@dataclass(slots=True)
class _Target:
    """A metric that a posted name stands for, and the earliest event it was announced with."""

    metric: int
    name: str
    encoded: bytes
    first_event: int = _NO_EVENT_YET


class StatsProcessor(PlainProcessor):
    """Writes one point for each stat of each post, and a `metrics` row for each metric new to this partition."""

    name = "stats"
    source = STATS
    outputs = (POINTS, METRICS, DEAD_LETTERS)

    def __init__(self) -> None:
        self._targets: dict[_Key, list[_Target]] = {}
        self._remembered = 0

    def forget(self) -> None:
        self._targets.clear()
        self._remembered = 0

    def fold(self, message: Message, outputs: Outputs, state: State) -> None:
        points = outputs[POINTS.name]
        partition = hot.long(message.partition)
        spreads = message.content["spreads"]
        for place, event in enumerate(message.content["events"]):
            try:
                targets = self._targets.get((event.posted, spreads))
                if targets is None:
                    targets = self._found(event, spreads)
            except BadNameError as bad:
                bury(message, place, self, str(bad), outputs)
                continue
            event_id, _, number, t, received_at = event
            times = (received_at if t == hot.NULL else _ts(t)) + received_at
            version = hot.long(version_at(message.offset, place))
            rest = number + partition
            nth_event = int.from_bytes(event_id, "little")  # in the order of ids, without reading them
            for nth, target in enumerate(targets):
                points.append(hot.point(target.encoded, event_id, nth, version, times, rest))
                if nth_event < target.first_event:
                    target.first_event = nth_event
                    _announce(message.partition, event, target, outputs)

    def _found(self, event: CutStat, spreads: bool) -> list[_Target]:  # noqa: FBT001 - the batch's
        """What it counts for. Of a name without a `~` it does not matter whether that would spread."""
        posted = posted_of(event)
        either = not has_tilde(posted.name or "")
        targets = self._targets.get((event.posted, not spreads)) if either else None
        if targets is None:
            targets = _targets_of(posted, spreads=spreads)
            self._remember(posted, targets)
        self._targets[event.posted, spreads] = targets
        return targets

    def _remember(self, posted: Posted, targets: list[_Target]) -> None:
        # By stats, not by names: one name may stand for 100, and its list may be long and stand for few.
        stats = max(len(targets), len(posted.name or "") // NAME_MAX_CODE_POINTS)
        if self._remembered + stats > STATS_REMEMBERED_MAX:
            self.forget()
        self._remembered += stats


def _targets_of(posted: Posted, *, spreads: bool) -> list[_Target]:
    product, metric, kind, name = posted
    if name is None:
        return [_Target(metric, "", hot.point_metric(product, metric), _IS_ANNOUNCED)]
    is_one = not spreads or not has_tilde(name)
    stats = [(metric if is_one else metric_id(product, kind, stat), stat) for stat in stats_of(name, spreads=spreads)]
    return [_Target(metric, stat, hot.point_metric(product, metric)) for metric, stat in stats]


def _announce(partition: int, event: CutStat, target: _Target, outputs: Outputs) -> None:
    post = decoded(event)
    stood = post["product"], target.metric, post["kind"], target.name
    outputs[METRICS.name].append(sighting(*stood, partition, post["id"], post["received_at"]))


@lru_cache(4096)
def _ts(t: bytes) -> bytes:
    """Its milliseconds; times of posts of some minutes come again."""
    return hot.long(seconds_of(t) * 1000)
