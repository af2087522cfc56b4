"""Hits as events of topic `hits`, by hand as in `hot`. What is the same for all hits of a site, or of a visitor, is
encoded once and kept.
"""

from tilde.domain.hits.hit import HitType, KnownBy, Page, Parameter, Protected, Sender, Transport
from tilde.schemas.hot import NULL, long, text

_SOME = b"\x02"
_NONE_LEFT = b"\0"
_TYPES = {type_: long(place) for place, type_ in enumerate(HitType)}
_TRANSPORTS = {transport: long(place) for place, transport in enumerate(Transport)}
_KNOWN_BY = {by: long(place) for place, by in enumerate(KnownBy)}


def site_stamp(site: int, clock_offset_s: int, clock_rule: str) -> bytes:
    """The fields that say which site, and how its clock is set."""
    return long(site) + long(clock_offset_s) + text(clock_rule)


def of_visitor(sender: Sender, protected: Protected) -> bytes:
    """The fields from `agent` to `who`."""
    agent, bot, network = map(_maybe, sender)
    by = _KNOWN_BY[protected.known_by]
    return agent + bot + network + long(protected.visitor) + by + long(protected.key) + _bytes(protected.who)


def hit_received(
    event_id: int, stamp: bytes, received_at: bytes, page: Page, visitor: bytes, said: bytes | None
) -> bytes:
    """The body of a HitReceived. `stamp` is `site_stamp`'s, `visitor` is `of_visitor`'s, `received_at` the `long` of
    unix milliseconds, `said` sealed.
    """
    type_, transport, href, host, title, ref, lang, res, tz, parameters = page
    return b"".join(
        (
            long(event_id),
            stamp,
            received_at,
            _TYPES[type_],
            _TRANSPORTS[transport],
            text(href),
            NULL if host is None else _SOME + text(host),
            NULL if title is None else _SOME + text(title),
            NULL if ref is None else _SOME + text(ref),
            NULL if lang is None else _SOME + text(lang),
            NULL if res is None else _SOME + text(res),
            NULL if tz is None else _SOME + text(tz),
            visitor,
            NULL if said is None else _SOME + _bytes(said),
            _listed(parameters) if parameters else _NONE_LEFT,
        )
    )


def _listed(parameters: tuple[Parameter, ...]) -> bytes:
    """One block, and the one of none that ends an Avro array."""
    return long(len(parameters)) + b"".join(text(name) + text(value) for name, value in parameters) + _NONE_LEFT


def _maybe(value: str | None) -> bytes:
    return NULL if value is None else _SOME + text(value)


def _bytes(value: bytes) -> bytes:
    return long(len(value)) + value
