"""The process of an operator's statement may die: it is begun once more, unless it has told something already."""

import sys
from pathlib import Path
from typing import Any

import pytest

from tilde.store import sql_desk
from tilde.store.port import QueryLimitError
from tilde.store.sql_desk import SqlDesk

ENGINE = """
import os, sys
from tilde.store.sql_process import ENDED, HEADER, ROWS
sys.stdin.buffer.readline()
died, deaths, telling = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "tells"
def frame(kind, content=b""):
    os.write(1, HEADER.pack(kind, len(content)) + content)
so_far = os.path.getsize(died) if os.path.exists(died) else 0
if so_far < deaths:
    open(died, "ab").write(b".")
    if telling:
        frame(ROWS, b"half")
    os.kill(os.getpid(), 11)
frame(ROWS, b"whole")
frame(ENDED)
"""
"""Dies so many times, each noted in a file, and answers then."""


async def answered(folder: Path, monkeypatch: pytest.MonkeyPatch, deaths: int, first: str = "says nothing") -> bytes:
    async def target() -> dict[str, Any]:
        return {"dsn": "a server's"}

    monkeypatch.setattr(sql_desk, "_RUN", [sys.executable, "-c", ENGINE, str(folder / "died"), str(deaths), first])
    desk = SqlDesk(target, lambda code, text: AssertionError((code, text)))
    return b"".join([piece async for piece in desk.answer("SELECT 1", "CSVWithNames", "tilde")])


async def test_one_that_dies_before_it_has_said_anything_is_begun_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await answered(tmp_path, monkeypatch, deaths=1) == b"whole"


async def test_one_that_dies_again_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one that needs too much memory does."""
    with pytest.raises(QueryLimitError, match="it took more memory than it may"):
        await answered(tmp_path, monkeypatch, deaths=2)

    assert (tmp_path / "died").read_text() == ".."


async def test_one_that_has_said_something_is_not_begun_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its rows would be there twice."""
    with pytest.raises(QueryLimitError):
        await answered(tmp_path, monkeypatch, deaths=1, first="tells")

    assert (tmp_path / "died").read_text() == "."
