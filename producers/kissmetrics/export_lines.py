"""Lines of Kissmetrics' own export, which it also took in, are read: pure rules. `api/kissmetrics/export_lines.py`
writes them.
"""

from typing import Any

from producers.kissmetrics.batches import texts_of
from producers.kissmetrics.reading import Said, alias, event
from producers.kissmetrics.reasons import Reason, Rejection
from tilde.dialects.kissmetrics import AT, AT_IS_SAID, NAME, OTHER
from tilde.web.parameters import Parameters


def said_in_line(line: Any) -> Said:
    """What one says. Its time is its own: one without would be another one each time it comes. Raises Rejection."""
    if not isinstance(line, dict):
        raise Rejection(Reason.BAD_ITEM)
    fields: Parameters = dict(texts_of(line))
    if AT not in fields:
        raise Rejection(Reason.NO_T)
    fields[AT_IS_SAID] = "1"
    other = fields.pop(OTHER, None)
    if other is None:
        return event(fields)
    return alias({**fields, NAME: other})
