"""Each keyholder has a key of his own, durable before anything that was sealed with it; erased, it leaves no byte."""

import sqlite3
from collections.abc import Collection, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from testkit.edges import KEYRING
from tilde.data_folder import keyholders_path
from tilde.eventlog import LogError
from tilde.keys import keyholder_tables, keyholders
from tilde.keys.keyholder_file import KeyholderFile
from tilde.keys.keyholder_tables import Leaving, Secret, Trait, Untold
from tilde.keys.keyholders import ErasedError, Identity, Keyholders

ANN, BOB = Identity(32, "id", "3228480604"), Identity(32, "id", "1112223334")
SAID = {"address": "203.0.113.77", "agent": "Firefox"}


def opened(folder: Path) -> Keyholders:
    return Keyholders(KeyholderFile(keyholders_path(folder)), KEYRING)


async def erase(ours: Keyholders, site: int, by: dict[str, str]) -> int:
    """Whoever has one of these traits; returns how many have left."""
    erasure = ours.erased_up_to() + 1
    await ours.take_away(erasure, site, [KEYRING.keyed_hash(site, about, text) for about, text in by.items()])
    return (await ours.sweep(erasure)).get(erasure, 0)


def every_byte(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_what_is_sealed_is_opened_by_its_keyholders_key_alone(tmp_path):
    """Neither by another keyholder's, nor with another master secret."""
    ours = opened(tmp_path)
    ann, bob = ours.of(ANN), ours.of(BOB)
    ours.keep()
    sealed = ann.seal(SAID)

    assert ours.opened(ann.key, sealed) == SAID
    assert b"203.0.113.77" not in sealed
    with pytest.raises(ErasedError):
        ours.opened(bob.key, sealed)
    with pytest.raises(ErasedError):
        Keyholders(KeyholderFile(keyholders_path(tmp_path)), type(KEYRING)(bytes(32))).opened(ann.key, sealed)


def test_a_keyholder_keeps_key_and_number_over_a_restart(tmp_path):
    """They stand in the file, whoever is remembered."""
    before = opened(tmp_path).of(ANN)
    ours = opened(tmp_path)
    ann = ours.of(ANN)
    ours.keep()
    ours.close()
    after = opened(tmp_path).of(ANN)

    assert (after.key, after.number) == (ann.key, ann.number)
    assert before.number == ann.number
    assert before.key != ann.key, "what was not kept was nobody's"


def test_the_same_keyholder_has_another_number_on_another_site_and_by_another_identity(tmp_path):
    """So nobody is followed from site to site."""
    ours = opened(tmp_path)
    numbers = {
        ours.of(ANN._replace(realm=site, about=about)).number for site in (32, 33) for about in ("id", "address")
    }

    assert len(numbers) == 4
    assert all(0 <= number < 2**63 for number in numbers)


def test_nothing_is_written_while_nobody_is_new(tmp_path, monkeypatch):
    """A hit of a known keyholder costs no commit."""
    ours = opened(tmp_path)
    ours.note(ours.of(ANN), "address of", "203.0.113.77")
    ours.keep()
    monkeypatch.setattr(KeyholderFile, "add", None)
    ours.note(ours.of(ANN), "address of", "203.0.113.77")

    ours.keep()
    ours.close()
    again = opened(tmp_path)
    again.note(again.of(ANN), "address of", "203.0.113.77")
    again.keep()


async def test_who_was_new_when_the_file_could_not_be_written_gets_another_key_later(tmp_path, monkeypatch):
    """Nobody new is taken meanwhile, nor anything new of somebody known; who is known is, with all that is."""
    forgotten: list[str] = []
    ours = opened(tmp_path)
    ours.when_erased(lambda: forgotten.append("all"))
    ann = ours.of(ANN)
    ours.note(ann, "address of", "203.0.113.77")
    ours.keep()
    bob = ours.of(BOB)
    ours.note(ann, "address of", "203.0.113.78")
    with monkeypatch.context() as patch:
        patch.setattr(KeyholderFile, "add", refuse)
        with pytest.raises(OSError, match="No space left"):
            ours.keep()
    ours.give_up("No space left")
    ours.keep()

    assert (ours.trouble, forgotten) == ("No space left", ["all"])
    for _ in range(2):
        with pytest.raises(LogError, match="No space left"):
            ours.of(BOB)
        with pytest.raises(LogError, match="No space left"):
            ours.note(ours.of(ANN), "address of", "203.0.113.78")
    assert ours.of(ANN).key == ann.key
    ours.note(ours.of(ANN), "address of", "203.0.113.77")

    await ours.try_again()
    assert ours.trouble is None
    again = ours.of(BOB)
    ours.note(ours.of(ANN), "address of", "203.0.113.78")
    ours.keep()
    ours.close()
    after = opened(tmp_path)
    assert after.of(BOB).key == again.key != bob.key
    assert await erase(after, 32, {"address of": "203.0.113.78"}) == 1


async def test_a_file_that_cannot_be_written_yet_stays_one(tmp_path, monkeypatch):
    """It is written to see whether it can be."""
    monkeypatch.setattr(keyholder_tables, "BUSY_TIMEOUT_S", 0)
    ours = opened(tmp_path)
    ours.of(ANN)
    ours.keep()
    ours.give_up("it is locked")
    with closing(sqlite3.connect(keyholders_path(tmp_path), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LogError, match=r"visitors\.db: database is locked"):
            await ours.try_again()
        assert ours.trouble == "it is locked"
    await ours.try_again()
    assert ours.trouble is None


def refuse(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_while_nothing_can_be_written_only_so_many_are_made(tmp_path, monkeypatch):
    """A full disk does not become a full memory."""
    monkeypatch.setattr(keyholders, "NEW_MAX", 3)
    ours = opened(tmp_path)
    for number in range(3):
        ours.of(ANN._replace(text=str(number)))

    with pytest.raises(LogError):
        ours.of(ANN)


def test_who_is_not_remembered_any_more_is_found_in_the_file(tmp_path, monkeypatch):
    """However many come by."""
    monkeypatch.setattr(keyholders, "KEYHOLDERS_REMEMBERED_MAX", 4)
    ours = opened(tmp_path)
    keys = []
    for number in range(20):
        keys.append(ours.of(ANN._replace(text=str(number))).key)
        ours.keep()

    assert [ours.of(ANN._replace(text=str(number))).key for number in range(20)] == keys


@pytest.mark.parametrize("is_kept", [True, False], ids=["durable", "not yet durable"])
@pytest.mark.parametrize(
    "by",
    [{"id": "3228480604"}, {"address of": "203.0.113.77"}, {"custom username": "ann"}],
    ids=["identity", "address", "custom data"],
)
async def test_a_keyholder_is_erased_by_whatever_is_known_of_him(tmp_path, by, is_kept):
    """Nothing that was sealed for him opens again, and who shares nothing with him stays readable."""
    ours = opened(tmp_path)
    ann, bob = ours.of(ANN), ours.of(BOB)
    ours.note(ann, "address of", "203.0.113.77")
    ours.note(ann, "custom username", "ann")
    ours.note(bob, "address of", "203.0.113.78")
    sealed, of_bob = ann.seal(SAID), bob.seal(SAID)
    if is_kept:
        ours.keep()

    assert await erase(ours, 32, by) == 1
    ours.keep()
    with pytest.raises(ErasedError):
        ours.opened(ann.key, sealed)
    assert ours.opened(bob.key, of_bob) == SAID
    assert ours.of(ANN).key != ann.key
    assert await erase(ours, 33, by) == 0
    assert ours.of(BOB).key == bob.key


async def test_a_known_keyholder_is_erased_by_what_is_new_of_him_and_not_yet_durable(tmp_path):
    """It waits for the commit of the group that is open; who has something else that waits, too, stays."""
    ours = opened(tmp_path)
    ann, bob = ours.of(ANN), ours.of(BOB)
    ours.keep()
    ours.note(ann, "address of", "203.0.113.77")
    ours.note(bob, "address of", "203.0.113.78")
    sealed, of_bob = ann.seal(SAID), bob.seal(SAID)

    assert await erase(ours, 32, {"address of": "203.0.113.77"}) == 1
    ours.keep()
    with pytest.raises(ErasedError):
        ours.opened(ann.key, sealed)
    assert ours.opened(bob.key, of_bob) == SAID
    assert ours.untold() == [Untold(1, 32, ann.number)]
    assert await erase(ours, 32, {"address of": "203.0.113.77"}) == 0, "what was new of him has gone with him"


async def test_an_erasure_of_an_address_erases_all_who_had_it(tmp_path):
    """It says how many."""
    ours = opened(tmp_path)
    for identity in (ANN, BOB):
        ours.note(ours.of(identity), "address of", "203.0.113.77")
    ours.keep()

    assert await erase(ours, 32, {"address of": "203.0.113.77"}) == 2
    assert await erase(ours, 32, {"address of": "203.0.113.77"}) == 0


async def test_no_byte_of_a_secret_that_was_erased_is_left_in_any_file(tmp_path):
    """Not in a page that a row has moved from, nor in the write-ahead log; those of others are all there."""
    ours = opened(tmp_path)
    for number in range(1_400):
        ours.of(Identity(number % 7, "id", str(number)))
        if number % 100 == 99:
            ours.keep()
    with sqlite3.connect(keyholders_path(tmp_path)) as db:
        all_ = [Secret(*row) for row in db.execute("SELECT * FROM visitor")]
    gone = {ours.of(Identity(0, "id", str(number))).key for number in range(0, 1_400, 7)}
    for number in range(0, 1_400, 280):
        await erase(ours, 0, {"id": str(number)})
    ours._file.take_away([Leaving(key, 6) for key in gone])  # the rest of them at once
    ours._file.sweep(6)
    left = every_byte(tmp_path)

    assert len(all_) == 1_400
    for secret in all_:
        assert (secret.secret in left) is (secret.key not in gone)


async def test_a_hit_that_comes_while_its_keyholder_is_erased_is_somebody_new(tmp_path, monkeypatch):
    """The old key may still be in the file then; it is not used again, and the new one is not erased with it."""
    ours = opened(tmp_path)
    old = ours.of(ANN).key
    ours.keep()
    new: list[int] = []
    take_away = KeyholderFile.take_away

    def take_away_after_a_hit(file: KeyholderFile, leaving: Collection[Leaving]) -> None:
        new.append(ours.of(ANN).key)
        take_away(file, leaving)

    monkeypatch.setattr(KeyholderFile, "take_away", take_away_after_a_hit)
    await erase(ours, 32, {"id": "3228480604"})

    assert new != [old]
    assert ours.of(ANN).key == new[0]
    ours.close()
    assert opened(tmp_path).of(ANN).key == new[0]


async def test_who_comes_while_an_erasure_cannot_be_written_is_somebody_new_too(tmp_path, monkeypatch):
    """He keeps his key when it is tried again; who he was is erased then, and counted, durable or not."""
    ours = opened(tmp_path)
    ann, bob = ours.of(ANN), ours.of(BOB)
    ours.keep()
    carl = ours.of(Identity(32, "id", "7"))
    with monkeypatch.context() as patch:
        patch.setattr(keyholder_tables, "take_away", refuse)
        with pytest.raises(LogError):
            await ours.take_away(4, 32, [ann.number, carl.number])
    again, carl_again = ours.of(ANN), ours.of(Identity(32, "id", "7"))

    await ours.take_away(4, 32, [ann.number, carl.number])
    assert await ours.sweep(4) == {4: 2}
    assert (ours.of(ANN).key, ours.of(BOB).key) == (again.key, bob.key)
    assert len({ann.key, again.key, carl.key, carl_again.key}) == 4
    assert ours.opened(again.key, again.seal(SAID)) == SAID
    assert ours.opened(carl_again.key, carl_again.seal(SAID)) == SAID


async def test_a_look_up_that_had_read_of_him_just_before_he_left_finds_somebody_new(tmp_path, monkeypatch):
    """The log's thread takes him away while the loop looks: an event would name a key that nobody has."""
    ours = opened(tmp_path)
    old = ours.of(ANN)
    ours.keep()
    read = ours._file.of_key(old.key)
    found: list[int] = []
    add = KeyholderFile.add

    def add_after_a_look_up(file: KeyholderFile, secrets: Sequence[Secret], traits: Sequence[Trait]) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(KeyholderFile, "of_number", lambda *_: read)
            found.append(ours.of(ANN).key)
        add(file, ours._new_secrets, traits)

    monkeypatch.setattr(KeyholderFile, "add", add_after_a_look_up)
    await erase(ours, 32, {"id": "3228480604"})

    assert found != [old.key]
    assert ours._file.of_number(32, old.number).key == found[0]


async def test_nobody_is_kept_before_who_he_was_has_left(tmp_path, monkeypatch):
    """The next commit does both: else a crash between them would have others never told of him."""
    ours = opened(tmp_path)
    ann = ours.of(ANN)
    ours.note(ann, "custom username", "ann")
    ours.keep()
    hashes = [KEYRING.keyed_hash(32, "custom username", "ann")]
    with monkeypatch.context() as patch:
        patch.setattr(KeyholderFile, "take_away", refuse)
        with pytest.raises(OSError, match="No space left"):
            await ours.take_away(4, 32, hashes)
        again = ours.of(ANN)
        with pytest.raises(OSError, match="No space left"):
            ours.keep()
    ours.keep()
    ours.close()

    after = opened(tmp_path)
    assert after.of(ANN).key == again.key != ann.key
    assert after.untold() == [Untold(4, 32, ann.number)]
    assert await after.sweep(4) == {4: 1}


async def test_who_has_come_after_an_erasure_is_spared_by_what_continues_it(tmp_path):
    """And by another try of it after a crash; one that is asked for later takes him, too."""
    ours = opened(tmp_path)
    number = ours.of(ANN).number
    assert await erase(ours, 32, {"id": "3228480604"}) == 1
    again = ours.of(ANN)
    ours.keep()
    await ours.take_away(2, 32, [number], first=1)
    assert await ours.sweep(2) == {}
    ours.close()

    after = opened(tmp_path)
    await after.take_away(2, 32, [number], first=1)
    await after.take_away(1, 32, [number])
    assert await after.sweep(2) == {}
    assert after.of(ANN).key == again.key
    await after.take_away(3, 32, [number])
    assert await after.sweep(3) == {3: 1}
    assert after.of(ANN).key != again.key


async def test_others_are_to_be_told_of_who_was_found_by_a_trait(tmp_path):
    """Of the erasure that asked for him; by his number they find him themselves. As long as they are not told."""
    ours = opened(tmp_path)
    for identity in (ANN, BOB):
        ours.note(ours.of(identity), "address of", "203.0.113.77")
    ours.keep()
    ann, bob = (ours.of(identity).number for identity in (ANN, BOB))
    await ours.take_away(6, 32, [ann, KEYRING.keyed_hash(32, "address of", "203.0.113.77")], first=5)
    ours.close()

    after = opened(tmp_path)
    assert after.untold() == [Untold(5, 32, bob)]
    await after.mark_told(after.untold())
    assert after.untold() == []


async def test_what_is_remembered_elsewhere_goes_when_somebody_is_erased(tmp_path):
    """Where nobody is, nothing has to."""
    forgotten: list[str] = []
    ours = opened(tmp_path)
    ours.when_erased(lambda: forgotten.append("all"))
    ours.of(ANN)
    ours.keep()

    await erase(ours, 32, {"id": "1"})
    assert forgotten == []
    await erase(ours, 32, {"id": "3228480604"})
    assert forgotten == ["all"]


async def test_there_is_no_file_before_there_is_a_keyholder(tmp_path):
    """Who counts no web site has none, and erasing nobody makes none."""
    ours = opened(tmp_path)
    ours.keep()

    assert await erase(ours, 32, {"id": "1"}) == 0
    assert list(tmp_path.iterdir()) == []
