"""How many requests of one address begin in a turn of the loop."""

import asyncio

from producers.web.turns import Turns


class Client:
    """One address whose requests note the turn in which they begin."""

    def __init__(self, turns: Turns, address: str, begun: list[str]) -> None:
        self._turns = turns
        self._address = address
        self._begun = begun

    def ask(self, times: int) -> None:
        for _ in range(times):
            if self._turns.may_begin(self._address):
                self._note()
            else:
                self._turns.wait(self._address, self._note)

    def _note(self) -> None:
        self._begun.append(self._address)


async def test_an_address_begins_its_share_in_a_turn_and_all_in_the_end() -> None:
    begun: list[str] = []
    Client(Turns(of_one=3), "many", begun).ask(8)
    counts = [len(begun)]
    for _ in range(3):
        await asyncio.sleep(0)
        counts.append(len(begun))

    assert counts == [3, 6, 8, 8]


async def test_another_begins_at_once_however_many_wait() -> None:
    begun: list[str] = []
    turns = Turns(of_one=2)
    many, one = Client(turns, "many", begun), Client(turns, "one", begun)
    many.ask(1_000)
    one.ask(1)
    assert begun == ["many", "many", "one"]

    await asyncio.sleep(0)
    one.ask(1)
    assert begun[3:] == ["many", "many", "one"]


async def test_who_comes_later_does_not_overtake() -> None:
    order: list[int] = []
    turns = Turns(of_one=2)
    for number in range(7):
        if turns.may_begin("one"):
            order.append(number)
        else:
            turns.wait("one", lambda number=number: order.append(number))
        if number == 4:
            await asyncio.sleep(0)  # two of those that wait begin; the turn's share is taken
    for _ in range(5):
        await asyncio.sleep(0)

    assert order == list(range(7))


async def test_a_bug_in_ones_work_takes_nobodys_turn() -> None:
    """It is told as the loop tells of any other."""
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context["exception"]))
    begun: list[str] = []
    turns = Turns(of_one=1)
    client = Client(turns, "one", begun)
    client.ask(1)
    turns.wait("one", lambda: 1 // 0)
    client.ask(2)
    for _ in range(5):
        await asyncio.sleep(0)

    assert begun == ["one"] * 3
    assert [type(bug) for bug in told] == [ZeroDivisionError]


async def test_nothing_is_kept_of_who_has_gone_quiet() -> None:
    turns = Turns(of_one=2)
    Client(turns, "one", []).ask(5)
    for _ in range(5):
        await asyncio.sleep(0)

    assert (turns._begun, turns._waiting) == ({}, {})
