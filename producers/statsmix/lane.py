"""`track` of the common shape, in the fast lane: a query, a form of a usual content type, or both, without a ref, by
a key that this edge knows.

The answer is made when the stat is left, and written when that is durable. Whatever else there is, and whatever is
refused, is the declared route's (`routes.py`).
"""

from producers.statsmix.dispatcher import reply
from producers.statsmix.intake import Intake
from producers.statsmix.requests import FORM_BYTES_MAX
from producers.web.lane import FORM, Answers, Lane, LaneRequest, Taken
from tilde.catalog.remembered_keys import RememberedKeys
from tilde.dialects.dialect import Told
from tilde.dialects.statsmix.answers import MEDIA_TYPES, Form, form_of, split_form, stat_body
from tilde.dialects.statsmix.record import ENDS, TOKEN_HEADER, V2
from tilde.dialects.statsmix.requests import key_in
from tilde.domain.catalog.state import Account
from tilde.web.parameters import parse, sent

FORMS = frozenset({FORM, FORM + b"; charset=utf-8", FORM + b"; charset=UTF-8"})
_TOKEN_HEADER = TOKEN_HEADER.encode()
_MANY = b"metrics"  # what may come often, and is counted


def track_lanes(intake: Intake, keys: RememberedKeys[Account]) -> list[Lane]:
    """A lane for each form that the path may end in, and one for none."""
    return [_lane(f"{V2}/track{end}", intake, keys) for end in ENDS]


def _lane(path: str, intake: Intake, keys: RememberedKeys[Account]) -> Lane:
    take = _Track(intake, keys, split_form(path)[1]).take
    return Lane(path, frozenset({b"GET", b"POST"}), FORMS, take, headers=frozenset({_TOKEN_HEADER}))


class _Track:
    def __init__(self, intake: Intake, keys: RememberedKeys[Account], end: Form | None) -> None:
        self._intake = intake
        self._keys = keys
        self._end = end
        self._answers = {form: Answers.of(reply(Told(b"", MEDIA_TYPES[form]))) for form in Form}

    def take(self, request: LaneRequest) -> Taken | None:
        """As Lane.take."""
        head, body = request.head, request.text or b""
        if len(body) > FORM_BYTES_MAX or _MANY in head.query or _MANY in body:
            return None
        fields = parse(head.query, body)
        token = head.wanted.get(_TOKEN_HEADER, b"")
        account = self._keys[key_in(token.decode("latin-1"), fields)]
        if account is None or sent(fields, "ref_id") is not None:
            return None
        taken = self._intake.take_track(account, fields)
        if taken is None:
            return None
        durable, stat = taken
        form = form_of(self._end, sent(fields, "format"))
        return Taken(durable, self._answers[form].with_body(stat_body(form, stat)), self._intake.tally, 1)
