"""Lines of Kissmetrics' own export, which it also took in: pure rules.

{"_p": "ann@example.com", "_t": 1409324310, "_n": "Purchased", "amount": 99.95}     an event
{"_p": "ann@example.com", "_t": 1409324310, "plan": "Gold"}                         properties
{"_p": "anonymous-1", "_p2": "ann@example.com", "_t": 1409324310}                   an alias
"""

from typing import Any

from producers.kissmetrics.batches import texts_of
from producers.kissmetrics.reading import Said, alias, event
from producers.kissmetrics.reasons import Reason, Rejection
from tilde.web.parameters import Parameters

_OTHER = "_p2"


def said_in_line(line: Any) -> Said:
    """What one says. Its time is its own: one without would be another one each time it comes. Raises Rejection."""
    if not isinstance(line, dict):
        raise Rejection(Reason.BAD_ITEM)
    fields: Parameters = dict(texts_of(line))
    if "_t" not in fields:
        raise Rejection(Reason.NO_T)
    fields["_d"] = "1"
    other = fields.pop(_OTHER, None)
    if other is None:
        return event(fields)
    return alias({**fields, "_n": other})
