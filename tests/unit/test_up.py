"""What `tilde up` starts, and says while it waits for its parts."""

import asyncio
import os
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from run.process.folder_lock import DataFolder, FolderInUseError
from run.process.untold_token import UntoldToken
from run.roles import up, watchers
from testkit.edges import KEYRING
from testkit.first_sights import FirstSights
from testkit.fixed_clock import FixedClock
from tilde.domain.catalog.keys import KeyKind
from tilde.settings import Settings
from tilde.web.http_clients import open_async_client


async def test_an_edge_whose_pipeline_is_not_ready_is_waited_for_and_told_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may be taking posts in: stopping it would lose them, and nothing is won."""
    clock = FixedClock(0)
    asked = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        clock.advance(25_000)
        if asked == 1:
            raise httpx.ConnectError("not yet")
        return httpx.Response(503, text="store: away") if asked < 7 else httpx.Response(200)

    monkeypatch.setattr(up, "open_async_client", partial(open_async_client, httpx.MockTransport(answer)))

    await up._until_ready("http://tilde", clock)

    assert asked == 7
    assert (
        capsys.readouterr().err.splitlines()
        == ["tilde up: not ready yet: store: away; what the processes said stands above"] * 2
    )


def test_three_processes_hold_the_folder_and_the_edge_its_port() -> None:
    """What is started, with the descriptors that it is handed."""
    children = up._children(7, [8], None)

    assert [(child.name, child.command[4], list(child.fds)) for child in children] == [
        ("pipeline", "embedded-pipeline", [7]),
        ("edge", "embedded-edge", [7, 8]),
        ("watchers", "embedded-watchers", [7]),
    ]


def test_two_do_not_watch_over_one_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each letter would be sent by both."""
    monkeypatch.setattr("watchers.topology.WATCHERS", (FirstSights,))
    monkeypatch.setattr(watchers, "LEAVING_S", 0)
    held = DataFolder(tmp_path).take()
    with pytest.raises(FolderInUseError):
        watchers.watchers(Settings(data=tmp_path, log="kafka://127.0.0.1:9092"))
    os.close(held)


async def _never(*_: Any) -> None:
    """Some part does not run."""
    await asyncio.Event().wait()


async def test_keys_that_were_made_are_told_also_where_it_ends_before_it_is_ready(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The token is nowhere else in plain text; once told, it is not kept."""
    monkeypatch.setattr(up, "_until_ready", _never)
    keys = {kind.value: f"own-{kind.value}" for kind in KeyKind}
    made = {"name": "main", **keys, "product": {"id": 1}}
    folder = DataFolder(tmp_path)
    untold = UntoldToken(folder, KEYRING)
    untold.kept()
    greeted = up._Greeted(["http://127.0.0.1:8000"], "token", folder, untold, made)
    greeting = asyncio.create_task(up._greet(greeted, 0.0, FixedClock(0)))
    await asyncio.sleep(0)
    greeting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await greeting

    printed = capsys.readouterr().out
    assert "The first account, main:" in printed
    assert "own-token" in printed
    assert list(tmp_path.iterdir()) == []
