"""The library as pages load it: one file, the same for everybody but for the key in it.

Its sources are in `library/source/`, the file that is made of them in `library/built/` (`make scripts`).
"""

import json
from functools import lru_cache
from pathlib import Path

from producers.web.cached_file import CachedFile, script_file

BUILT = Path(__file__).parent / "library/built/library.js"
PLACE = "TRACKING_KEY"
"""Where the key comes in the built file. A function around it with the key as its parameter made it 25 bytes longer,
packed, and it has to be below 5,000 with any key.
"""
KEPT_MAX = 512  # of 16 kB each: a product has one
NOBODY = "// Who somebody is on other sites is not known here.\n"
"""What old pages load before the library: there it knew people across sites."""


class Scripts:
    """The files, made when they are asked for the first time."""

    def __init__(self) -> None:
        self._built = BUILT.read_text("utf-8")
        self.of = lru_cache(KEPT_MAX)(self._made)
        self.nobody = script_file(NOBODY)

    def _made(self, key: str) -> CachedFile:
        return script_file(script(self._built, key))


def script(built: str, key: str) -> str:
    """A library that posts by a key."""
    return f"{built.strip().replace(PLACE, json.dumps(key))}\n"
