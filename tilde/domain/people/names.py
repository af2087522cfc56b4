"""Names of events and of properties, as people and clients write them: one name however it is spelled.

name_of(" Signed:Up ")   "signed up"
"""

import re

from tilde.domain.texts import trimmed

NAME_MAX = 255  # code points, of events, properties and people alike
_NO_PART = re.compile("[,:\0-\x1f\x7f]+")


def name_of(text: str) -> str:
    """The name that is meant: in lower case, without white space around it, and with a blank in the place of commas,
    colons and control characters that follow each other. It may be empty, or too long.
    """
    if not text.isalnum():
        text = trimmed(_NO_PART.sub(" ", text))
    return text.lower()
