"""Finds who carries out an operator's command: the Tilde that runs (here or at --url), or this process itself."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from tilde.data_folder import catalog_path
from tilde.errors import TildeError
from tilde.operator_client import HttpOperator
from tilde.processes.folder_lock import DataFolder, FolderInUseError
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
def operator(
    data: Path | None, url: str | None, token: str | None, *, needs_store: bool = False, creates: bool = False
) -> Iterator[Operator]:
    """`creates` says that a folder may be begun by it.

    Over HTTP where a Tilde runs; else the folder is taken and the same routes are called in this process.
    """
    if url is not None:
        if token is None:
            raise TildeError("--url needs --operator-token (or TILDE_OPERATOR_TOKEN)")
        yield HttpOperator(url, token)
        return
    settings = load_settings(data=data)
    folder = DataFolder(settings.data)
    if not settings.is_embedded:
        if not folder.path.is_dir():
            raise TildeError(f"there is no folder {folder.path}: say --data, or --url")
        yield HttpOperator(f"http://{settings.host}:{settings.port}", open_operator_token(settings, folder.path))
        return
    if not catalog_path(folder.path).exists():
        if not creates:
            raise TildeError(f"{folder.path} is no data folder of Tilde: --data DIR, or begin one with `tilde up`")
        print(f"tilde: beginning a new data folder, {folder.path}", file=sys.stderr)
    try:
        lock = folder.take()
    except FolderInUseError:
        yield HttpOperator(folder.url(), open_operator_token(settings, folder.path))
        return
    from tilde.processes.offline import offline_operator

    with offline_operator(settings, folder, lock, needs_store=needs_store) as here:
        yield here
