"""Rows that more processors than one write: a deleting point, and the dead letter of an event."""

import orjson

from streams.contract import Message, Outputs, Processor
from tilde.schemas.codec import encoder
from tilde.schemas.dead_letters import Place, dead_letter
from tilde.schemas.reading import decoded
from tilde.schemas.topics import DEAD_LETTERS, POINTS

_encode_point = encoder(POINTS.subject)


def deleting_point(
    product: int,
    metric: int,
    point: tuple[int, int],
    version: int,
    times: tuple[int, int],
    number: float,
    raw_partition: int,
) -> bytes:
    """The encoded row that deletes a point. `point` is its event id and `nth`, `times` are its `ts` and `received_at`:
    those of the row that is deleted, since reads look at times before they look at versions (decision 0010).
    """
    return _encode_point(
        {
            "product": product,
            "metric": metric,
            "event_id": point[0],
            "nth": point[1],
            "version": version,
            "is_deleted": 1,
            "ts": times[0],
            "received_at": times[1],
            "number": number,
            "raw_partition": raw_partition,
        }
    )


def bury(message: Message, nth: int, processor: Processor, reason: str, outputs: Outputs) -> None:
    """Makes a dead letter of one event of a batch: the whole event, and the reason why the processor could make nothing
    of it.
    """
    event = message.content["events"][nth]
    body = orjson.dumps(decoded(event), default=str)
    stood = Place(processor.source.name, message.partition, message.offset, nth)
    outputs[DEAD_LETTERS.name].append(dead_letter(stood, processor.name, reason, body))
