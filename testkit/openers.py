"""Whoever opens what is sealed, over edges in this process: each with a file of keys of its own, and its route."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from producers.tilde_v1.opening_routes import router
from run.process.edges_opener import AskedEdge, EdgesOpener
from testkit.edges import KEYRING
from tilde.domain.catalog.state import Lease
from tilde.keys.keyholder_file import KeyholderFile
from tilde.keys.keyholders import Identity, Keyholder, Keyholders
from tilde.keys.keyring import Keyring
from tilde.keys.opener import FolderOpener, Sealed
from tilde.web.http_clients import open_async_client

PRODUCT = 7


class KeyEdge:
    """An edge that has keys, and the route that opens what is sealed. `asked` are the bodies it was sent."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.asked: list[bytes] = []
        self.answers: list[bytes] = []
        self.failing = 0
        path = folder / name / "visitors.db"
        self.keyholders = Keyholders(KeyholderFile(path), KEYRING)
        self.opener = FolderOpener(path, KEYRING)
        self._erasures = 0
        app = FastAPI()
        app.include_router(router(self.opener, KEYRING, lambda: self.name))
        self._app = httpx.ASGITransport(app)

    def seal(self, person: str, said: Any) -> Sealed:
        """What this edge was told of somebody."""
        keyholder = self._keyholder(person)
        self.keyholders.keep()
        return Sealed(keyholder.key, keyholder.seal(said))

    async def erase(self, person: str) -> None:
        """As the catalog asks it."""
        self._erasures += 1
        await self.keyholders.take_away(self._erasures, PRODUCT, [self._keyholder(person).number])
        await self.keyholders.sweep(self._erasures)

    def _keyholder(self, person: str) -> Keyholder:
        return self.keyholders.of(Identity(PRODUCT, "person", person))

    async def handle(self, request: httpx.Request) -> httpx.Response:
        """Answers; fails so often as is said."""
        self.asked.append(request.content)
        if self.failing:
            self.failing -= 1
            return httpx.Response(503)
        answer = await self._app.handle_async_request(request)
        body = await answer.aread()
        self.answers.append(body)
        return httpx.Response(answer.status_code, content=body)

    def close(self) -> None:
        """Closes the file."""
        self.opener.close()
        self.keyholders.close()


def asking(
    edges: Sequence[KeyEdge],
    *,
    others: int = 0,
    gone: Sequence[int] = (),
    keyring: Keyring = KEYRING,
    tries_max: int = 1,
) -> EdgesOpener:
    """Asks these, so often at most. They are all that the catalog knows but for so many others behind."""
    asked = [
        AskedEdge(
            open_async_client(httpx.MockTransport(edge.handle), base_url=f"http://{edge.name}"),
            keyring,
            tries_max,
            pause_s=0,
        )
        for edge in edges
    ]
    known = [*(edge.name for edge in edges), *(f"other {number}" for number in range(others))]
    leases = {name: Lease(number, 1) for number, name in enumerate(known)}
    return EdgesOpener(asked, lambda: leases, frozenset(gone))
