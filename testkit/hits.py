"""Hits for tests and benchmarks: what a tracker sends, and what the log then has."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tilde.eventlog.segments import SegmentReader
from tilde.schemas.codec import decode
from tilde.schemas.topics import HITS


def hits_in(folder: Path) -> list[dict[str, Any]]:
    """The durable events of topic `hits` in the folder of an edge, as others read them, in the order of their ids."""
    reader = SegmentReader(folder)
    try:
        return sorted(_events(reader), key=lambda event: int(event["event"]))
    finally:
        reader.close()


def _events(reader: SegmentReader) -> Iterator[dict[str, Any]]:
    for partition in range(HITS.partitions):
        for record in reader.read(HITS.name, partition, 0, 1 << 30):
            yield from decode(record.value, HITS.subject)["events"]


def every_byte(folder: Path) -> bytes:
    """Of all files in a folder and below it."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
