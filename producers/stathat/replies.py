"""StatHat's reply bodies, to the byte: clients compare them (docs/compatibility.md)."""

import orjson

from tilde.domain.rejections import Reason

OK = b'{"status":200,"msg":"ok"}'
UNAVAILABLE = b'{"status":503,"msg":"temporarily unavailable"}'


def failure(reason: Reason) -> bytes:
    """What was refused and why, in StatHat's form."""
    return orjson.dumps({"status": 500, "msg": reason.value})


def batch(taken: int, left_out: dict[int, Reason]) -> bytes:
    """How many items of a batch were taken, and which were left out, by their place in the list."""
    reply: dict[str, object]
    if left_out and not taken:
        reply = {"status": 500, "msg": next(iter(left_out.values())).value, "multiple": 0}
    else:
        reply = {"status": 200, "msg": "ok", "multiple": taken}
    if left_out:
        reply["errors"] = [{"index": index, "msg": reason.value} for index, reason in left_out.items()]
    return orjson.dumps(reply)
