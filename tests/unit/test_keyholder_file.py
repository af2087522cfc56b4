"""An erasure counts as carried out once no byte is left of whom it asked for, whatever fails or dies on the way."""

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from testkit.hits import every_byte
from tilde.eventlog import LogError
from tilde.keys import keyholder_file, keyholder_tables
from tilde.keys.keyholder_file import DamagedError, KeyholderFile
from tilde.keys.keyholder_tables import Leaving, Secret, Trait, Untold

ANN = Secret(5, 32, 7, b"one of 32 bytes that is to leave", 0)
BOB = Secret(6, 32, 8, b"one of 32 bytes that is to stay!", 0)
TRAITS = [Trait(32, 9, 5), Trait(32, 9, 6)]
LEAVING = [Leaving(5, 2, Untold(2, 32, 7))]


@pytest.fixture
def file(tmp_path: Path) -> Iterator[KeyholderFile]:
    """Of Ann and Bob."""
    file = KeyholderFile(tmp_path / "visitors.db")
    file.add([ANN, BOB], TRAITS)
    yield file
    file.close()


@contextmanager
def read(folder: Path) -> Iterator[None]:
    """Somebody reads the file, as a backup does, or an operator who looks into it."""
    with closing(sqlite3.connect(folder / "visitors.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM visitor").fetchall()
        yield


def has_left(folder: Path) -> bool:
    """Nothing of Ann is there, and all of Bob."""
    left = every_byte(folder)
    assert BOB.secret in left
    return ANN.secret not in left


def erase(file: KeyholderFile) -> None:
    file.take_away(LEAVING)
    file.sweep(2)


def full(*_: object) -> None:
    raise sqlite3.OperationalError("database or disk is full")


def test_an_erasure_is_not_carried_out_while_the_disk_is_full(file, tmp_path, monkeypatch):
    """The row is gone, its bytes are not. Asked again it goes on where it was, and has the same to say."""
    file.take_away(LEAVING)
    with monkeypatch.context() as patch:
        patch.setattr(keyholder_tables, "write_anew", full)
        with pytest.raises(LogError, match="full"):
            file.sweep(2)
    assert (file.erased_up_to(), has_left(tmp_path)) == (0, False)

    file.take_away(LEAVING)
    assert file.sweep(2) == {2: 1}
    assert (file.erased_up_to(), has_left(tmp_path)) == (2, True)
    assert file.sweep(2) == {}


def test_nor_while_somebody_reads_the_file(file, tmp_path, monkeypatch):
    """What he reads has to stay for him. Others are kept and found meanwhile."""
    monkeypatch.setattr(keyholder_tables, "BUSY_TIMEOUT_S", 0)
    file.close()
    with read(tmp_path):
        file.take_away(LEAVING)
        for _ in range(2):
            with pytest.raises(LogError, match="another process reads it"):
                file.sweep(2)
        assert (file.erased_up_to(), has_left(tmp_path)) == (0, False)
        file.add([Secret(7, 32, 10, bytes(32), 2)], [])
        assert (file.of_key(5), file.of_key(7)) == (None, Secret(7, 32, 10, bytes(32), 2))

    assert file.sweep(2) == {2: 1}
    assert (file.erased_up_to(), has_left(tmp_path)) == (2, True)


@pytest.mark.parametrize("comes", ["before the first try", "while the file is written anew"])
def test_while_somebody_reads_it_no_try_has_the_files_grow(file, tmp_path, monkeypatch, comes):
    """They could not be cut, so nothing is written: the write-ahead log would have the whole file once more each time.
    Also where erasure comes after erasure.
    """
    monkeypatch.setattr(keyholder_tables, "BUSY_TIMEOUT_S", 0)
    file.add([Secret(key, 32, key, bytes(32), 0) for key in range(100, 5_100)], [])
    file.close()
    with ExitStack() as stack:
        if comes == "before the first try":
            stack.enter_context(read(tmp_path))
        else:
            cut, tries = keyholder_tables.cut, []

            def cut_with_a_reader(db: sqlite3.Connection) -> None:
                tries.append(db)
                if len(tries) == 2:
                    stack.enter_context(read(tmp_path))
                cut(db)

            monkeypatch.setattr(keyholder_tables, "cut", cut_with_a_reader)
        file.take_away(LEAVING)
        sizes = []
        for number in range(10):
            file.take_away([Leaving(100 + number, 2)] if number > 4 else [])
            with pytest.raises(LogError, match="another process reads it"):
                file.sweep(2)
            sizes.append((tmp_path / "visitors.db-wal").stat().st_size)
        assert sizes[:5] == sizes[:1] * 5
        assert sizes[-1] - sizes[0] < (tmp_path / "visitors.db").stat().st_size

    assert file.sweep(2) == {2: 6}
    assert has_left(tmp_path)
    assert (tmp_path / "visitors.db-wal").stat().st_size < 20_000


def test_what_leaves_after_the_file_was_written_anew_has_it_written_once_more(file, tmp_path, monkeypatch):
    """A kill, or a reader, may come between the two steps."""
    file.take_away(LEAVING)
    cut, tries = keyholder_tables.cut, []

    def cut_once(db: sqlite3.Connection) -> None:
        tries.append(db)
        if len(tries) == 2:
            full()
        cut(db)

    with monkeypatch.context() as patch:
        patch.setattr(keyholder_tables, "cut", cut_once)
        with pytest.raises(LogError):
            file.sweep(2)
    again = Secret(9, 32, 7, bytes(range(32)), 2)
    file.add([again], [])
    file.take_away([Leaving(9, 3)])

    assert file.sweep(3) == {2: 1, 3: 1}
    assert has_left(tmp_path)
    assert again.secret not in every_byte(tmp_path)


def test_the_next_erasure_takes_what_one_before_has_left(file, tmp_path, monkeypatch):
    """Each has its own to say."""
    file.take_away(LEAVING)
    with monkeypatch.context() as patch:
        patch.setattr(keyholder_tables, "write_anew", full)
        with pytest.raises(LogError):
            file.sweep(2)
    file.add([Secret(7, 32, 10, bytes(32), 2)], [])
    file.take_away([Leaving(7, 3)])

    assert file.sweep(3) == {2: 1, 3: 1}
    assert (file.erased_up_to(), has_left(tmp_path)) == (3, True)


@pytest.mark.parametrize("step", ["take_away", "write_anew", "end"])
@pytest.mark.parametrize("is_done", [False, True], ids=["before", "behind"])
def test_whoever_is_killed_at_a_step_goes_on_with_it_after_a_start(file, tmp_path, monkeypatch, step, is_done):
    """As all files are when he dies: nothing was carried out, and when it is, it is told in full."""
    killed, done = tmp_path / "killed", getattr(keyholder_tables, step)

    def die(*given: object) -> None:
        if is_done:
            done(*given)
        shutil.copytree(tmp_path, killed, ignore=shutil.ignore_patterns("killed"))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(keyholder_tables, step, die)
        with pytest.raises(KeyboardInterrupt):
            erase(file)
    after = KeyholderFile(killed / "visitors.db")

    assert after.erased_up_to() == 0
    assert (after.of_key(5) is None) is (step != "take_away")
    assert after.untold() == ([] if step == "take_away" else [Untold(2, 32, 7)])
    after.take_away(LEAVING)
    assert after.sweep(2) == {2: 1}
    assert (after.of_key(5), after.of_key(6)) == (None, BOB)
    assert after.of_trait(32, 9) == [BOB]
    assert after.untold() == [Untold(2, 32, 7)]
    assert has_left(killed)
    after.close()


def test_who_comes_back_before_he_has_left_takes_his_place(file, tmp_path):
    """No byte is left of the one that he was, though nobody takes that one away any more."""
    again = ANN._replace(key=9, secret=bytes(range(32)), since=2)
    file.add([again], [])

    assert (file.of_number(32, 7), file.of_key(5)) == (again, None)
    assert file.of_trait(32, 9) == [BOB]
    assert file.sweep(2) == {2: 1}
    assert has_left(tmp_path)


def test_what_was_kept_already_may_be_kept_again(file, tmp_path):
    """An error may have come when it was durable. Nobody leaves by that."""
    file.add([ANN, BOB], TRAITS)

    assert (file.of_key(5), file.of_trait(32, 9)) == (ANN, [ANN, BOB])
    assert file.sweep(1) == {}


def test_a_file_that_two_threads_find_missing_is_opened_once(tmp_path, monkeypatch):
    """As at the first hits of an edge: one keeps them, the other looks for their keyholders."""
    opened: list[Path] = []
    connected = keyholder_tables.connect

    def open_slowly(path: Path) -> sqlite3.Connection:
        opened.append(path)
        db = connected(path)
        if len(opened) == 1:
            looking.start()
        return db

    monkeypatch.setattr(keyholder_tables, "connect", open_slowly)
    file = KeyholderFile(tmp_path / "visitors.db")
    looking = threading.Thread(target=file.of_key, args=[5])
    file.add([ANN], [])
    looking.join()

    assert len(opened) == 2, "a writer and a reader"
    file.close()


def test_a_commit_is_on_the_disk_before_it_returns(file):
    """An event that names a key may be acknowledged at once, and has to be readable after a power cut: with less than
    FULL (2) SQLite leaves the write-ahead log to the system.
    """
    pragmas = ("synchronous", "journal_mode", "secure_delete")
    in_force = [file._opened().writer.execute(f"PRAGMA {each}").fetchone() for each in pragmas]

    assert in_force == [(2,), ("wal",), (1,)]


def test_a_file_of_before_is_taken_as_it_is(tmp_path):
    """Whom it has came before every erasure that is still to come."""
    with closing(sqlite3.connect(tmp_path / "visitors.db")) as db:
        db.execute(
            "CREATE TABLE visitor (key INTEGER PRIMARY KEY, site INTEGER NOT NULL, number INTEGER NOT NULL,"
            " secret BLOB NOT NULL, UNIQUE (site, number))"
        )
        db.execute("INSERT INTO visitor VALUES (?, ?, ?, ?)", ANN[:4])
        db.commit()
    file = KeyholderFile(tmp_path / "visitors.db")

    assert file.of_key(5) == ANN
    file.add([BOB], [])
    assert file.of_key(6) == BOB
    file.close()


def no_database(path: Path) -> None:
    path.write_bytes(b"not a database " * 1_000)


def a_page_of_noise(path: Path) -> None:
    """In the place of the page that all tables are found by, but for its head."""
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xff" * 3_996 + whole[4_096:])


@pytest.mark.parametrize("damage", [no_database, a_page_of_noise])
def test_a_damaged_file_is_told_with_where_it_is_and_what_to_do(file, tmp_path, damage):
    """What to do is right: with the file gone, whatever is left beside it, the next one is new and whole."""
    file.close()
    path = tmp_path / "visitors.db"
    damage(path)

    for asked in (file.erased_up_to, lambda: file.of_key(5), lambda: file.add([BOB], [])):
        with pytest.raises(DamagedError) as told:
            asked()
        assert str(told.value).startswith(f"{path} is damaged (")
        assert "): remove it, and start again. Nothing is lost but what identifies visitors" in str(told.value)
    path.with_name("visitors.db-wal").write_bytes(b"left behind" * 1_000)
    path.unlink()
    with closing(KeyholderFile(path)) as again:
        assert (again.of_key(5), again.erased_up_to()) == (None, 0)
        again.add([BOB], TRAITS)
        assert again.of_trait(32, 9) == [BOB]


def test_no_space_and_no_rights_are_told_with_what_helps(tmp_path, monkeypatch):
    """Others of the machine's errors, too."""

    def refuse(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keyholder_file, "make_folder", refuse)
    with (
        closing(KeyholderFile(tmp_path / "visitors.db")) as file,
        pytest.raises(LogError, match="free some space there"),
    ):
        file.add([ANN], [])
