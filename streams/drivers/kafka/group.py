"""Asks the broker whether Faust's consumer group was assigned anything.

Right after a broker's restart Faust's leader may know no partitions yet, and assigns nothing to anybody; the group is
then stable, and stays idle for ever. Whoever holds nothing looks here, and ends if nobody does.
"""

from tilde.eventlog import LogError
from tilde.eventlog.kafka_group import Groups, GroupState

TIMEOUT_S = 5.0


async def nobody_holds_anything(bootstrap: str, group: str) -> bool:
    """Whether the group is stable and no member is assigned any topic; False where the broker cannot be asked."""
    groups = Groups(bootstrap, TIMEOUT_S)
    try:
        return await groups.state(group) is GroupState.IDLE
    except LogError:
        return False
    finally:
        await groups.close()
