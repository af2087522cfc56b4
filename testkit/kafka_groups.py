"""Waits until a consumer group on a real broker does something."""

from testkit.waiting import until_told
from tilde.eventlog import LogError
from tilde.eventlog.kafka_group import Groups, GroupState


async def until_state(groups: Groups, group: str, expected: GroupState) -> None:
    """Returns once the group does this. A broker that cannot be asked is asked again. Raises TimeoutError."""

    async def state() -> GroupState | None:
        try:
            return await groups.state(group)
        except LogError:
            return None

    await until_told(state, lambda told: told is expected, pause_s=0.05)
