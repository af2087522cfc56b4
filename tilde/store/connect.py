"""Opens clickhouse-connect clients, on chDB in this process or on a server, and names failures in our own terms."""

import importlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

import clickhouse_connect
import urllib3
from clickhouse_connect.driver import options as driver_options
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError, OperationalError, ProgrammingError
from clickhouse_connect.driver.httputil import get_pool_manager

from tilde.errors import SettingsError, TildeError
from tilde.runtime import machine
from tilde.store.port import BlockRefusedError, NoTableError, QueryLimitError, QueryRefusedError, StoreError
from tilde.store.profiles import EMBEDDED_ENGINE, EngineSettings

HTTP_PORT, HTTPS_PORT = 8123, 8443
CONNECT_TIMEOUT_S = 5
ANSWER_TIMEOUT_S = 150  # above every max_execution_time: the server gives up first, and says why

# ClickHouse's own error codes: away or overloaded; more than the session's limits; no such table or no right to it.
_PASSING = {
    *(3, 74, 75, 76, 95, 173, 198, 201, 202, 203, 209, 210, 225, 236, 242, 243, 252, 279, 285, 286, 290, 319, 333, 364),
    *(373, 394, 425, 439, 499, 667, 668, 689, 692, 700, 999),
}
# What the machine has refused ClickHouse, whatever it was about to do: `.. errno: 24, strerror: Too many open files`.
_REFUSED_BY_MACHINE = re.compile(r"ErrnoException: .*errno: (\d+), strerror: ", re.DOTALL)
_NO_TABLE = {60, 81}
_LIMITS = {158, 159, 160, 161, 241, 307, 396}
_NOT_THE_BLOCK = {16, 36, 60, 62, 81, 115, 164, 192, 193, 194, 195, 497, 516}

# The driver looks for data frames at the first insert, and imports pandas for that: a second or two, and 60 MB. We have
# no data frames.
driver_options.pd = driver_options.pd_time_test = None


class StoreTakenError(TildeError):
    """Another process has the embedded store open."""


def is_embedded(dsn: str) -> bool:
    """Whether the store runs in this process."""
    return dsn.startswith("chdb:")


def embedded_folder(dsn: str) -> str:
    """Where the embedded store is. A `%` or a `#` in a folder's name is one: what reads it as a URL leads elsewhere."""
    return dsn.removeprefix("chdb://")


def open_store_client(dsn: str, settings: EngineSettings, *, read_only: bool) -> Client:
    """A client with these settings, those the server does not know left out. For one thread at a time.

    Raises StoreError, StoreTakenError, SettingsError.
    """
    with translated():
        client = _chdb(dsn) if is_embedded(dsn) else _server(dsn)
        for name, value in settings.items():
            if name in client.server_settings:
                client.set_client_setting(name, value)
        if read_only:
            client.set_client_setting("readonly", 1)  # the last one: it forbids any further
    return client


def import_engine() -> None:
    """Imports chDB. To be called first thing in a process that opens the embedded store: while it is imported, chDB
    moves the working directory of the whole process, so whatever runs beside it finds no relative path.
    """
    os.environ["TZ"] = "UTC"  # as every session has it; with a zone that this machine does not know chDB is not loaded
    importlib.import_module("chdb")


def _chdb(dsn: str) -> Client:
    import_engine()
    return clickhouse_connect.get_client(
        interface="chdb", path=embedded_folder(dsn), chdb_options=dict(EMBEDDED_ENGINE), tz_mode="aware"
    )


def _server(dsn: str) -> Client:
    url = urlsplit(dsn)
    if url.scheme not in ("clickhouse", "clickhouses") or not url.hostname:
        raise SettingsError("a store is chdb:///PATH or clickhouse://USER:PASSWORD@HOST:PORT")
    is_secure = url.scheme == "clickhouses"
    return clickhouse_connect.get_client(
        host=url.hostname,
        port=url.port or (HTTPS_PORT if is_secure else HTTP_PORT),
        username=unquote(url.username or "default"),
        password=unquote(url.password or ""),
        secure=is_secure,
        connect_timeout=CONNECT_TIMEOUT_S,
        send_receive_timeout=ANSWER_TIMEOUT_S,
        pool_mgr=_connections(),
        autogenerate_session_id=False,  # a session is locked while a query runs: threads would refuse each other
        tz_mode="aware",
    )


@cache
def _connections() -> urllib3.PoolManager:
    """Those of this process: to the server itself. Without them the driver takes a proxy from the environment."""
    connections: urllib3.PoolManager = get_pool_manager()
    return connections


@contextmanager
def translated(*, inserting: bool = False) -> Iterator[None]:
    """Raises the driver's errors as the port's."""
    try:
        yield
    except ClickHouseError as error:
        raise _ours(error, inserting=inserting) from error
    except OSError as error:  # chDB's inserts go through a temporary file: its disk may be full
        raise StoreError(str(error)) from error


def _ours(error: ClickHouseError, *, inserting: bool) -> Exception:
    text = str(error)
    code: Any = getattr(error, "code", None)
    if (shortage := _shortage(text)) is not None:
        return StoreError(shortage)
    if "Unable to open the chdb engine" in text:
        return _not_opened(text)
    if code is None and isinstance(error, OperationalError):
        return StoreError(text)
    if inserting and code in _LIMITS:
        return StoreError(text)
    if inserting and isinstance(error, DatabaseError) and code not in {None, *_PASSING, *_NOT_THE_BLOCK}:
        return BlockRefusedError(text)
    return read_failure(code, text)


def read_failure(code: int | None, text: str) -> Exception:
    """A read's failure by ClickHouse's code."""
    if (shortage := _shortage(text)) is not None:
        return StoreError(shortage)
    if code in _PASSING:
        return StoreError(text)
    if code in _LIMITS:
        return QueryLimitError(text)
    return NoTableError(text) if code in _NO_TABLE else QueryRefusedError(text)


def _shortage(text: str) -> str | None:
    """What the machine has refused to the store, and what helps; None where it is nothing of that kind."""
    if "NOT_ENOUGH_SPACE" in text:
        return "the store cannot go on: there is too little room where it stands (free some space there)"
    refused = _REFUSED_BY_MACHINE.search(text)
    told = machine.told(OSError(int(refused[1]), os.strerror(int(refused[1])))) if refused else None
    return None if told is None else f"the store cannot go on: {told}"


def _not_opened(text: str) -> Exception:
    if "already initialized with path" in text:
        return ProgrammingError(text)  # two stores in one process: a bug
    return StoreTakenError(
        "the embedded store cannot be opened: another process has this data folder open (is Tilde running already?),"
        " or the folder is not writable, or what stands there is damaged, as the engine has then said above (it can be"
        " made again: remove store/ and outputs.gN.log together)"
    )
