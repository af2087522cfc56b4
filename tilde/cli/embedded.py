"""The two processes of `tilde up`. Both work inside the data folder, so that socket paths stay short."""

import asyncio
import os
import signal
import socket
from collections.abc import Coroutine
from typing import Any

import uvloop

from tilde.settings import Settings


def edge(settings: Settings, descriptor: int) -> None:
    """Serves the users' port until SIGTERM."""
    from producers.wiring import run_edge

    os.chdir(settings.data)
    _run(run_edge(settings, socket.socket(fileno=descriptor)))


def pipeline(settings: Settings) -> None:
    """Runs the decider, the processors, the sinks and the query API until SIGTERM."""
    from tilde.cli.pipeline import run_pipeline

    os.chdir(settings.data)
    _run(run_pipeline(settings))


def _run(main: Coroutine[Any, Any, None]) -> None:
    async def until_told() -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.ensure_future(main)
        # Ctrl-C reaches the whole process group: only the supervisor decides who stops when.
        loop.add_signal_handler(signal.SIGINT, lambda: None)
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            return

    uvloop.run(until_told())
