"""How much a statement has become, whose parts may stand in it several times. Pure."""

from tilde.domain.people.question import QuestionError

PARTS_MAX = 20_000
STATEMENT_BYTES_MAX = 15 << 20  # a statement as the engine is given it: less than it takes


class Spent:
    """So far. Each call raises QuestionError."""

    def __init__(self) -> None:
        self._parts = 0

    def one(self) -> None:
        """One part more."""
        self._parts += 1
        if self._parts > PARTS_MAX:
            raise QuestionError("the statement is too large")

    @staticmethod
    def require_room(characters: int) -> None:
        """For what has been written: where a value stands twice, one within another is twice as long each time."""
        if characters > STATEMENT_BYTES_MAX:
            raise QuestionError(
                "too many texts are meant, too many people were erased, or values stand too often within each other:"
                " ask for less"
            )
