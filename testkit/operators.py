"""An operator's API that is a function, for tests of the command line: it keeps what it is asked."""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

import orjson

from tilde.errors import TildeError


class Asked(NamedTuple):
    """One call."""

    method: str
    path: str
    body: dict[str, Any] | None


class AnsweringOperator:
    """Its answers are what `answer` says of a call, piece by piece; it raises as an Operator does. `token` is what
    whoever opened it last has shown.
    """

    def __init__(self, answer: Callable[[Asked], Iterable[bytes]]) -> None:
        self._answer = answer
        self.asked: list[Asked] = []
        self.token: str | None = None

    @contextmanager
    def as_operator(self, data: object, url: object, token: str | None, **_: object) -> Iterator["AnsweringOperator"]:
        """Stands for `run.cli.operators.operator`."""
        self.token = token
        yield self

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        with closing(self.pieces(method, path, body)) as pieces:
            answer = b"".join(pieces)
        try:
            return orjson.loads(answer)
        except ValueError:
            raise TildeError("it answers with something else than JSON") from None

    def pieces(self, method: str, path: str, body: dict[str, Any] | None = None) -> Generator[bytes, None, None]:
        asked = Asked(method, path, body)
        self.asked.append(asked)
        yield from self._answer(asked)
