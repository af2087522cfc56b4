"""A walk through our own files: which of them something enters on its way, in which order, and how often it moves.

A move is a call of a function in another file than its caller's. One that the same function has made before is none, so
a loop over all partitions is walked once; nor is the way back. What the event loop, a thread or a library calls is a
move, too, since a reader has to find out that it is called; a coroutine that goes on is not called again.
"""

import dis
import sys
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
OWN = ("run", "tilde", "producers", "streams", "sinks", "api", "watchers")


class Place(NamedTuple):
    """A function, and its file as the repository has it."""

    file: str
    name: str

    def __str__(self) -> str:
        return f"{self.file} {self.name}"


class Move(NamedTuple):
    """From a function of ours into one of another file; from None where none of ours called it."""

    caller: Place | None
    called: Place

    def __str__(self) -> str:
        return f"{self.caller or ''} -> {self.called}"


class Walk:
    """The way of something, as a `Walker` has followed it."""

    def __init__(self) -> None:
        self._moves: dict[Move, None] = {}

    def note(self, move: Move) -> None:
        """Adds one, if it was not made before."""
        self._moves[move] = None

    @property
    def moves(self) -> list[Move]:
        """In the order in which they were made first."""
        return [*self._moves]

    @property
    def files(self) -> list[str]:
        """In the order in which they were entered first; one that something waited in, where it goes on."""
        stays = (place.file for move in self._moves for place in move if place is not None)
        return list(dict.fromkeys(stays))


class Walker:
    """Follows what happens in this thread, and in those that are started while it is `ready`."""

    def __init__(self, root: Path = ROOT, packages: Collection[str] = OWN) -> None:
        self._folders = tuple(f"{root / package}/" for package in packages)
        self._root = f"{root}/"
        self._places: dict[CodeType, Place | None] = {}
        self._walks: tuple[Walk, ...] = ()

    @contextmanager
    def ready(self) -> Iterator[None]:
        """Threads that are started in the block can be followed."""
        before = threading.getprofile()
        threading.setprofile(self._hear)
        try:
            yield
        finally:
            threading.setprofile(before)

    @contextmanager
    def follows(self, *walks: Walk) -> Iterator[None]:
        """What happens in the block is a part of these walks."""
        before = sys.getprofile()
        sys.setprofile(self._hear)
        self._walks = walks
        try:
            yield
        finally:
            self._walks = ()
            sys.setprofile(before)

    def _hear(self, frame: FrameType, event: str, argument: Any) -> None:
        if not self._walks or event != "call":
            return
        called = self._place_of(frame.f_code)
        if called is None or frame.f_lasti > _begins_at(frame.f_code):
            return
        caller = self._caller_of(frame)
        if caller is None or caller.file != called.file:
            for walk in self._walks:
                walk.note(Move(caller, called))

    def _caller_of(self, frame: FrameType) -> Place | None:
        """The nearest function of ours: a library may have called for it."""
        above = frame.f_back
        while above is not None:
            if (place := self._place_of(above.f_code)) is not None:
                return place
            above = above.f_back
        return None

    def _place_of(self, code: CodeType) -> Place | None:
        if code not in self._places:
            is_own = code.co_filename.startswith(self._folders)
            file = code.co_filename.removeprefix(self._root)
            self._places[code] = Place(file, code.co_qualname) if is_own else None
        return self._places[code]


@cache
def _begins_at(code: CodeType) -> int:
    """Where a function stands when it is called; one that goes on stands behind that."""
    return next((each.offset for each in dis.get_instructions(code) if each.opname == "RESUME"), 0)
