"""`/ready`: whether this query API has all that it answers from. No dialect has that path, as none has `/health`."""

from typing import Protocol

from fastapi import APIRouter
from starlette.responses import JSONResponse

from tilde.store import Purpose, StoreError, StoreReader
from tilde.store.progress import Progress

OK = "ok"


class Workers(Protocol):
    """The streams workers, which process the raw topics, where they are processes of their own."""

    async def trouble(self) -> str | None:
        """Why nobody processes at the moment; None where somebody does. Answers within a second."""
        ...


def router(store: StoreReader, progress: Progress, workers: Workers | None) -> APIRouter:
    """The route."""
    routes = APIRouter()
    routes.add_api_route("/ready", _ReadinessCalls(store, progress, workers).ready, include_in_schema=False)
    return routes


class _ReadinessCalls:
    """What it does."""

    def __init__(self, store: StoreReader, progress: Progress, workers: Workers | None) -> None:
        self._store = store
        self._progress = progress
        self._workers = workers

    async def ready(self) -> JSONResponse:
        """200 once the store answers, the sink gets on, and on Kafka somebody processes; 503 with what does not."""
        parts = await self._parts()
        return JSONResponse(parts, 200 if set(parts.values()) == {OK} else 503)

    async def _parts(self) -> dict[str, str]:
        """By part: OK, or what is wrong with it. The part `streams` is there only where workers run elsewhere."""
        parts = {"api": OK, "store": await self._state_of_store(), "sink": self._progress.trouble() or OK}
        return parts if self._workers is None else parts | {"streams": await self._workers.trouble() or OK}

    async def _state_of_store(self) -> str:
        try:
            await self._store.rows("SELECT 1", purpose=Purpose.HEALTH)
        except StoreError as error:
            return str(error)
        return OK
