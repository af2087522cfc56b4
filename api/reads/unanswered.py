"""Why a question has no answer, in nobody's words; `api/web/replies.py` says what a client is told."""


class NotFoundError(Exception):
    """What was asked about is not in sight. The text says what that is."""


class BehindError(Exception):
    """The tables do not hold yet what the answer has to have; soon they will."""
