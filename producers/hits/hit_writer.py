"""Where a dialect leaves hits: what identifies a visitor is sealed with his key on the way."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from producers.edge.event_writer import EventWriter
from producers.edge.receipts import Receipt
from producers.hits.agents import Agent
from tilde.domain.hits.hit import KnownBy, Parameter, Protected, Sender
from tilde.domain.hits.traits import plain_name, plain_value
from tilde.domain.hits.visitor import Addresses, Traces, network_of
from tilde.domain.log.identity import EventIds
from tilde.domain.log.partitioner import partition_of_site
from tilde.keys.keyholders import Identity, Keyholder, Keyholders
from tilde.schemas.hits import NO_PARAMETERS, hit_received, of_visitor, site_stamp
from tilde.schemas.topics import HITS

ADDRESS = "address of"
"""What a trait is about that is an address; a trait of custom data is about `custom_trait` of its name."""
NOTHING_MORE: Mapping[str, str] = {}


class HitSite(NamedTuple):
    """A site as its hits have it: with the clock as it is set now."""

    site: int
    partition: int
    stamp: bytes

    @classmethod
    def of(cls, site: int, clock_offset_s: int, clock_rule: str) -> "HitSite":
        """A site with its clock, and what is the same for all of its hits, made once."""
        return cls(site, partition_of_site(site, HITS.partitions), site_stamp(site, clock_offset_s, clock_rule))


class SealedVisitor(NamedTuple):
    """A visitor, and what his hits say of him: sealed, or nothing that identifies. It holds until one is erased."""

    visitor: Keyholder
    fields: bytes


class HitWriter:
    """Leaves hits in the open group of an edge; each gets an event id of its own. Never blocks."""

    def __init__(self, writer: EventWriter, ids: EventIds, keyholders: Keyholders, kept: Addresses) -> None:
        """`writer` is that of topic `hits`; `kept` says what of an address is."""
        self._writer = writer
        self._ids = ids
        self._keyholders = keyholders
        self._kept = kept

    def when_erased(self, forget: Callable[[], None]) -> None:
        """As Keyholders.when_erased: `forget` drops what was sealed of visitors."""
        self._keyholders.when_erased(forget)

    def seal_visitor(self, site: int, traces: Traces, agent: Agent | None) -> SealedVisitor:
        """Somebody, as his hits have him, made once and left with many. Raises LogError."""
        visitor = self._keyholders.of(Identity(site, traces.known_by, traces.told_apart_by))
        if traces.address is not None:
            self._keyholders.note(visitor, ADDRESS, traces.address)
        if traces.session is not None and traces.known_by is not KnownBy.SESSION:
            self._keyholders.note(visitor, KnownBy.SESSION, traces.session)
        address = traces.address if self._kept is Addresses.FULL else None
        who = {"id": traces.id, "session": traces.session, "address": address, "agent": traces.agent}
        sealed = visitor.seal({name: text for name, text in who.items() if text is not None})
        network = None if self._kept is Addresses.NONE else network_of(traces.address)
        sender = Sender(agent and agent.plain, agent and agent.bot, network)
        return SealedVisitor(
            visitor, of_visitor(sender, Protected(visitor.number, traces.known_by, visitor.key, sealed))
        )

    def leave(
        self,
        to: HitSite,
        page: bytes,
        who: SealedVisitor,
        received: Receipt,
        parameters: Sequence[bytes] = NO_PARAMETERS,
        custom: Mapping[str, str] = NOTHING_MORE,
        unknown: Sequence[Parameter] = (),
    ) -> int:
        """Leaves one hit; returns its event id. `page` and `parameters` are encoded. `custom` is what the site says of
        its visitor, `unknown` what it says besides and nobody knows: both may be about a person. Raises LogError.
        """
        said = self._said(who.visitor, custom, unknown) if custom or unknown else None
        event = self._ids.next(received.ms)
        body = hit_received(event, to.stamp, received.encoded, page, who.fields, said, parameters)
        self._writer.post(to.partition, body)
        return event

    def durable(self) -> asyncio.Future[None]:
        """As EventWriter.durable."""
        return self._writer.durable()

    def _said(self, visitor: Keyholder, custom: Mapping[str, str], unknown: Sequence[Parameter]) -> bytes:
        for name, text in custom.items():
            self._keyholders.note(visitor, custom_trait(plain_name(name)), plain_value(text))
        return visitor.seal({"custom": dict(custom), "unknown": list(map(list, unknown))})


def custom_trait(name: str) -> str:
    """What a trait is about that is custom data of this name."""
    return f"custom {name}"
