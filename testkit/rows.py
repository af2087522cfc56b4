"""Output messages for tests: a point, a metric, a milestone, with what a test does not care about filled in."""

from typing import Any

from tilde.domain.log.identity import first_id_at
from tilde.domain.stats.metrics import metric_id
from tilde.schemas.codec import encoder
from tilde.schemas.progress import Milestone, milestone_message

NOON_MS = 1_793_016_000_000  # 2026-10-26T12:00:00Z

_encode_point = encoder("point")
_encode_metric = encoder("metric")
_encode_event = encoder("event")
_encode_property = encoder("property")
_encode_marker = encoder("marker")


def a_point(**fields: Any) -> bytes:
    """A point of product 1's counter `hits`, received at noon; `event_id` and `ts` follow from `received_at`."""
    received_at = fields.get("received_at", NOON_MS)
    row = {
        "product": 1,
        "metric": metric_id(1, "counter", "hits"),
        "event_id": first_id_at(received_at),
        "nth": 0,
        "version": 1,
        "is_deleted": 0,
        "ts": received_at,
        "received_at": received_at,
        "number": 1.0,
        "raw_partition": 0,
    }
    return _encode_point(row | fields)


def some_points(count: int, **fields: Any) -> list[bytes]:
    """Points of one metric, one a second from noon on."""
    return [a_point(**{"received_at": NOON_MS + 1000 * i, "version": i} | fields) for i in range(count)]


def a_metric(name: str = "hits", kind: str = "counter", **fields: Any) -> bytes:
    """The first sight of a metric of product 1, at noon."""
    product = fields.get("product", 1)
    first_seen_at = fields.get("first_seen_at", NOON_MS)
    event_id = first_id_at(first_seen_at)
    row = {
        "product": product,
        "metric": metric_id(product, kind, name),
        "raw_partition": 0,
        "version": (1 << 53) - event_id,
        "is_deleted": 0,
        "kind": kind,
        "name": name,
        "event_id": event_id,
        "first_seen_at": first_seen_at,
    }
    return _encode_metric(row | fields)


def an_event(name: str = "signed up", **fields: Any) -> bytes:
    """An event of product 1 that was done once: used and sent first and last at noon."""
    return _encode_event({"event": name, "total": 1} | _usage(fields))


def a_property(name: str = "plan", **fields: Any) -> bytes:
    """A property of product 1, likewise."""
    return _encode_property({"property": name} | _usage(fields))


def _usage(fields: dict[str, Any]) -> dict[str, Any]:
    used = dict.fromkeys(("first_used_at", "last_used_at"), NOON_MS // 1000)
    sent = dict.fromkeys(("first_sent_at", "last_sent_at"), NOON_MS)
    return {"product": 1, "version": 1, "is_deleted": 0, "index": 1} | used | sent | fields


def a_marker(next_offset: int, topic: str = "stats") -> bytes:
    """Says that a raw partition is done below `next_offset`, as releases before topic `progress` did in the outputs."""
    return _encode_marker({"topic": topic, "next_offset": next_offset})


def a_milestone(partition: int, next_offset: int, topic: str = "stats", **ends: int) -> bytes:
    """The same in topic `progress`: what is below `next_offset` stands in the outputs below these ends."""
    return milestone_message(Milestone(topic, partition, next_offset, ends))
