"""A watcher: at the first post to a stat, one command (a comment on it) and one letter; every hour one of each, too. It
proves the ground that real ones stand on; no release has it.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from tilde.domain.catalog.stats import CommentOnStat
from tilde.schemas.cut_stats import posted_of
from tilde.schemas.topics import STATS, Topic
from watchers.contract import Ask, Effect, Memory, Message, Occasion, Send
from watchers.occasions import Every, Occasions
from watchers.parts import Parts

PRODUCT = 1
HOURLY = 1  # the metric that each hour is a comment on


class FirstSights:
    """Remembers the offset of the message that a stat was first seen in, by product and metric."""

    name = "first_sights"
    topics: tuple[Topic, ...] = (STATS,)
    learns = True
    occasions: Occasions | None = Every(60, made_up_max=3)

    def __init__(self, parts: Parts | None = None) -> None:
        """Without parts its letters say nothing of accounts."""
        self._parts = parts

    async def read(self, at_ms: int) -> Any:
        return "" if self._parts is None else f", {len(self._parts.catalog.catalog.accounts)} accounts"

    def look(self, at: Message | Occasion, memory: Memory) -> Sequence[Effect]:
        if isinstance(at, Occasion):
            seen = len(list(memory.items()))
            return [
                Ask(CommentOnStat(PRODUCT, HOURLY, f"at {at.at_ms}")),
                a_letter(f"at {at.at_ms}: {seen} seen{at.found}"),
            ]
        effects: list[Effect] = []
        for event in at.content["events"]:
            product, metric, _, _ = posted_of(event)
            if memory.get(f"{product}/{metric}") is None:
                memory.put(f"{product}/{metric}", at.offset)
                effects += [Ask(CommentOnStat(product, metric, "first seen")), a_letter(f"{product}/{metric}")]
        return effects


def a_letter(text: str) -> Send:
    """A letter of the test kit, to the folder that any release has."""
    return Send("mail", orjson.dumps({"text": text}))


def text_of(body: bytes) -> str:
    """What `a_letter` was given."""
    return str(orjson.loads(body)["text"])
