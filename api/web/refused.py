"""The error with which a call refuses what it was asked for."""


class RefusedError(Exception):
    """The request is refused: the answer has the HTTP `status`, the message as its words, and `headers`."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers
