"""Tells the owner of a product of stats that a post has made: of the first at once, then every ten minutes at most.

A stat that is there because of a sample is told of by nobody: whoever reads samples sees each metric in his report.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

from tilde.domain.stats.fanout import BadNameError, has_tilde, stats_of
from tilde.domain.stats.metrics import metric_id
from tilde.schemas.cut_stats import CutStat
from tilde.schemas.reading import decoded
from tilde.schemas.topics import SAMPLE_WRITES, STATS, Topic
from watchers.contract import Effect, Memory, Message, Occasion
from watchers.mail.contract import ask_for_letter
from watchers.occasions import Every, Occasions

KIND = "new_stats"
PERIOD_MS = 600_000
SHOWN_MAX = 100
KNOWN_MAX = 200_000  # as many names are remembered beside the ledger: some 60 MB

_SEEN, _WAITING, _TOLD = "seen/", "waiting/", "told/"  # in the memory: by stat, by product, by product
_Place = tuple[str, int, int]
_Post = CutStat | Mapping[str, Any]


class NewStats:
    """Remembers every stat that was ever posted to. The first post to one is a line of a letter."""

    name = "new_stats"
    topics: tuple[Topic, ...] = (STATS, SAMPLE_WRITES)
    learns = True
    occasions: Occasions | None = Every(1)

    def __init__(self, parts: object = None) -> None:
        # Where each name was first met in this process, which spares the ledger. A look at that very place may be one
        # that is repeated since nothing of it became durable: there the ledger is asked again.
        self._met: dict[tuple[Hashable, bool], _Place] = {}

    async def read(self, at_ms: int) -> None:
        return None

    def look(self, at: Message | Occasion, memory: Memory) -> Sequence[Effect]:
        if isinstance(at, Occasion):
            return self._due(at.at_ms, memory)
        found: defaultdict[int, list[list[Any]]] = defaultdict(list)
        for line in self._first_seen(at, memory):
            product, *shown = line
            found[product].append(shown)
        if at.is_old or at.topic != STATS.name:
            return []
        return [letter for product in found for letter in _told_of(product, found[product], memory)]

    def _first_seen(self, at: Message, memory: Memory) -> Iterator[list[Any]]:
        """What is new: product, metric, kind, name, number, time of receipt."""
        spreads, place = at.content.get("spreads", False), (at.topic, at.partition, at.offset)
        for event in at.content["events"]:
            known = self._met.setdefault((_posted(event), spreads), place)
            if known != place:
                continue
            post = decoded(event)
            for one, stat in _stats(post, spreads=spreads):
                key = f"{_SEEN}{post['product']}/{one}"
                if memory.get(key) is None:
                    memory.put(key, 1)
                    if stat is not None:
                        yield [post["product"], one, post["kind"], stat, post["number"], post["received_at"]]
        if len(self._met) > KNOWN_MAX:
            self._met.clear()

    def _due(self, at_ms: int, memory: Memory) -> Sequence[Effect]:
        letters = []
        for key, waiting in list(memory.items(_WAITING)):
            product = int(key.removeprefix(_WAITING))
            if _may_tell(product, at_ms, memory):
                letters.append(_letter(product, waiting, at_ms, memory))
        return letters


def _posted(event: _Post) -> Hashable:
    """What it is to: a post to a stat says it in one piece, a sample in fields."""
    return event.posted if isinstance(event, CutStat) else (event["product"], event["metric"], event["name"])


def _stats(post: Mapping[str, Any], *, spreads: bool) -> list[tuple[int, str | None]]:
    """The stats that a post is to, as the processor finds them; of one by key the name is not known."""
    product, metric, kind, name = post["product"], post["metric"], post["kind"], post["name"]
    if name is None or not spreads or not has_tilde(name):
        return [(metric, name)]
    try:
        return [(metric_id(product, kind, stat), stat) for stat in stats_of(name, spreads=True)]
    except BadNameError:  # it counts for none
        return []


def _told_of(product: int, found: list[list[Any]], memory: Memory) -> list[Effect]:
    """A letter with what was found now and what waits, or nothing, and it waits."""
    waiting = memory.get(f"{_WAITING}{product}") or {"stats": [], "more": 0}
    room = SHOWN_MAX - len(waiting["stats"])
    waiting = {"stats": waiting["stats"] + found[:room], "more": waiting["more"] + len(found[room:])}
    at_ms = found[-1][-1]
    if _may_tell(product, at_ms, memory):
        return [_letter(product, waiting, at_ms, memory)]
    memory.put(f"{_WAITING}{product}", waiting)
    return []


def _may_tell(product: int, at_ms: int, memory: Memory) -> bool:
    """Whether the last letter is long ago; one that is to come was written by a clock that ran ahead."""
    told_ms = memory.get(f"{_TOLD}{product}")
    return told_ms is None or abs(at_ms - told_ms) >= PERIOD_MS


def _letter(product: int, waiting: dict[str, Any], at_ms: int, memory: Memory) -> Effect:
    memory.put(f"{_TOLD}{product}", at_ms)
    memory.put(f"{_WAITING}{product}", None)
    return ask_for_letter(KIND, product=product, **waiting)
