"""A dialect over UDP that no release has: each datagram is `KEY NUMBER NAME`, a value for the stat of that name, which
is one stat's whatever is in it. It proves the ground that dialects with sockets and with names of their own stand on.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum, auto
from functools import partial

import pytest

from producers import wiring
from producers.datagrams import Datagram, taking
from producers.edge.receipts import Receipts
from producers.parts import Parts
from producers.stats.stat_targets import StatTargets
from producers.stats.stat_writer import StatWriter
from producers.web.app import EdgeApp
from producers.web.tally import Tally
from tilde.catalog.key_lookup import KeyLookup
from tilde.dialects import known as records
from tilde.dialects.dialect import Dialect, Dialects
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.stats.fanout import BadNameError
from tilde.domain.stats.metrics import Kind
from tilde.domain.stats.numbers import finite
from tilde.eventlog import LogError
from tilde.runtime.clock import Clock, SystemClock
from tilde.settings import Port, Settings

GAUGES = Dialect("gauges", datagrams=("gauges_udp",))


class GaugesSettings(Settings):
    """As a release with the dialect would have them: one field more."""

    gauges_udp: Port | None = None


class Reason(StrEnum):
    NO_GAUGE = auto()
    UNKNOWN_KEY = auto()
    BAD_NUMBER = auto()
    BAD_NAME = auto()
    LOG_NOT_WRITABLE = auto()


class Gauges:
    """Takes gauges in, and counts them in `tally`."""

    def __init__(self, keys: KeyLookup, targets: StatTargets, writer: StatWriter, clock: Clock) -> None:
        self._keys = keys
        self._writer = writer
        self._receipts = Receipts(clock)
        self._targets = targets
        self.tally = Tally("gauges")

    async def take(self, datagrams: Sequence[Datagram]) -> None:
        refused = [reason for each in datagrams if (reason := self._leave(each.data)) is not None]
        self.tally.refused.update(refused)
        left = len(datagrams) - len(refused)
        try:
            await self._writer.durable()
        except LogError:
            self.tally.refused[Reason.LOG_NOT_WRITABLE] += left
        else:
            self.tally.taken += left

    def _leave(self, data: bytes) -> Reason | None:
        """Leaves one gauge, or says why not."""
        key, _, rest = data.decode("utf-8", "replace").partition(" ")
        number, _, name = rest.partition(" ")
        if not name:
            return Reason.NO_GAUGE
        product = self._keys.known_product(KeyKind.TRACKING_KEY, key)
        if product is None:
            return Reason.UNKNOWN_KEY
        if (value := finite(number)) is None:
            return Reason.BAD_NUMBER
        try:
            to = self._targets[product.id, Kind.VALUE, name]
        except BadNameError:
            return Reason.BAD_NAME
        self._writer.leave(to, value, None, self._receipts.now())
        return None


def add(app: EdgeApp, parts: Parts) -> list[Tally]:
    """Opens its socket, where its port is set; it has no routes."""
    writer = StatWriter(parts.edge.sealer.writer, parts.edge.ids)
    gauges = Gauges(parts.edge.keys, StatTargets(parts.edge.follower, spreads=False), writer, SystemClock())
    for setting in GAUGES.datagrams:
        if setting in parts.datagrams:
            parts.services.open_with(partial(taking, parts.datagrams[setting], gauges.take))
    return [gauges.tally]


@contextmanager
def known() -> Iterator[None]:
    """Inside, this process knows the dialect as if a release had it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "DIALECTS", Dialects((*records.DIALECTS.records, GAUGES)))
        patch.setattr(wiring, "DIALECTS", (*wiring.DIALECTS, _Module))
        yield


class _Module:
    """What `wiring` lists is a dialect's module."""

    add = staticmethod(add)
