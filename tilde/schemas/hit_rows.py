"""The rows that hits become, by hand as in `hot`: there is one of `actions` for each."""

from tilde.domain.hits.hit import HitType, KnownBy, Transport
from tilde.domain.hits.traffic import DayPart
from tilde.schemas.codec import header
from tilde.schemas.cut_hits import CutHit
from tilde.schemas.cutting import sealed_text
from tilde.schemas.hits import KNOWN_BY, TRANSPORTS, TYPES
from tilde.schemas.hot import SOME, long, text
from tilde.schemas.registry import latest
from tilde.schemas.topics import ACTIONS, TRAFFIC

_STANDS = b"\0"  # is_deleted
_EMPTY = text("")
_ACTION, _TRAFFIC = header(latest(ACTIONS.subject)), header(latest(TRAFFIC.subject))
_TYPES = {TYPES[type_]: text(type_) for type_ in HitType}
_TRANSPORTS = {TRANSPORTS[transport]: text(transport) for transport in Transport}
_KNOWN_BY = {KNOWN_BY[by]: text(by) for by in KnownBy}


def action_row(hit: CutHit, version: int, day: int) -> bytes:
    """The message of an Action: a hit on its local day; what is sealed is in base64."""
    return b"".join(
        (
            _ACTION,
            hit.site,
            hit.event,
            long(version),
            _STANDS,
            hit.received_at,
            long(day),
            _TYPES[hit.type],
            _TRANSPORTS[hit.transport],
            hit.href,
            hit.host,
            hit.title,
            hit.ref,
            hit.lang,
            hit.res,
            hit.tz,
            hit.agent,
            hit.bot.removeprefix(SOME) if hit.is_bot else _EMPTY,
            hit.network,
            hit.visitor,
            _KNOWN_BY[hit.known_by],
            hit.key,
            sealed_text(hit.who),
            sealed_text(hit.said),
            hit.parameters,
            hit.clock,
        )
    )


def traffic_row(site: int, part: DayPart, version: int) -> bytes:
    """The message of a Traffic: a part of a day of a site, as it stands."""
    day, began, page_views, hits, bots = part
    head = _TRAFFIC + long(site) + long(day) + long(began) + long(version) + _STANDS
    return head + long(page_views) + long(hits) + long(bots)
