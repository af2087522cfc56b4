"""The statement of `tilde sql`: an argument, which may begin with a comment, or what stands on standard input."""

import re
import sys
from typing import Any

from typer.core import TyperCommand

from tilde.errors import TildeError

BYTES_MAX = 1 << 20  # as much as the call takes
INPUT = "-"
_COMMENT = re.compile(r"--[^\s=]*\s")  # as `-- all of them` and a line; no option has white space in its name


class StatementCommand(TyperCommand):
    """A command with a statement among its arguments: `-- a comment` at its beginning is no option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if "--" not in args and (statements := [arg for arg in args if _COMMENT.match(arg)]):
            args = [*(arg for arg in args if arg not in statements), "--", *statements]
        return super().parse_args(ctx, args)


def statement_of(argument: str) -> str:
    """The statement itself; of `-`, what stands on standard input. Raises TildeError."""
    if argument != INPUT:
        return argument
    if sys.stdin is None:
        raise TildeError("the statement is -, and standard input is closed")
    text = sys.stdin.buffer.read(BYTES_MAX + 1)
    if len(text) > BYTES_MAX:
        raise TildeError("standard input is too large to be a statement")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TildeError("the statement on standard input is no UTF-8 text") from None
