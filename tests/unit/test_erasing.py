"""What the catalog says is erased, every edge carries out once: when it reads of it, and again after a backup. Whom one
finds by something that others do not know of him, it tells them.
"""

import asyncio
import shutil
import sqlite3

import pytest

from producers.edge import continuing, erasing
from testkit.erasures import ADDRESS, Edge, World, hash_of
from testkit.waiting import until_it_holds
from tilde.eventlog import LogError
from tilde.keys import keyholder_tables
from tilde.keys.keyholders import Identity
from tilde.runtime.tasks import cancel

ANN, BOB = Identity(32, "id", "3228480604"), Identity(32, "id", "1112223334")
ANN_HASH, BOB_HASH = hash_of("id", ANN.text), hash_of("id", BOB.text)
HOME, OFFICE = "203.0.113.77", "198.51.100.7"


@pytest.fixture
def world() -> World:
    return World()


def full(db: sqlite3.Connection, *_: object) -> None:
    raise sqlite3.OperationalError("database or disk is full")


async def both(*edges: Edge) -> None:
    """Each reads until there is nothing new."""
    for edge in (*edges, *edges, *edges):
        await edge.read()


async def test_every_edge_erases_whom_it_knows_and_nobody_else(world, tmp_path):
    """Each says how many of its own that were."""
    one, other = await world.edge(tmp_path / "1"), await world.edge(tmp_path / "2")
    ann, bob, ann_there = one.knows(ANN), one.knows(BOB), other.knows(ANN)
    sequence = await world.erase(ANN_HASH)
    for edge in (one, other):
        await edge.follower.read_to_end()

    assert [await edge.erasing.of(sequence) for edge in (one, other)] == [1, 1]
    assert (one.opens(ann), one.opens(bob), other.opens(ann_there)) == (False, True, False)


async def test_an_edge_that_was_away_erases_before_it_begins(world, tmp_path):
    edge = await world.edge(tmp_path)
    ann = edge.knows(ANN)
    edge.keyholders.close()
    await world.erase(ANN_HASH)

    assert not (await world.edge(tmp_path)).opens(ann)


async def test_who_comes_back_after_an_erasure_is_not_erased_again(world, tmp_path):
    """However often the edge begins, and also where it had nobody when the erasure came."""
    for folder in (tmp_path / "1", tmp_path / "2"):
        edge = await world.edge(folder)
        if folder.name == "1":
            edge.knows(ANN)
        sequence = await world.erase(ANN_HASH)
        await edge.follower.read_to_end()
        await edge.erasing.of(sequence)
        again = edge.knows(ANN)
        edge.keyholders.close()

        assert (await world.edge(folder)).opens(again)


async def test_a_restored_backup_forgets_whom_the_catalog_says(world, tmp_path):
    """Its file still had them."""
    edge = await world.edge(tmp_path / "now")
    ann, bob = edge.knows(ANN), edge.knows(BOB)
    edge.keyholders.close()
    shutil.copytree(tmp_path / "now", tmp_path / "backup")
    edge = await world.edge(tmp_path / "now")
    await world.erase(ANN_HASH)
    await edge.follower.read_to_end()
    await edge.erasing.catch_up()
    restored = await world.edge(tmp_path / "backup")

    assert (edge.opens(ann), restored.opens(ann), restored.opens(bob)) == (False, False, True)


@pytest.mark.parametrize("step", ["take_away", "write_anew", "end"])
async def test_an_erasure_that_could_not_be_written_is_carried_out_later(world, tmp_path, monkeypatch, step):
    """The entry is not done, and the next start does it."""
    edge = await world.edge(tmp_path)
    ann = edge.knows(ANN)
    sequence = await world.erase(ANN_HASH)
    await edge.follower.read_to_end()
    with monkeypatch.context() as patch:
        patch.setattr(keyholder_tables, step, full)
        with pytest.raises(LogError):
            await edge.erasing.catch_up()
    assert edge.keyholders.erased_up_to() < sequence
    edge.keyholders.close()

    assert not (await world.edge(tmp_path)).opens(ann)


@pytest.mark.parametrize("step", ["take_away", "write_anew", "end"])
@pytest.mark.parametrize("between", ["nothing", "a try of the edge itself", "a start"])
async def test_who_asks_again_after_an_error_is_told_of_all_who_were_erased(
    world, tmp_path, monkeypatch, step, between
):
    """Of each once, however far the first try has got, and whoever has ended it."""
    edge = await world.edge(tmp_path)
    sealed = [edge.knows(ANN, HOME), edge.knows(BOB, HOME)]
    first = await world.erase(hash_of(ADDRESS, HOME))
    await edge.follower.read_to_end()
    with monkeypatch.context() as patch:
        patch.setattr(keyholder_tables, step, full)
        with pytest.raises(LogError, match="full"):
            await edge.erasing.of(first)
    if between == "a try of the edge itself":
        await edge.erasing.catch_up()
    if between == "a start":
        edge.keyholders.close()
        edge = await world.edge(tmp_path)
    second = await world.erase(hash_of(ADDRESS, HOME))
    await edge.follower.read_to_end()

    assert await edge.erasing.of(second) == 2
    assert [edge.opens(each) for each in sealed] == [False, False]
    third = await world.erase(hash_of(ADDRESS, HOME))
    await edge.follower.read_to_end()
    assert await edge.erasing.of(third) == 0


async def test_an_edge_tries_again_by_itself_until_nothing_is_left(world, tmp_path, monkeypatch):
    """Nobody has to ask."""
    monkeypatch.setattr(erasing, "RETRY_S", 0.001)
    edge = await world.edge(tmp_path)
    ann = edge.knows(ANN)
    failed: list[sqlite3.Connection] = []
    write_anew = keyholder_tables.write_anew

    def write_anew_at_last(db: sqlite3.Connection) -> None:
        if len(failed) < 3:
            failed.append(db)
            full(db)
        write_anew(db)

    monkeypatch.setattr(keyholder_tables, "write_anew", write_anew_at_last)
    running = asyncio.ensure_future(edge.erasing.run())
    sequence = await world.erase(ANN_HASH)
    await edge.follower.read_to_end()
    await until_it_holds(lambda: edge.keyholders.erased_up_to() == sequence)
    await cancel(running)

    assert (len(failed), edge.opens(ann)) == (3, False)


async def test_an_edge_begins_while_somebody_reads_its_file(world, tmp_path, monkeypatch):
    """The keys are gone then, and it goes on trying to have the bytes go."""
    edge = await world.edge(tmp_path)
    ann = edge.knows(ANN)
    edge.keyholders.close()
    sequence = await world.erase(ANN_HASH)
    with monkeypatch.context() as patch:
        patch.setattr(keyholder_tables, "write_anew", full)
        edge = await world.edge(tmp_path)

    assert not edge.opens(ann)
    assert edge.keyholders.erased_up_to() < sequence
    assert await edge.erasing.of(sequence) == 1


# Whom others know in another way


async def test_an_edge_that_knows_a_keyholder_in_another_way_erases_him_too(world, tmp_path):
    """He was found by an address, which only the first edge has seen: it tells his number to all."""
    one, other = await world.edge(tmp_path / "1"), await world.edge(tmp_path / "2")
    ann, bob, ann_there, bob_there = one.knows(ANN, HOME), one.knows(BOB), other.knows(ANN), other.knows(BOB)
    sequence = await world.erase(hash_of(ADDRESS, HOME))
    await both(one, other)

    assert [edge.opens(sealed) for edge, sealed in ((one, ann), (other, ann_there))] == [False, False]
    assert (one.opens(bob), other.opens(bob_there)) == (True, True)
    assert world.erased_by_catalog() == [((hash_of(ADDRESS, HOME),), sequence), ((ANN_HASH,), sequence)]


async def test_it_ends_however_many_edges_know_him_in_however_many_ways(world, tmp_path):
    """Each number is told once, and nobody who has an address that was not asked for goes with him."""
    edges = [await world.edge(tmp_path / str(number)) for number in range(3)]
    for edge in edges:
        for identity, address in ((ANN, HOME), (BOB, HOME), (Identity(32, "id", "7"), OFFICE)):
            edge.knows(identity, address, OFFICE)
    sequence = await world.erase(hash_of(ADDRESS, HOME))
    await both(*edges)

    assert world.erased_by_catalog() == [
        ((hash_of(ADDRESS, HOME),), sequence),
        (tuple(sorted((ANN_HASH, BOB_HASH))), sequence),
    ]


async def test_who_is_found_by_what_was_asked_for_is_not_told_again(world, tmp_path):
    """All others have read it, too."""
    edge = await world.edge(tmp_path)
    edge.knows(ANN, HOME)
    sequence = await world.erase(ANN_HASH, hash_of(ADDRESS, HOME))
    await both(edge)

    assert world.erased_by_catalog() == [((ANN_HASH, hash_of(ADDRESS, HOME)), sequence)]


async def test_who_came_back_before_an_edge_was_told_keeps_his_new_key(world, tmp_path):
    """That edge has read of the erasure before he came. Where it had not, he is as he was, and goes."""
    one, other = await world.edge(tmp_path / "1"), await world.edge(tmp_path / "2")
    one.knows(ANN, HOME)
    await world.erase(hash_of(ADDRESS, HOME))
    await one.follower.read_to_end()
    await one.erasing.catch_up()
    back, still = one.knows(ANN), other.knows(ANN)
    await both(one, other)

    assert (one.opens(back), other.opens(still)) == (True, False)
    one.keyholders.close()
    assert (await world.edge(tmp_path / "1")).opens(back)


async def test_who_is_new_on_an_edge_that_has_read_of_the_erasure_is_spared(world, tmp_path):
    """He has the number of the one who was erased, and is told of later."""
    one, other = await world.edge(tmp_path / "1"), await world.edge(tmp_path / "2")
    one.knows(ANN, HOME)
    other.knows(BOB)
    await world.erase(hash_of(ADDRESS, HOME))
    await other.follower.read_to_end()
    await other.erasing.catch_up()
    ann = other.knows(ANN, HOME)
    await both(one, other)
    other.keyholders.close()
    other = await world.edge(tmp_path / "2")
    await other.read()

    assert other.opens(ann)
    assert len(world.erased_by_catalog()) == 2


@pytest.mark.parametrize("step", ["take_away", "write_anew", "end"])
async def test_an_edge_that_dies_before_it_has_told_tells_after_its_start(world, tmp_path, monkeypatch, step):
    """What it has to tell is durable with what it took away."""
    one, other = await world.edge(tmp_path / "1"), await world.edge(tmp_path / "2")
    one.knows(ANN, HOME)
    ann_there = other.knows(ANN)
    await world.erase(hash_of(ADDRESS, HOME))
    with monkeypatch.context() as patch:
        patch.setattr(keyholder_tables, step, full)
        with pytest.raises(LogError):
            await one.read()
    one.keyholders.close()
    one = await world.edge(tmp_path / "1")
    await both(one, other)

    assert not other.opens(ann_there)


async def test_what_was_told_before_a_death_is_not_told_again(world, tmp_path, monkeypatch):
    """The command stood in the catalog; that it does was not noted."""
    one, other = await world.edge(tmp_path / "1"), await world.edge(tmp_path / "2")
    one.knows(ANN, HOME)
    ann_there = other.knows(ANN)
    await world.erase(hash_of(ADDRESS, HOME))
    with monkeypatch.context() as patch:
        patch.setattr(one.file, "mark_told", full)
        with pytest.raises(sqlite3.OperationalError):
            await one.read()
    one.keyholders.close()
    one = await world.edge(tmp_path / "1")
    await both(one, other)

    assert not other.opens(ann_there)
    assert len(world.erased_by_catalog()) == 2
    assert one.keyholders.untold() == []


async def test_it_is_told_once_somebody_decides_again_and_not_before_the_edge_is_itself(world, tmp_path, monkeypatch):
    """A process that another one has replaced tells nothing in its name."""
    monkeypatch.setattr(continuing, "RETRY_S", 0.001)
    one, other = await world.edge(tmp_path / "1"), await world.edge(tmp_path / "2")
    one.knows(ANN, HOME)
    ann_there = other.knows(ANN)
    await world.erase(hash_of(ADDRESS, HOME))
    await one.follower.read_to_end()
    running = [asyncio.ensure_future(each.run()) for each in (one.erasing, one.continuing)]
    await until_it_holds(one.keyholders.untold)
    assert len(world.erased_by_catalog()) == 1
    world.is_away = True
    one.continuing.begin()
    await until_it_holds(lambda: one.continuing._retrying.trouble is not None)
    world.is_away = False
    await until_it_holds(lambda: len(world.erased_by_catalog()) == 2 and not one.keyholders.untold())
    await other.read()
    await cancel(*running)

    assert not other.opens(ann_there)


async def test_more_than_one_command_takes_are_told_in_several(world, tmp_path, monkeypatch):
    monkeypatch.setattr(continuing, "HASHES_MAX", 2)
    edge = await world.edge(tmp_path)
    for number in range(5):
        edge.knows(Identity(32, "id", str(number)), HOME)
    await world.erase(hash_of(ADDRESS, HOME))
    await edge.read()

    assert [len(hashes) for hashes, _ in world.erased_by_catalog()] == [1, 2, 2, 1]


async def test_a_backup_of_before_a_keyholder_had_a_trait_forgets_him_by_his_number(world, tmp_path):
    """Its file knows nothing of the address that he was erased by."""
    edge = await world.edge(tmp_path / "now")
    ann = edge.knows(ANN)
    edge.keyholders.close()
    shutil.copytree(tmp_path / "now", tmp_path / "backup")
    edge = await world.edge(tmp_path / "now")
    edge.knows(ANN, HOME)
    await world.erase(hash_of(ADDRESS, HOME))
    await edge.read()

    assert not (await world.edge(tmp_path / "backup")).opens(ann)
