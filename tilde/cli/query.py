"""The query API over open parts, and the server it answers on; the same in both modes."""

import contextlib
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

from api import operations
from tilde.follower import CatalogFollower
from tilde.settings import Settings, open_operator_token
from tilde.store import StoreReader
from tilde.store.progress import Progress


def query_app(
    settings: Settings,
    store: StoreReader,
    follower: CatalogFollower,
    progress: Progress,
    rebuild: operations.Rebuild | None,
) -> FastAPI:
    """The application."""
    app = FastAPI()
    app.include_router(operations.router(store, progress, open_operator_token(settings), rebuild))
    return app


class OwnSignals(uvicorn.Server):
    """A server in a process that handles signals itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(app: FastAPI, *, uds: str | None = None, host: str = "", port: int = 0) -> None:
    """Answers until cancelled, on a socket of the data folder or on an address."""
    config = uvicorn.Config(
        app,
        uds=uds,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        lifespan="off",
    )
    await OwnSignals(config).serve()
