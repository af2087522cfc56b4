"""Has what is sealed opened by the edges, on Kafka: each has the keys of those whom it has seen, in its own folder."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import httpx

from tilde.domain.catalog.state import Lease
from tilde.keys.keyring import Keyring
from tilde.keys.opener import KeysAwayError, Sealed
from tilde.keys.opening import BYTES_MAX, ITEMS_MAX, NoAnswerError, OpenedAnswer, Question
from tilde.own_paths import OPENED
from tilde.runtime.portions import portions_by_size
from tilde.runtime.retrying import Retrying
from tilde.runtime.telling import Outage
from tilde.settings import Settings
from tilde.web.http_clients import open_async_client, open_transport

TIMEOUT_S = 5.0  # an edge takes some milliseconds; one that takes as long as this is not tried again
TRIES_MAX = 6
PAUSE_S, PAUSE_S_MAX = 0.25, 4.0  # 8 seconds in all: an edge that is started again is back by then
GIVEN_UP_S = 30.0  # then a question has as much patience with it again
TIMEOUT_GIVEN_UP_S = 1.0
AWAY = "an edge that may have the keys does not answer; try again soon"

Edges = Callable[[], Mapping[str, Lease]]
"""All that ever began, as the catalog has them now."""


class EdgesOpener:
    """Asks one edge after the other for what is left. It keeps nothing of what they say. What no edge opens was erased,
    if all were asked: of those that the catalog knows only the ones that are `gone`, by their numbers, need not be.
    """

    def __init__(self, asked: Sequence["AskedEdge"], edges: Edges, gone: frozenset[int]) -> None:
        self._asked = asked
        self._edges = edges
        self._gone = gone

    async def opened(self, sealed: Sequence[Sealed]) -> list[Any]:
        """As Opener.opened, by asking the edges."""
        found: dict[Sealed, Any] = {}
        left = list(dict.fromkeys(sealed))
        answered = set()
        for edge in self._asked:
            if not left:
                break
            who, opened = await edge.opened(left)
            answered.add(who)
            found |= {each: said for each, said in zip(left, opened, strict=True) if said is not None}
            left = [each for each in left if each not in found]
        if left:
            self._require_all(answered)
        return [found.get(each) for each in sealed]

    def _require_all(self, answered: set[str]) -> None:
        """Else who is known to another edge alone would be told as somebody who was erased."""
        others = {lease.number for edge, lease in self._edges().items() if edge not in answered} - self._gone
        if others:
            raise KeysAwayError(
                f"edge {min(others)} may have the keys, and is none of TILDE_EDGES: the operator adds it there or, if"
                " it will never run again, to TILDE_EDGES_GONE"
            )


class AskedEdge:
    """An edge that is asked over HTTP. Where one question waited for it in vain, those after it do not, for some time:
    a page that waits has one of the few turns of its address, and pages that need no keys would wait behind it.
    """

    def __init__(
        self, client: httpx.AsyncClient, keyring: Keyring, tries_max: int = TRIES_MAX, pause_s: float = PAUSE_S
    ) -> None:
        self._client = client
        self._keyring = keyring
        self._tries_max = tries_max
        self._pause_s = pause_s
        self._outage = Outage("api", f"the edge at {client.base_url}")
        self._given_up_until = 0.0

    async def opened(self, sealed: Sequence[Sealed]) -> tuple[str, list[Any]]:
        """Which edge it is, and what each says that it has the key of. Raises KeysAwayError."""
        edge, opened = "", []
        for some in portions_by_size(sealed, lambda each: len(each.sealed), BYTES_MAX, ITEMS_MAX):
            answer = await self._answer(Question.about(some))
            edge = answer.edge
            opened += answer.opened
        return edge, opened

    async def _answer(self, question: Question) -> OpenedAnswer:
        loop = asyncio.get_running_loop()
        is_given_up = loop.time() < self._given_up_until
        timeout_s, tries_max = (TIMEOUT_GIVEN_UP_S, 1) if is_given_up else (TIMEOUT_S, self._tries_max)
        retrying = Retrying(NoAnswerError, self._pause_s, PAUSE_S_MAX, tries_max=tries_max)
        try:
            answer = await retrying.run(partial(self._tried, question, timeout_s))
        except (NoAnswerError, httpx.TimeoutException):
            if not is_given_up:
                self._given_up_until = loop.time() + GIVEN_UP_S
            raise KeysAwayError(AWAY) from None
        self._given_up_until = 0.0
        return answer

    async def _tried(self, question: Question, timeout_s: float) -> OpenedAnswer:
        """Tells of an outage itself: it may be longer than a question has patience. Raises NoAnswerError, or
        httpx.TimeoutException, which is not tried again.
        """
        try:
            answer = await self._post(question, timeout_s)
        except (httpx.HTTPError, NoAnswerError) as cause:
            self._outage.failed(self, cause)
            if isinstance(cause, httpx.TimeoutException):
                raise
            raise NoAnswerError(str(cause)) from None
        self._outage.worked(self)
        return answer

    async def _post(self, question: Question, timeout_s: float) -> OpenedAnswer:
        """Raises httpx.HTTPError, NoAnswerError."""
        headers = {"authorization": f"Bearer {self._keyring.opening_token}"}
        answer = await self._client.post(OPENED, content=question.written(), headers=headers, timeout=timeout_s)
        answer.raise_for_status()
        return OpenedAnswer.read(answer.content, question, self._keyring)


@asynccontextmanager
async def open_edges(settings: Settings, keyring: Keyring, edges: Edges) -> AsyncIterator[EdgesOpener | None]:
    """An opener that asks the edges of the settings; None where these name none. Raises SettingsError."""
    async with AsyncExitStack() as stack:
        asked = []
        for url in settings.edge_urls:
            transport = open_transport(url, ca_file=settings.ca_file)
            client = open_async_client(transport, base_url=url)
            asked.append(AskedEdge(await stack.enter_async_context(client), keyring))
        yield EdgesOpener(asked, edges, settings.edges_gone_numbers) if asked else None
