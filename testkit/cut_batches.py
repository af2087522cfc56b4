"""What is said of any cutter of sealed batches: what it cuts is what fastavro reads, whatever stands in a batch,
however it is written, and when bytes of it are damaged.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from random import Random
from typing import Any

import pytest
from hypothesis import strategies as st

from testkit.oddly import Oddly, batch_or_why
from tilde.schemas import cutting
from tilde.schemas.codec import decode, encoder, header, said_by_default
from tilde.schemas.cutting import Cutter
from tilde.schemas.registry import Schema, latest

ANY_LONG = st.integers(-(2**63), 2**63 - 1)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
# At the borders of what one byte, or two, can say of a size, and of what is cut.
ANY_BYTES = st.binary(max_size=30) | st.sampled_from([0, 63, 64, 511, 512, 8_192]).map(bytes)
CHANGES = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=4)
"""Where bytes are changed, and into what."""
CUT_OFF = st.integers(0, 40)

Event = dict[str, Any]


@dataclass(frozen=True)
class CutBatches:
    """Those of one topic, and what cuts them."""

    subject: str
    cut: Callable[[bytes], dict[str, Any]]
    cut_event: Callable[[Mapping[str, Any]], Any]
    require: Callable[[Event, Any], None]
    """What else must hold of an event that was read, and of the pieces of the same."""

    @property
    def schema(self) -> Schema:
        """The newest."""
        return latest(self.subject)

    @property
    def fields(self) -> list[str]:
        """The names of an event's."""
        (event,) = (field["type"]["items"] for field in self.schema.parsed["fields"] if field["name"] == "events")
        return [field["name"] for field in event["fields"]]

    def sealed(self, events: Sequence[Event]) -> bytes:
        """As edges write them."""
        return self._seal(self._batch(events))

    def require_the_same(self, message: bytes) -> None:
        """What fastavro says of it: poison for one reason, or the same batch."""
        read, batch = batch_or_why(partial(decode, subject=self.subject), message), batch_or_why(self.cut, message)
        if isinstance(read, str):
            assert batch == read
            return
        assert batch == {**read, "events": list(map(self.cut_event, read["events"]))}
        for event, pieces in zip(read["events"], batch["events"], strict=True):
            self.require(event, pieces)

    def require_cut(
        self, events: Sequence[Event], monkeypatch: pytest.MonkeyPatch, *, and_read: bool = False
    ) -> list[Any]:
        """They come from their bytes alone, or all that is required would hold, and nothing be gained; `and_read` where
        some of them are read, which leaves the others. Returns their pieces.
        """
        return self.require_cut_of(self.sealed(events), monkeypatch, and_read=and_read)

    def require_cut_of(self, message: bytes, monkeypatch: pytest.MonkeyPatch, *, and_read: bool = False) -> list[Any]:
        """The same of a batch that was written already."""
        expected = self.cut(message)
        monkeypatch.delattr(cutting, "decode")
        if not and_read:
            monkeypatch.delattr(Cutter, "_read")

        assert self.cut(message) == expected
        return list(expected["events"])

    def require_every_bit(self, events: Sequence[Event]) -> None:
        """One bit turned, or all behind a byte cut off, or a byte too many."""
        message = self.sealed(events)
        for at in range(len(message)):
            self.require_the_same(message[:at])
            for bit in range(8):
                damaged = bytearray(message)
                damaged[at] ^= 1 << bit
                self.require_the_same(bytes(damaged))
        self.require_the_same(message + b"\0")

    def require_damaged(self, events: Sequence[Event], changes: Sequence[tuple[int, int]], cut_off: int) -> None:
        """Some bytes changed, and some cut off, as a bad disk or a bad release would leave them."""
        message = bytearray(self.sealed(events))
        for at, byte in changes:
            message[at % len(message)] = byte
        self.require_the_same(bytes(message[: len(message) - cut_off]))

    def require_oddly(self, events: Sequence[Event], chance: Random) -> None:
        """As Avro allows it, and more than it allows: as somebody else may have written them."""
        self.require_the_same(header(self.schema) + Oddly(chance).written(self.schema.parsed, self._batch(events)))

    def require_any(self, body: bytes) -> None:
        """With the header of the topic, and without one."""
        self.require_the_same(body)
        self.require_the_same(header(self.schema) + body)

    def _batch(self, events: Sequence[Event]) -> dict[str, Any]:
        stood = {"edge": "e", "epoch": 1, "offset": 2, "before": -1, "catalog": 7}
        return {**stood, "events": list(events), **said_by_default(self.subject)}

    @cached_property
    def _seal(self) -> Callable[[dict[str, Any]], bytes]:
        return encoder(self.subject)
