"""Wherever an edge dies in an erasure, its next start ends it: nothing is left, all are counted, and every other edge is
told whom it has found.
"""

import asyncio
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from testkit.dying_file import dying
from testkit.erasures import ADDRESS, Edge, World, hash_of
from testkit.hits import every_byte
from tilde.eventlog import LogError
from tilde.keys.keyholders import Identity

LOOKS = 120  # into what SQLite does for one erasure: 79 to 110, so some end before they die
HOMES = ["203.0.113.77", "198.51.100.7"]
people = st.lists(st.sets(st.sampled_from(HOMES)), min_size=1, max_size=4)
"""The addresses that each of some keyholders had."""


@settings(max_examples=30)
@given(people, st.lists(st.integers(0, LOOKS), min_size=1, max_size=3))
def test_an_erasure_is_carried_out_in_full_however_often_its_edge_dies(
    known: list[set[str]], deaths: list[int]
) -> None:
    with TemporaryDirectory() as folder:
        asyncio.run(_erased(Path(folder), known, deaths))


async def _erased(folder: Path, known: list[set[str]], deaths: list[int]) -> None:
    """The other edge knows everybody by his number alone."""
    world = World()
    edge, other = await world.edge(folder / "0"), await world.edge(folder / "other")
    keyholders = [Identity(32, "id", str(number)) for number in range(len(known))]
    sealed = [edge.knows(who, *addresses) for who, addresses in zip(keyholders, known, strict=True)]
    there = [other.knows(who) for who in keyholders]
    secrets = [edge.file.of_key(key) for key, _ in sealed]
    sequence = await world.erase(hash_of(ADDRESS, HOMES[0]))
    for number, at in enumerate(deaths):
        if number:
            edge = Edge(world, folder / f"{number}")
        await _die(edge, at)
        shutil.copytree(folder / f"{number}", folder / f"{number + 1}")
        edge.keyholders.close()
    edge = await world.edge(folder / f"{len(deaths)}")
    erased = await edge.erasing.of(sequence)
    await edge.read()
    await other.read()

    gone = [HOMES[0] in addresses for addresses in known]
    left = every_byte(folder / f"{len(deaths)}")
    assert [secret.secret not in left for secret in secrets if secret] == gone
    assert [not edge.opens(each) for each in sealed] == gone
    assert [not other.opens(each) for each in there] == gone
    assert erased in {sum(gone), 0}, "it may have been carried out in full before a death"
    for each in (edge, other):
        each.keyholders.close()


async def _die(edge: Edge, at: int) -> None:
    await edge.follower.read_to_end()
    done = edge.keyholders.erased_up_to()
    with dying(edge.file._opened().writer, at):
        try:
            await edge.erasing.catch_up()
        except LogError:
            assert edge.keyholders.erased_up_to() == done
