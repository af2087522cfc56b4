"""The bell between processes: what a ring reaches, and that nothing stays open."""

import asyncio
from pathlib import Path

import pytest

from testkit.waiting import PATIENCE_S
from tilde.eventlog.bell import Bell
from tilde.schemas.topics import CATALOG, STATS


async def test_a_ring_is_heard_by_who_is_connected_for_that_topic(tmp_path: Path) -> None:
    served, connected = Bell(tmp_path / "bell.sock", serves=True), Bell(tmp_path / "bell.sock", serves=False)
    await served.open()
    await connected.open()
    heard, other = connected.listener([STATS.name]), connected.listener([CATALOG.name])
    async with asyncio.timeout(PATIENCE_S):
        await heard.wait()  # whoever connects looks once at everything
        heard.clear()
        other.clear()
        while not heard.is_set():
            served.ring(STATS.name)
            await asyncio.sleep(0.001)
    await connected.close()
    await served.close()

    assert not other.is_set()


async def test_a_bell_that_is_closed_right_after_it_was_opened_listens_no_more(tmp_path: Path) -> None:
    path = tmp_path / "bell.sock"
    bell = Bell(path, serves=True)
    await bell.open()
    await bell.close()

    with pytest.raises(OSError, match="refused|No such file"):
        await asyncio.open_unix_connection(path)
