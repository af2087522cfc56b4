"""What the walk of something through files is: the measure by which docs/architecture.md tells journeys."""

import asyncio
import importlib.util
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from testkit.walk import Walk, Walker

TILL = """
import asyncio
from shop import stock

async def sell(things):
    for thing in things:
        _take(thing)
    await asyncio.sleep(0)
    stock.count()

def _take(thing):
    stock.take(thing)

def ask(asker):
    return asker(stock.count)
"""
STOCK = """
from shop import prices

def take(thing):
    _look(thing)
    return prices.of(thing)

def _look(thing):
    return thing

def count():
    return 1
"""
PRICES = """
def of(thing):
    return 2
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[ModuleType]:
    """The till of a shop of three files; it asks the stock, and that asks the prices."""
    (tmp_path / "shop").mkdir()
    names = {"shop.prices": PRICES, "shop.stock": STOCK, "shop.till": TILL}
    sys.modules["shop"] = ModuleType("shop")
    for name, text in names.items():
        path = tmp_path / f"{name.replace('.', '/')}.py"
        path.write_text(text)
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        setattr(sys.modules["shop"], name.removeprefix("shop."), module)
        spec.loader.exec_module(module)
    yield sys.modules["shop.till"]
    for name in ("shop", *names):
        del sys.modules[name]


@pytest.fixture
def walker(tmp_path: Path) -> Walker:
    return Walker(tmp_path, ["shop"])


@pytest.fixture
def walk() -> Walk:
    return Walk()


def told(walk: Walk) -> list[str]:
    return [str(move) for move in walk.moves]


async def test_calls_into_another_file_are_moves_each_once(shop: ModuleType, walker: Walker, walk: Walk) -> None:
    """A loop is walked once, what is called in the same file is no move, and a coroutine that goes on is not entered
    again.
    """
    with walker.follows(walk):
        await asyncio.create_task(shop.sell(["tea", "salt"]))

    assert told(walk) == [
        " -> shop/till.py sell",
        "shop/till.py _take -> shop/stock.py take",
        "shop/stock.py take -> shop/prices.py of",
        "shop/till.py sell -> shop/stock.py count",
    ]
    assert walk.files == ["shop/till.py", "shop/stock.py", "shop/prices.py"]


def test_what_a_library_calls_is_called_by_the_one_of_ours_that_asked_for_it(
    shop: ModuleType, walker: Walker, walk: Walk
) -> None:
    with walker.follows(walk):
        shop.ask(lambda count: count())

    assert told(walk) == [" -> shop/till.py ask", "shop/till.py ask -> shop/stock.py count"]


def test_a_thread_is_followed_where_it_was_started_in_the_walk(shop: ModuleType, walker: Walker, walk: Walk) -> None:
    """Nobody of ours has called there."""
    with walker.ready(), walker.follows(walk):
        thread = threading.Thread(target=sys.modules["shop.stock"].count)
        thread.start()
        thread.join()

    assert told(walk) == [" -> shop/stock.py count"]


def test_what_happens_in_a_block_is_a_part_of_its_walks_and_of_no_other(
    shop: ModuleType, walker: Walker, walk: Walk
) -> None:
    first = Walk()
    with walker.follows(first, walk):
        shop.ask(lambda count: count())
    with walker.follows(walk):
        sys.modules["shop.stock"].take("tea")
    sys.modules["shop.prices"].of("tea")

    assert first.files == ["shop/till.py", "shop/stock.py"]
    assert walk.files == ["shop/till.py", "shop/stock.py", "shop/prices.py"]
