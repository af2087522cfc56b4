"""Sealed batches whose events are cut into the pieces that rows are made of: most of a row are bytes that stand in the
event, and to make values of them, and bytes again, takes several times as long
(docs/decisions/0055-hits-are-cut.md).

What nearly every event of a topic looks like is said as a regular expression. One that it does not match, as one with
a longer text, is read by fastavro, and so is a batch of a version with other events; they come into the same pieces.
What fastavro cannot read either is poison, for the reason that it has.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import Any

from tilde.schemas.avro_patterns import ASCII, NUMBER, group, sized
from tilde.schemas.codec import (
    HEADER_BYTES,
    UNREADABLE,
    batch_end,
    batch_schemas,
    decode,
    event_reader,
    header,
    said_by_default,
)
from tilde.schemas.hot import END, content_of, long_of, size_and

WORD = sized(range(64), ASCII)
"""A short text, as an edge's id: its size is one byte."""

_head_at = re.compile(group(WORD) + group(NUMBER) * 5).match


@dataclass(frozen=True)
class Cutter:
    """Cuts the batches of one raw topic."""

    subject: str
    pattern: bytes
    """What matches an event."""
    cut: Callable[[re.Match[bytes]], Any]
    """The pieces of one that it has matched. Raises ValueError where that is none, as where a text is none."""
    cut_read: Callable[[Mapping[str, Any]], Any]
    """The pieces of one that was decoded."""
    said: Sequence[Mapping[str, Any]] = ({},)
    """What batches say of all their events, behind them. Whatever else they say is read by fastavro."""

    def batch(self, message: bytes) -> dict[str, Any]:
        """A sealed batch as `codec.decode` has it, but for its events. Raises PoisonError."""
        ends = self._ends.get(message[:HEADER_BYTES])
        if ends is not None:
            with suppress(*UNREADABLE):
                if (batch := self._batch(message, ends)) is not None:
                    return batch
        decoded = decode(message, self.subject)
        return {**decoded, "events": list(map(self.cut_read, decoded["events"]))}

    def _batch(self, message: bytes, ends: Mapping[bytes, Mapping[str, Any]]) -> dict[str, Any] | None:
        """None where it is not in the form that edges give it. Raises UNREADABLE."""
        head = _head_at(message, HEADER_BYTES)
        if head is None:
            return None
        edge, *numbers = head.groups()
        epoch, offset, before, catalog, count = map(long_of, numbers)
        events, at, event_at, cut = [], head.end(), self._event_at, self.cut
        for _ in range(count):
            found = event_at(message, at)
            event, at = self._read(message, at) if found is None else (cut(found), found.end())
            events.append(event)
        said = ends.get(message[at:])
        if not events or said is None:
            return None
        stood = {"edge": edge[1:].decode(), "epoch": epoch, "offset": offset, "before": before}
        return {**stood, "catalog": catalog, "events": events, **said}

    def _read(self, message: bytes, at: int) -> tuple[Any, int]:
        """The event that begins there, by fastavro, and where it ends. Raises UNREADABLE."""
        stream = BytesIO(message)
        stream.seek(at)
        return self.cut_read(self._read_event(stream)), stream.tell()

    @cached_property
    def _event_at(self) -> Callable[[bytes, int], re.Match[bytes] | None]:
        """It takes a tenth of a second to be made, and so it is where such events are."""
        return re.compile(self.pattern).match

    @cached_property
    def _ends(self) -> dict[bytes, dict[bytes, dict[str, Any]]]:
        """What is said by what stands behind the events, by the header of a version that has these."""
        ends: dict[bytes, dict[bytes, dict[str, Any]]] = {}
        by_default = said_by_default(self.subject)
        for said in self.said:
            for schema in batch_schemas(self.subject, said):
                ends.setdefault(header(schema), {})[END + batch_end(schema, said)] = {**by_default, **said}
        return ends

    @cached_property
    def _read_event(self) -> Callable[[BytesIO], dict[str, Any]]:
        return event_reader(self.subject)


def require_text(sized_text: bytes) -> None:
    """Raises ValueError where these bytes, behind their size, are no text."""
    if not sized_text.isascii():
        content_of(sized_text).decode()


def sealed_text(piece: bytes) -> bytes:
    """What is sealed, as rows have it: a text, in base64."""
    return size_and(b64encode(content_of(piece)))
