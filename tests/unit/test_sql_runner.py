"""The process of an operator's statement may die, or find a part of a table gone: it is begun once more, unless it has
told something already.
"""

import sys
from pathlib import Path
from typing import Any

import pytest

from tilde.store import sql_runner
from tilde.store.port import QueryLimitError, StoreError
from tilde.store.sql_runner import SqlRunner

ENGINE = """
import os, sys
from tilde.store.sql_process import ENDED, GONE, HEADER, ROWS
sys.stdin.buffer.readline()
died, deaths, first = sys.argv[1], int(sys.argv[2]), sys.argv[3]
def frame(kind, content=b""):
    os.write(1, HEADER.pack(kind, len(content)) + content)
so_far = os.path.getsize(died) if os.path.exists(died) else 0
if so_far < deaths:
    open(died, "ab").write(b".")
    if first == "tells":
        frame(ROWS, b"half")
    if first == "finds a part gone":
        frame(GONE)
        sys.exit()
    os.kill(os.getpid(), 11)
frame(ROWS, b"whole")
frame(ENDED)
"""
"""Dies so many times, each noted in a file, and answers then."""


async def answered(folder: Path, monkeypatch: pytest.MonkeyPatch, deaths: int, first: str = "says nothing") -> bytes:
    async def target() -> dict[str, Any]:
        return {"dsn": "a server's"}

    monkeypatch.setattr(sql_runner, "_RUN", [sys.executable, "-c", ENGINE, str(folder / "died"), str(deaths), first])
    runner = SqlRunner(target, lambda code, text: AssertionError((code, text)))
    return b"".join([piece async for piece in runner.answer("SELECT 1", "CSVWithNames", "tilde")])


async def test_one_that_dies_before_it_has_said_anything_is_begun_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await answered(tmp_path, monkeypatch, deaths=1) == b"whole"


async def test_one_that_finds_a_part_gone_is_run_over_what_there_is_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await answered(tmp_path, monkeypatch, deaths=1, first="finds a part gone") == b"whole"
    again = tmp_path / "again"
    again.mkdir()
    with pytest.raises(StoreError, match="a part of a table went"):
        await answered(again, monkeypatch, deaths=2, first="finds a part gone")


async def test_a_process_says_that_a_part_is_gone(tmp_path: Path) -> None:
    """The real one, of a part whose folder is not there."""
    parts = [("tilde_g1", "t", "all_1_1_0", str(tmp_path / "merged away"))]
    create = "CREATE TABLE tilde_g1.t (n UInt8) ENGINE = MergeTree ORDER BY n"

    async def target() -> dict[str, Any]:
        return {"within": str(tmp_path), "engine": {}, "tables": [("tilde_g1", create)], "parts": parts}

    runner = SqlRunner(target, lambda code, text: AssertionError((code, text)))
    with pytest.raises(StoreError, match="a part of a table went"):
        async for _ in runner.answer("SELECT 1", "CSVWithNames", "tilde_g1"):
            pass


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
