"""Says how a query API asks an edge to open what is sealed, and how the edge answers. Both have the master secret, and
neither needs to trust what is between them: the question shows a token that is derived from the secret; the answer,
which says who people are, is sealed with it, and is valid for this question alone.
"""

import base64
import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from tilde.keys.keyring import KeyFileError, Keyring
from tilde.keys.opener import Sealed

ITEMS_MAX = 2_000  # of a question: some 20 ms of the edge's processor
BYTES_MAX = 1 << 20  # of what is sealed in one; a single one may be larger
BODY_BYTES_MAX = 4 << 20
_NONCE_BYTES = 16


class NoAnswerError(ValueError):
    """What came is no answer to the question."""


class Question(NamedTuple):
    """What an edge is asked to open. No two have the same `nonce`, so no old answer is taken for a new one."""

    nonce: str
    sealed: list[Sealed]

    @classmethod
    def about(cls, sealed: Sequence[Sealed]) -> "Question":
        """A new question about these."""
        return cls(secrets.token_hex(_NONCE_BYTES), list(sealed))

    @classmethod
    def read(cls, body: bytes) -> "Question":
        """The question that `written` wrote. Raises ValueError."""
        try:
            nonce, sealed = orjson.loads(body)
            return cls(str(nonce), [Sealed(int(key), base64.b64decode(text)) for key, text in sealed])
        except (TypeError, ValueError):
            raise ValueError("the body is no question for what is sealed") from None

    def written(self) -> bytes:
        """The question as it goes over the wire."""
        return orjson.dumps([self.nonce, [[key, base64.b64encode(sealed).decode()] for key, sealed in self.sealed]])


class OpenedAnswer(NamedTuple):
    """What an edge, named `edge`, has opened: a value for each that was asked about, None where no key of it does."""

    edge: str
    opened: list[Any]

    def sealed(self, question: Question, keyring: Keyring) -> bytes:
        """The answer as it goes over the wire."""
        return keyring.seal(orjson.dumps([question.nonce, self.edge, self.opened]).decode())

    @classmethod
    def read(cls, body: bytes, question: Question, keyring: Keyring) -> "OpenedAnswer":
        """The answer that `sealed` sealed for this question. Raises NoAnswerError."""
        try:
            nonce, edge, opened = orjson.loads(keyring.open(body))
        except (KeyFileError, ValueError):
            raise NoAnswerError("what it answers was not sealed with this master secret") from None
        if nonce != question.nonce or len(opened) != len(question.sealed):
            raise NoAnswerError("what it answers was asked at another time")
        return cls(edge, opened)
