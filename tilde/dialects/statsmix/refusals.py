"""What both ends refuse: with the same words, and the status that each version of the API has for it."""

from typing import NamedTuple


class Refused(NamedTuple):
    """What a client is told. v1 says of some of what is not the asker's that it is forbidden, v2 that there is none."""

    text: str
    status: int
    status_v1: int | None = None

    def status_in(self, version: int) -> int:
        """The status that it has in a version of the API."""
        return self.status_v1 if version == 1 and self.status_v1 is not None else self.status


NO_KEY = Refused("api_key is missing: send it as X-StatsMix-Token or as parameter api_key", 401)
INVALID_KEY = Refused("api_key is not known", 401)
NO_METRIC_ID = Refused("metric_id is missing", 422)
UNKNOWN_METRIC = Refused("no such metric in your account", 404)
UNKNOWN_PROFILE = Refused("no such profile in your account", 404, 403)
UNKNOWN_STAT = Refused("no such stat in your account", 404)
UNKNOWN_USER = Refused("you made no such user", 404)
FOREIGN = Refused("it belongs to another account", 403)


def bad_time(name: str) -> Refused:
    """What is said of a parameter that is no time, such as `generated_at`."""
    return Refused(f"{name} is not a time between 1970 and 2106, such as 2012-07-08 12:33:53", 422)
