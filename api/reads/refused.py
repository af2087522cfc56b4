"""What is asked for and not given."""


class RefusedError(Exception):
    """What was asked for is not given; `status` and the message say why."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers
