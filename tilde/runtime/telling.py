"""What a process tells its operator, on standard error: a line when it starts, a line when something changes."""

import contextlib
import logging
import sys
import threading
import traceback
from typing import TYPE_CHECKING

from tilde.runtime.visible import visible

if TYPE_CHECKING:
    from rich.console import Console

SELDOM_S = 3600.0
_INSIDE = "  | "  # before each line of a traceback: what an error says may have line breaks in it


def tell(role: str, text: str) -> None:
    """Writes one line that begins with who says it."""
    _write(f"tilde {role}: {text}")


def announce(text: str) -> None:
    """Writes one line of the program itself."""
    _write(f"tilde: {text}")


def _write(line: str) -> None:
    """A word that cannot be written (the terminal was closed, the disk with the file is full) ends no process."""
    _write_lines(visible(line))


def _write_lines(text: str) -> None:
    with contextlib.suppress(OSError):
        if sys.stderr is not None:  # it was closed by whoever started us, and print would take standard output
            print(text, file=sys.stderr, flush=True)


def remark(text: str) -> None:
    """Writes one line beside a command's output."""
    _write(text)


def drawing_place() -> "Console":
    """Where progress is drawn, beside a command's output."""
    from rich.console import Console  # noqa: PLC0415 - only some commands draw

    return Console(stderr=True)


def tell_bug(error: BaseException) -> None:
    """Writes an error that is nobody's to mend but ours, with where it came from."""
    _write_lines(_indented("".join(traceback.format_exception(error))))


def _indented(text: str) -> str:
    return "\n".join(_INSIDE + visible(line) for line in text.rstrip("\n").split("\n"))


class _Visible(logging.Formatter):
    """What a library logs, told like our own lines: one line, and nothing in it that a terminal obeys."""

    def format(self, record: logging.LogRecord) -> str:
        line = visible(record.getMessage())
        error = record.exc_info[1] if record.exc_info else None  # asyncio says False of what has none
        return line if error is None else f"{line}\n{_indented(''.join(traceback.format_exception(error)))}"


def listen_to_libraries() -> None:
    """Has whatever is logged, or ends a thread, be written as our own lines are."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Visible())
    logging.basicConfig(handlers=[handler])
    if threading.excepthook is threading.__excepthook__:  # somebody else's, as a debugger's, stays
        threading.excepthook = lambda ended: tell_bug(ended.exc_value) if ended.exc_value is not None else None
    quieten_libraries()


def quieten_libraries() -> None:
    """Kafka's clients log a hundred lines a second while a broker is away, and Faust two at any time.

    What matters is told in our own words: by an Outage, or by the error that ends the process.
    """
    logging.getLogger("faust").setLevel(logging.WARNING)
    logging.getLogger("mode").setLevel(logging.WARNING)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


class Seldom:
    """Tells one thing once in SELDOM_S at most, since somebody else decides how often it happens."""

    def __init__(self, role: str, text: str) -> None:
        self._role = role
        self._text = text
        self._told_s = float("-inf")

    def happened(self, now_s: float) -> None:
        """Says that it has happened once more."""
        if now_s - self._told_s >= SELDOM_S:
            self._told_s = now_s
            tell(self._role, f"{self._text} (told once an hour)")


class Outage:
    """Tells once that something we need does not answer, and once that it does again; nothing in between.

    Several may use the same thing: it answers again when it does for all of them.
    """

    def __init__(self, role: str, what: str) -> None:
        self._role = role
        self._what = what
        self._failing: set[int] = set()

    def failed(self, who: object, error: Exception) -> None:
        """Says that `who` has tried, in vain."""
        if not self._failing:
            tell(self._role, f"{self._what} does not answer, and is tried again until it does: {error}")
        self._failing.add(id(who))

    def worked(self, who: object) -> None:
        """Says that `who` has tried, and it was well."""
        if self._failing:
            self._failing.discard(id(who))
            if not self._failing:
                tell(self._role, f"{self._what} answers again")

    def forget(self, who: object) -> None:
        """`who` tries no more, as when it is closed; that says nothing about what it has tried."""
        self._failing.discard(id(who))
