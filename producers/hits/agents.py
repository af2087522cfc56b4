"""What a user agent tells: which crawler it is of, where it is one's that is known, and what of it identifies nobody.

The list of crawlers is the package `crawler-user-agents`; its own look-up names none of them in the same time, and
most of its 1,500 patterns are only text. It is not imported, since it reads its list in the encoding of the
environment, and fails where that is none of UTF-8.
"""

import re
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

import orjson

from tilde.domain.hits.user_agent import AGENT_MAX, plain_agent
from tilde.memo import Memo

AGENTS_REMEMBERED_MAX = 10_000  # half a kilobyte each; one that is not remembered costs 250 us
NO_CRAWLERS = frozenset({"HeadlessChrome"})
"""On the list, and not taken for one: a browser that shows nobody its window runs a page as all others do, and is what
tests and pictures of pages are made with. A crawler that drives one has its name beside.
"""
_ESCAPED = re.compile(r"\\([^a-zA-Z0-9])")
_SPECIAL = re.compile(r"[\\^$*+?{}\[\]|().]")


class Agent(NamedTuple):
    """`plain` is what may stand anywhere; `bot` the name of the crawler, None where it is none that is known."""

    plain: str
    bot: str | None


class Agents:
    """Says what user agents tell, and remembers those that came lately."""

    def __init__(self) -> None:
        patterns = _patterns()
        self._texts = [text for text in map(_text_of, patterns) if text is not None]
        self._pattern = re.compile("|".join(pattern for pattern in patterns if _text_of(pattern) is None))
        self._known = Memo[str, Agent](AGENTS_REMEMBERED_MAX)

    def of(self, agent: str) -> Agent:
        """What a user agent tells, by its first 512 characters."""
        known = self._known.get(agent)
        if known is None:
            agent = agent[:AGENT_MAX]
            known = self._known.keep(agent, Agent(plain_agent(agent), self._bot(agent)))
        return known

    def forget(self) -> None:
        """Forgets all of them: one that is unlike all others may tell who somebody is."""
        self._known.clear()

    def _bot(self, agent: str) -> str | None:
        text = next(filter(agent.__contains__, self._texts), None)
        if text is None:
            found = self._pattern.search(agent)
            text = None if found is None else found[0]
        return None if text is None else text.strip(" /-;:(") or text


def _patterns() -> list[str]:
    crawlers = distribution("crawler-user-agents").locate_file("crawleruseragents/crawler-user-agents.json")
    patterns = [str(crawler["pattern"]) for crawler in orjson.loads(Path(str(crawlers)).read_bytes())]
    return [pattern for pattern in patterns if pattern not in NO_CRAWLERS]


def _text_of(pattern: str) -> str | None:
    """The text that a pattern is; None where it is more than one."""
    without_escapes = _ESCAPED.sub("", pattern)
    return None if _SPECIAL.search(without_escapes) else _ESCAPED.sub(r"\1", pattern)
