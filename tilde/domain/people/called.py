"""By which of his identities somebody is called, pure.

called(["anonymous-1", "ann@example.com", "ann"])               "ann@example.com"
called(["bob", "q83vEjRWeJCrze8SNFZ4kKvN7xI="])                 "bob"
"""

import re
from collections.abc import Sequence

_BY_CHANCE = re.compile(r"[A-Za-z0-9+/]{27}=")  # 20 bytes in base64, as browsers make one for somebody without a name


def called(identities: Sequence[str]) -> str | None:
    """Of those that are known, the first that came first: an address where he has one, else the last name that he was
    given; one that was made by chance where he has no other. None of nobody.
    """
    addresses = [each for each in identities if "@" in each]
    if addresses:
        return addresses[0]
    names = [each for each in identities if _BY_CHANCE.fullmatch(each) is None] or identities
    return names[-1] if names else None
