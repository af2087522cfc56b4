"""Asks the broker whether Faust's consumer group leaves partitions to nobody.

Right after a broker's restart Faust's leader may not know all partitions yet, and shares out those that it knows, or
none; the group is then stable, and stays so for ever. Whoever notices ends, and the group shares them out anew.
"""

from tilde.eventlog import LogError
from tilde.eventlog.kafka_group import Groups, GroupState

TIMEOUT_S = 5.0


async def leaves_partitions(bootstrap: str, group: str) -> bool:
    """Whether the group is stable and a partition of its topics is assigned to no member; False where the broker cannot
    be asked.
    """
    groups = Groups(bootstrap, TIMEOUT_S)
    try:
        return await groups.state(group) in (GroupState.IDLE, GroupState.PARTLY)
    except LogError:
        return False
    finally:
        await groups.close()
