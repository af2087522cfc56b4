"""`track` of the common shape, in the fast lane: a query, a form of a usual content type, or both, without a ref, by
a key that this edge knows.

The answer is made when the stat is left, and written when that is durable. Whatever else there is, and whatever is
refused, is the declared route's (`routes.py`).
"""

from producers.statsmix.desk import reply
from producers.statsmix.intake import Intake
from producers.statsmix.requests import FORM_BYTES_MAX, key_in
from producers.web.clients import Headers
from producers.web.lane import FORM, Answers, Lane, LaneRequest, Taken
from tilde.catalog.remembered_keys import RememberedKeys
from tilde.dialects.dialect import Told
from tilde.dialects.statsmix.answers import MEDIA_TYPES, Form, form_of, split_form, told
from tilde.dialects.statsmix.record import ENDS, TOKEN_HEADER, V2
from tilde.web.parameters import parse, sent

FORMS = frozenset({FORM, FORM + b"; charset=utf-8", FORM + b"; charset=UTF-8"})
_TOKEN_HEADER = TOKEN_HEADER.encode()
_MANY = b"metrics"  # what may come often, and is counted


def track_lanes(intake: Intake, keys: RememberedKeys) -> list[Lane]:
    """One for each form that the path may end in, and one for none."""
    return [_lane(f"{V2}/track{end}", intake, keys) for end in ENDS]


def _lane(path: str, intake: Intake, keys: RememberedKeys) -> Lane:
    return Lane(path, frozenset({b"GET", b"POST"}), FORMS, _Track(intake, keys, split_form(path)[1]).take)


class _Track:
    def __init__(self, intake: Intake, keys: RememberedKeys, end: Form | None) -> None:
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
        account = self._keys.account(key_in(_token(head.headers), fields))
        if account is None or sent(fields, "ref_id") is not None:
            return None
        taken = self._intake.take_track(account, fields)
        if taken is None:
            return None
        durable, stat = taken
        form = form_of(self._end, sent(fields, "format"))
        return Taken(durable, self._answers[form].with_body(told(form, stat).body), self._intake.tally, 1)


def _token(headers: Headers) -> str:
    """The key in the headers; empty where there is none."""
    for name, value in headers:
        if name == _TOKEN_HEADER:
            return value.decode("latin-1")
    return ""
