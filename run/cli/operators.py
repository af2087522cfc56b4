"""Finds who carries out an operator's command: the Tilde that runs (here or at --url), or this process itself."""

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from run.process.folder_lock import DataFolder, FolderInUseError
from tilde.data_folder import catalog_path, operator_token_path
from tilde.errors import TildeError
from tilde.runtime.telling import announce
from tilde.settings import Settings, load_settings, open_operator_token
from tilde.web.addresses import addresses


class Operator(Protocol):
    """Carries out calls of the operator's API. Raises TildeError with what is wrong."""

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The JSON answer of one call."""
        ...

    def pieces(self, method: str, path: str, body: dict[str, Any] | None = None) -> Generator[bytes, None, None]:
        """The answer of one call as it comes. Raises AnswerCutOffError where it has no end."""
        ...


@contextmanager
def operator(
    data: Path | None,
    url: str | None,
    token: str | None,
    *,
    settings: Settings | None = None,
    needs_store: bool = False,
    creates: bool = False,
) -> Iterator[Operator]:
    """`settings` are those of the command, where it has read a file; else those of the environment and `data`.
    `creates` says that a folder may be begun by it.

    Over HTTP where a Tilde runs; else the folder is taken and the same routes are called in this process.
    """
    from run.process.operator_client import HttpOperator
    from tilde.web.http_clients import Way

    if url is not None:
        if token is None:
            raise TildeError("--url needs --operator-token (or TILDE_OPERATOR_TOKEN)")
        with closing(HttpOperator(url, token, way=Way.of(settings or load_settings(data=data)))) as there:
            yield there
        return
    settings = settings or load_settings(data=data)
    folder = DataFolder(settings.data)
    if not settings.is_embedded:
        with closing(HttpOperator(urls_of(settings)[0], _operator_token(settings), is_own=True)) as edge:
            yield edge
        return
    if not catalog_path(folder.path).exists():
        if not creates:
            raise TildeError(f"{folder.path} is no data folder of Tilde: --data DIR, or begin one with `tilde up`")
        announce(f"beginning a new data folder, {folder.path}")
    try:
        lock = folder.take()
    except FolderInUseError:
        with closing(HttpOperator(folder.url(), _operator_token(settings), is_own=True)) as running:
            yield running
        return
    from run.roles.offline import offline_operator

    with offline_operator(settings, folder, lock, needs_store=needs_store) as here:
        yield here


def urls_of(settings: Settings) -> list[str]:
    """Where the edge of this folder listens: as it says itself, since it may have been told by options; else as the
    settings have it.
    """
    folder = DataFolder(settings.data)
    if folder.is_taken():
        with suppress(TildeError):  # a Tilde of an older release
            return folder.urls()
    return [address.own_url for address in addresses(settings)]


def _operator_token(settings: Settings) -> str:
    """That of the Tilde that runs: only it makes one, as any other would be wrong. Raises TildeError."""
    data = settings.data
    if not data.is_dir():
        raise TildeError(f"there is no folder {data}: say --data, or --url")
    if settings.operator_token is None and not operator_token_path(data).is_file():
        raise TildeError(f"{data} has no file `operator_token`: say the edge's --data, or set TILDE_OPERATOR_TOKEN")
    return open_operator_token(settings)
