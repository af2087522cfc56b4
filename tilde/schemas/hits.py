"""Hits as events of topic `hits`, by hand as in `hot`. Texts of hits come again and again, and so do sites and
visitors: what is the same is encoded once by whoever remembers it, and an event is the pieces in their order.

    event id | site_stamp | received_at | page | of_visitor | said | parameters
"""

from collections.abc import Mapping, Sequence

from tilde.domain.hits.hit import HitType, KnownBy, Page, Parameter, Protected, Sender, Transport
from tilde.schemas.hot import END, NULL, SOME, long, maybe, size_and, text

NO_PARAMETERS: Sequence[bytes] = ()
TYPES = {type_: long(place) for place, type_ in enumerate(HitType)}
TRANSPORTS = {transport: long(place) for place, transport in enumerate(Transport)}
KNOWN_BY = {by: long(place) for place, by in enumerate(KnownBy)}
PAGE_TEXTS = Page._fields[4:]
"""Those from `title` to `tz`, which may be missing."""
NO_HREF, NO_HOST = text(""), maybe(None)


def site_stamp(site: int, clock_offset_s: int, clock_rule: str) -> bytes:
    """The fields that say which site, and how its clock is set."""
    return long(site) + long(clock_offset_s) + text(clock_rule)


def page_of(page: Page) -> bytes:
    """The fields of a hit from `type` to `tz`."""
    type_, transport, href, host, *texts = page
    return page_said(TYPES[type_], transport, text(href), maybe(host), b"".join(map(maybe, texts)))


def page_said(type_: bytes, transport: Transport, href: bytes, host: bytes, texts: bytes) -> bytes:
    """What `page_of` gives, where most of it is encoded already: `href` a text, `host` one that may be missing, `texts`
    what `texts_of` gives.
    """
    return type_ + TRANSPORTS[transport] + href + host + texts


def texts_of(said: Mapping[str, bytes]) -> bytes:
    """The fields of PAGE_TEXTS, each a text that may be missing; null where nothing is said."""
    return b"".join([said.get(name, NULL) for name in PAGE_TEXTS])


def of_visitor(sender: Sender, protected: Protected) -> bytes:
    """The fields of a hit from `agent` to `who`."""
    agent, bot, network = map(maybe, sender)
    by = KNOWN_BY[protected.known_by]
    return agent + bot + network + long(protected.visitor) + by + long(protected.key) + size_and(protected.who)


def parameter_of(parameter: Parameter) -> bytes:
    """One item of the field `parameters`."""
    return text(parameter.name) + text(parameter.value)


def hit_received(
    event_id: int,
    stamp: bytes,
    received_at: bytes,
    page: bytes,
    visitor: bytes,
    said: bytes | None = None,
    parameters: Sequence[bytes] = NO_PARAMETERS,
) -> bytes:
    """The body of a HitReceived: the pieces as above, `received_at` the `long` of unix milliseconds, `said` sealed."""
    head = long(event_id) + stamp + received_at + page + visitor
    head += NULL if said is None else SOME + size_and(said)
    if not parameters:
        return head + END
    return b"".join((head, long(len(parameters)), *parameters, END))
