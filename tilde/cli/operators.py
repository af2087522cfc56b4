"""Finds who carries out an operator's command: the Tilde that runs (here or at --url), or this process itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from tilde.cli.folder import DataFolder, FolderInUseError
from tilde.cli.operator_client import HttpOperator
from tilde.errors import TildeError
from tilde.settings import load_settings, open_operator_token


class Operator(Protocol):
    """Carries out calls of the operator's API. Raises TildeError with what is wrong."""

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The JSON answer of one call."""
        ...

    def text(self, method: str, path: str, body: dict[str, Any] | None = None) -> str:
        """The answer of one call, as it is printed."""
        ...


@contextmanager
def operator(data: Path | None, url: str | None, token: str | None, *, needs_store: bool = False) -> Iterator[Operator]:
    """Over HTTP where a Tilde runs; else the folder is taken and the same routes are called in this process."""
    if url is not None:
        if token is None:
            raise TildeError("--url needs --operator-token (or TILDE_OPERATOR_TOKEN)")
        yield HttpOperator(url, token)
        return
    settings = load_settings(data=data)
    folder = DataFolder(settings.data)
    if not settings.is_embedded:
        yield HttpOperator(f"http://{settings.host}:{settings.port}", open_operator_token(settings, folder.path))
        return
    try:
        lock = folder.take()
    except FolderInUseError:
        yield HttpOperator(folder.url(), open_operator_token(settings, folder.path))
        return
    from tilde.cli.offline import offline_operator

    with offline_operator(settings, folder, lock, needs_store=needs_store) as here:
        yield here
