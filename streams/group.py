"""What Faust's consumer group was told to hold, as the broker has it.

Right after a broker's restart Faust's leader may know no partitions yet, and assigns nothing to anybody; the group is
then stable, and stays idle for ever. Whoever holds nothing looks here, and ends if nobody does.
"""

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

TIMEOUT_MS = 5_000
_TOPICS = slice(2, 6)  # of a member's assignment: behind its version, the number of topics


async def nobody_holds_anything(bootstrap: str, group: str) -> bool:
    """Whether the group is stable and no member is assigned any topic; False where the broker cannot be asked."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=TIMEOUT_MS)
    try:
        await admin.start()
        answers = await admin.describe_consumer_groups([group])
        groups = [found for answer in answers for found in answer.groups]
    except (KafkaError, OSError):
        return False
    finally:
        await admin.close()
    _, _, state, _, _, members, *_ = groups[0]
    return state == "Stable" and not any(int.from_bytes(member[4][_TOPICS], "big") for member in members)
