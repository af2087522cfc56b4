"""What `tilde replay` does while something is away: it asks again."""

import json
from typing import Any

import pytest

from run.cli.replaying import PATIENCE_S, replay
from testkit.operators import AnsweringOperator
from tilde.errors import TildeError
from tilde.runtime.clock import SystemClock


class RestartingTilde:
    """An operator's calls to a Tilde that does not answer some questions for progress, by their number."""

    def __init__(self, *unanswered: int) -> None:
        self._unanswered = unanswered
        self.asked = 0
        self._answers = 0
        self.live = 1

    def operator(self) -> AnsweringOperator:
        return AnsweringOperator(lambda asked: [json.dumps(self._answer(asked.path)).encode()])

    def _answer(self, path: str) -> dict[str, Any]:
        if path == "/tilde/v1/generations":
            return {"generation": 2}
        if path.endswith("/activate"):
            self.live = 2
            return {}
        self.asked += 1
        if self.asked in self._unanswered:
            raise TildeError("http://there does not answer")
        self._answers += 1
        return {"live": self.live, "next": {"stats": [min(self._answers, 5)]}, "passed": {"stats": [5]}}


@pytest.fixture
def slept_s(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Sleeping takes no time, and the clock goes on by it."""
    slept = [0.0]

    def sleep(seconds: float) -> None:
        slept[0] += seconds

    monkeypatch.setattr("time.sleep", sleep)
    monkeypatch.setattr(SystemClock, "monotonic_s", lambda _: slept[0])
    return slept


def test_a_replay_goes_on_when_tilde_was_away_for_a_while(slept_s: list[float]) -> None:
    """While it is built, and while the reads move: hours of work do not end for a restart."""
    tilde = RestartingTilde(1, 2, 4, 9)

    replay(tilde.operator())

    assert (tilde.live, tilde.asked) == (2, 11)


def test_a_replay_ends_when_nobody_answers_any_more(slept_s: list[float]) -> None:
    """After a minute without an answer, with the last error; an answer in between begins the minute anew."""
    tilde = RestartingTilde(*(number for number in range(1, 1000) if number not in (200, 201)))

    with pytest.raises(TildeError, match="does not answer"):
        replay(tilde.operator())

    assert tilde.asked > 400
    assert PATIENCE_S * 1.5 < slept_s[0] < PATIENCE_S * 2.1
