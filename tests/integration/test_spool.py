"""What is on its way into the embedded store stands in its folder, for its owner only, and a kill leaves none of it."""

import stat
import tempfile
from pathlib import Path

import pytest

from sinks.block import join
from testkit.rows import some_points
from tilde.schemas.registry import latest
from tilde.store.clickhouse import open_store
from tilde.store.migrate import drop_generation, migrate

pytestmark = pytest.mark.store


async def test_an_insert_needs_no_folder_of_all_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nor leaves anything there: with none to write into the rows are in the table all the same."""
    for variable in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(variable, str(tmp_path / "none"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    left = tmp_path / "a store" / "spool" / "tmp_left.raw"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"of a process that was killed")
    store = await open_store(f"chdb://{tmp_path / 'a store'}")
    try:
        assert not left.exists()
        await migrate(store, 1)
        await store.insert_block("tilde_g1.points", join(latest("point"), list(some_points(10))))
        assert await store.rows("SELECT count() FROM tilde_g1.points") == [(10,)]
        assert list(left.parent.iterdir()) == []
        with tempfile.NamedTemporaryFile() as file:  # as the driver makes one
            assert Path(file.name).parent == left.parent
            assert stat.S_IMODE(Path(file.name).stat().st_mode) == 0o600
        await drop_generation(store, 1)
    finally:
        await store.close()

    assert tempfile.tempdir == str(tmp_path / "none")


async def test_the_folder_is_its_owner_s(tmp_path: Path) -> None:
    """Whatever the mask of the process."""
    store = await open_store(f"chdb://{tmp_path / 'store'}")
    await store.close()

    assert stat.S_IMODE((tmp_path / "store" / "spool").stat().st_mode) == 0o700
