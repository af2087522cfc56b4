"""What every process of Tilde does: works on its data folder, and ends when it is told to."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import uvloop

from run.process.folder_lock import usable
from tilde.data_folder import make_folder
from tilde.errors import SettingsError, TildeError
from tilde.runtime.telling import Outage
from tilde.settings import Settings


def needs_kafka(settings: Settings) -> None:
    """Raises SettingsError on the embedded log, where `tilde up` runs everything."""
    if settings.is_embedded:
        raise SettingsError("this role runs on Kafka: set TILDE_LOG=kafka://HOST:PORT (or run everything: tilde up)")


def kafka_outage(settings: Settings, role: str) -> Outage:
    """The outage that tells that the brokers are away."""
    return Outage(role, f"Kafka at {settings.brokers}")


def needs_embedded(settings: Settings) -> None:
    """Raises SettingsError on Kafka: the forwarder would ship, and remove, the log that `tilde up` stands on."""
    if not settings.is_embedded or settings.store != "chdb":
        raise SettingsError(
            "`tilde up` has a log and a store of its own: unset TILDE_LOG and TILDE_STORE, or run the roles one by one"
        )


def run_in(
    folder: Path,
    work: Coroutine[Any, Any, None],
    *,
    is_supervised: bool = False,
    on_hangup: Callable[[], object] = lambda: None,
) -> None:
    """Runs on the folder, made where it is not, until SIGTERM or SIGINT.

    With `is_supervised` until SIGTERM: Ctrl-C reaches all processes of a terminal, and the supervisor says who stops
    when. SIGHUP ends nothing.
    """

    async def until_told() -> None:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
        loop.add_signal_handler(signal.SIGINT, (lambda: None) if is_supervised else task.cancel)
        loop.add_signal_handler(signal.SIGHUP, on_hangup)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    os.umask(0o077)
    try:
        with usable(folder):
            make_folder(folder)
    except TildeError:
        work.close()  # it never began
        raise
    uvloop.run(until_told())
