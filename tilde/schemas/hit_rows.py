"""The rows that hits become, by hand as in `hot`: there is one of `actions` for each."""

from collections.abc import Mapping
from typing import Any

from tilde.domain.hits.traffic import DayPart
from tilde.schemas.codec import header
from tilde.schemas.hot import long, text
from tilde.schemas.registry import latest
from tilde.schemas.topics import ACTIONS, TRAFFIC

TEXTS_REMEMBERED_MAX = 20_000
TEXT_REMEMBERED_MAX = 200  # characters
_STANDS = b"\0"  # is_deleted
_ACTION, _TRAFFIC = header(latest(ACTIONS.subject)), header(latest(TRAFFIC.subject))
_TEXTS = ("type", "transport", "href", "host", "title", "ref", "lang", "res", "tz", "agent", "bot", "network")


class RowTexts(dict[str | None, bytes]):
    """Texts of rows, encoded once: most come again. One that is not there is an empty one."""

    def __missing__(self, value: str | None) -> bytes:
        encoded = text(value or "")
        if len(value or "") <= TEXT_REMEMBERED_MAX:
            if len(self) >= TEXTS_REMEMBERED_MAX:
                self.clear()
            self[value] = encoded
        return encoded


def action_row(
    event: Mapping[str, Any], version: int, day: int, sealed: tuple[str, str], parameters: str, texts: RowTexts
) -> bytes:
    """The message of an Action: a hit as it was decoded, on its local day; `sealed` are `who` and `said`, in base64,
    `parameters` JSON.
    """
    who, said = sealed
    return b"".join(
        (
            _ACTION,
            long(event["site"]),
            long(event["event"]),
            long(version),
            _STANDS,
            long(event["received_at"]),
            long(day),
            *[texts[event[name]] for name in _TEXTS],
            long(event["visitor"]),
            texts[event["known_by"]],
            long(event["key"]),
            text(who),
            text(said),
            text(parameters),
            long(event["clock_offset_s"]),
            texts[event["clock_rule"]],
        )
    )


def traffic_row(site: int, part: DayPart, version: int) -> bytes:
    """The message of a Traffic: a part of a day of a site, as it stands."""
    day, began, page_views, hits, bots = part
    head = _TRAFFIC + long(site) + long(day) + long(began) + long(version) + _STANDS
    return head + long(page_views) + long(hits) + long(bots)
