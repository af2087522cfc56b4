"""The tables of the file of keyholders' secrets, and what is done to them on an open connection.

A row of `visitor` is a secret, one of `trait` a hash by which a keyholder is found. What the columns call a `site` is a
realm (`keyholders.py`), what they call a `visitor` a keyholder. `leaving` has who was taken away since the file was
written anew last, `untold` whom others are to be told of, `erased` the last erasure that was carried out.
"""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

BUSY_TIMEOUT_S = (
    1  # nobody else writes the file, and whoever reads it for longer has a sweep fail, which is tried again
)
_HAS_REMAINS = 1  # the `user_version` of a file in which something was taken away that may still be there as bytes
_SCHEMA = """
CREATE TABLE IF NOT EXISTS visitor (
    key INTEGER PRIMARY KEY, site INTEGER NOT NULL, number INTEGER NOT NULL, secret BLOB NOT NULL,
    since INTEGER NOT NULL, UNIQUE (site, number)
);
CREATE TABLE IF NOT EXISTS trait (
    site INTEGER, trait INTEGER, key INTEGER, PRIMARY KEY (site, trait, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS trait_of ON trait (key);
CREATE TABLE IF NOT EXISTS leaving (key INTEGER PRIMARY KEY, erasure INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS untold (
    erasure INTEGER, site INTEGER, number INTEGER, PRIMARY KEY (erasure, site, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS erased (up_to INTEGER NOT NULL);
"""


class Secret(NamedTuple):
    """What a keyholder's key is made of. `number` tells him from others of his realm, `since` is the last erasure that
    had begun here when the key was made.
    """

    key: int
    realm: int
    number: int
    secret: bytes
    since: int


class Trait(NamedTuple):
    """One more hash by which a keyholder of a realm is found."""

    realm: int
    trait: int
    key: int


class Untold(NamedTuple):
    """A keyholder who was found here by a trait, so others who know him may not have found him: they are to be told his
    number. `erasure` is the entry of the catalog that asked for him.
    """

    erasure: int
    realm: int
    number: int


class Leaving(NamedTuple):
    """A keyholder whose secret is to go, as an erasure asks. `untold`: where others are to be told of him, too."""

    key: int
    erasure: int
    untold: Untold | None = None


def connect(path: Path) -> sqlite3.Connection:
    """A connection. What is committed is durable, and what is deleted is overwritten."""
    db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        db.execute(f"PRAGMA {pragma}")
    return db


def make(db: sqlite3.Connection) -> None:
    """Has all tables be there. In a file that was made before secrets said since when they are, they are older than
    every erasure that is still to come.
    """
    db.executescript(_SCHEMA)
    if not any(name == "since" for _, name, *_ in db.execute("PRAGMA table_info(visitor)")):
        db.execute("ALTER TABLE visitor ADD COLUMN since INTEGER NOT NULL DEFAULT 0")


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All that is written inside is durable when the block ends, or nothing of it is there."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def take_away(db: sqlite3.Connection, leaving: Collection[Leaving]) -> None:
    """As KeyholderFile.take_away, in the transaction that is open."""
    keys = [(each.key,) for each in leaving]
    db.executemany("INSERT OR IGNORE INTO leaving VALUES (?, ?)", [each[:2] for each in leaving])
    db.executemany("INSERT OR IGNORE INTO untold VALUES (?, ?, ?)", [each.untold for each in leaving if each.untold])
    db.executemany("DELETE FROM visitor WHERE key = ?", keys)
    db.executemany("DELETE FROM trait WHERE key = ?", keys)
    db.execute(f"PRAGMA user_version={_HAS_REMAINS}")


def write_anew(db: sqlite3.Connection) -> None:
    """Has every byte go of what was deleted.

    SQLite overwrites what is deleted, but not what a page has kept of a row that moved to another one, nor what the
    write-ahead log has of either. While somebody reads the file neither can be cut, so nothing is written: each try
    would have the write-ahead log grow by the whole file.
    """
    cut(db)
    db.execute("VACUUM")
    cut(db)


def cut(db: sqlite3.Connection) -> None:
    """Has the file be all there is, its write-ahead log empty."""
    (is_busy, _, _) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if is_busy:
        raise sqlite3.OperationalError("another process reads it, so what was erased is still in it")


def has_remains(db: sqlite3.Connection) -> bool:
    """Whether something was taken away that may still be there as bytes."""
    return _state(db) == _HAS_REMAINS


def touch(db: sqlite3.Connection) -> None:
    """Writes the file, though nothing new."""
    db.execute(f"PRAGMA user_version={_state(db)}")


def _state(db: sqlite3.Connection) -> int:
    ((state,),) = db.execute("PRAGMA user_version").fetchall()
    return int(state)


def end(db: sqlite3.Connection, up_to: int) -> dict[int, int]:
    """Says that nothing is left of who was taken away, and that all erasures up to this one have been carried out;
    returns how many have left, by the erasure.
    """
    left = dict(db.execute("SELECT erasure, count(*) FROM leaving GROUP BY erasure").fetchall())
    db.execute("DELETE FROM leaving")
    if up_to > erased_up_to(db):
        db.execute("DELETE FROM erased")
        db.execute("INSERT INTO erased VALUES (?)", (up_to,))
    db.execute("PRAGMA user_version=0")
    return left


def erased_up_to(db: sqlite3.Connection) -> int:
    """The last erasure that was carried out."""
    ((up_to,),) = db.execute("SELECT coalesce(max(up_to), 0) FROM erased").fetchall()
    return int(up_to)
