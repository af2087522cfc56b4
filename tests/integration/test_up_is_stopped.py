"""The end of `tilde up`, at whatever moment it is told to stop."""

import asyncio
import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from run.process.folder_lock import DataFolder
from run.process.untold_token import UntoldToken
from run.roles import up
from testkit.edges import KEYRING
from tilde.runtime.clock import SystemClock

SOON_S = 30  # the operator's client would wait for three times as long


class _NoChildren:
    """A supervisor of nothing."""

    def __init__(self, *_: Any) -> None:
        pass

    def start(self) -> None:
        pass

    def pass_on(self, *_: Any) -> None:
        pass

    async def stop(self) -> None:
        pass


async def _at_once(*_: Any) -> None:
    """All parts run."""


def test_it_ends_while_its_greeting_asks_an_edge_that_has_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The supervisor holds the port, so whoever asks there is in the backlog of a door that nobody opens again."""
    monkeypatch.setattr(up, "Supervisor", _NoChildren)
    monkeypatch.setattr(up, "_until_ready", _at_once)
    bound = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{bound.getsockname()[1]}"

    async def stopped_soon() -> None:
        asyncio.get_running_loop().call_later(0.5, os.kill, os.getpid(), signal.SIGTERM)
        folder = DataFolder(tmp_path)
        greeted = up._Greeted([url], "token", folder, UntoldToken(folder, KEYRING), None)
        await up._supervise([], [bound], greeted, SystemClock())

    began = time.monotonic()
    asyncio.run(stopped_soon())
    assert time.monotonic() - began < SOON_S
