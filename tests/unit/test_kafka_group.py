"""How often the broker is asked about a consumer group, and what is said while it cannot be asked."""

import asyncio

import pytest
from aiokafka.errors import GroupAuthorizationFailedError, NodeNotReadyError, RequestTimedOutError

from testkit.fixed_clock import FixedClock
from tilde.eventlog import LogError
from tilde.eventlog.kafka_group import KEPT_S, GroupLook, Groups, GroupState


class FakeGroups:
    """Answers as told, and counts the questions."""

    def __init__(self) -> None:
        self.answer: GroupState | LogError = GroupState.HELD
        self.asked: list[str] = []
        self.is_closed = False

    async def state(self, group: str) -> GroupState:
        self.asked.append(group)
        await asyncio.sleep(0)
        if isinstance(self.answer, LogError):
            raise self.answer
        return self.answer

    async def close(self) -> None:
        self.is_closed = True


async def test_the_broker_is_asked_once_for_all_who_ask_together_and_every_few_seconds() -> None:
    """A health check that comes every second from three balancers costs one question in three seconds."""
    clock, groups, names = FixedClock(0), FakeGroups(), iter(["streams", "streams-g2"])
    look = GroupLook(groups, lambda: next(names), clock)  # type: ignore[arg-type]

    assert await asyncio.gather(look.trouble(), look.trouble()) == [None, None]
    groups.answer = GroupState.NOBODY
    clock.advance(int(KEPT_S * 1000) - 1)
    assert await look.trouble() is None
    clock.advance(1)
    assert await look.trouble() == "no worker runs"
    assert groups.asked == ["streams", "streams-g2"]


async def test_a_broker_that_does_not_answer_is_trouble_and_no_error() -> None:
    """Readiness is told in words; the next look asks again."""
    clock, groups = FixedClock(0), FakeGroups()
    look = GroupLook(groups, lambda: "streams", clock)  # type: ignore[arg-type]
    groups.answer = LogError("Kafka is away")

    assert await look.trouble() == "Kafka is away"
    groups.answer = GroupState.HELD
    clock.advance(int(KEPT_S * 1000))
    assert await look.trouble() is None
    await look.close()
    assert groups.is_closed


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (NodeNotReadyError("1"), "does not answer"),
        (RequestTimedOutError(), "does not answer"),
        (OSError(111, "refused"), "does not answer"),
        (GroupAuthorizationFailedError(), "does not say who is in streams: GROUP_AUTHORIZATION_FAILED"),
    ],
)
async def test_why_there_is_no_answer_is_told_in_words(
    cause: Exception, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`/health` shows it."""
    groups = Groups("kafka:9092")

    async def failing() -> None:
        raise cause

    monkeypatch.setattr(groups, "_started", failing)
    with pytest.raises(LogError) as error:
        await groups.state("streams")

    assert str(error.value) == f"Kafka at kafka:9092 {told}"
