"""Writes of samples as events of topic `sample_writes`, and back. The plain one, which makes a sample without a ref, is
written by `hot.sample_written`.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from tilde.domain.samples.writes import Before, SampleWrite
from tilde.domain.stats.metrics import Kind
from tilde.schemas.codec import event_encoder
from tilde.schemas.topics import SAMPLE_WRITES


def sample_write_encoder() -> Callable[[SampleWrite, Kind, str | None], bytes]:
    """A function that encodes a write as the body that topic `sample_writes` has, with the kind of its stat, and its
    name where the stat may be new.
    """
    encode = event_encoder(SAMPLE_WRITES.subject)

    def encoded(write: SampleWrite, kind: Kind, name: str | None) -> bytes:
        return encode({**asdict(write), "kind": kind.value, "name": name})[1]

    return encoded


def is_plain(event: Mapping[str, Any]) -> bool:
    """Whether a decoded event only makes a sample, without a ref and under its own id: nothing has to be remembered
    of it, nor known before.
    """
    return bool(event["makes"]) and not event["ref"] and not event["deletes"] and event["id"] == event["event"]


def sample_write_of(event: Mapping[str, Any]) -> SampleWrite:
    """The write in a decoded event."""
    before = event["before"]
    return SampleWrite(
        event["product"],
        event["metric"],
        event["id"],
        event["event"],
        event["received_at"],
        event["ref"],
        event["number"],
        event["t_ms"],
        event["meta"],
        event["makes"],
        event["deletes"],
        None if before is None else _before_of(before),
    )


def _before_of(read: tuple[str, Mapping[str, Any]]) -> Before:
    """The reader names the branch of a union that is a record."""
    _, record = read
    return Before(record["ref"], record["number"], record["t_ms"], record["meta"], record["created_ms"])
