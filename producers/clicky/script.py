"""The tracker as pages load it: one file, the same for everybody but for its name, and the site that it begins with.

Its sources are in `tracker/source/`, the file that is made of them in `tracker/built/` (`make scripts`).
"""

import json
from functools import lru_cache
from pathlib import Path

from producers.web.cached_file import CachedFile, script_file

BUILT = Path(__file__).parent / "tracker/built/tracker.js"
STANDARD_NAME = "clicky"
KEPT_MAX = 512  # of 15 kB each: a name has one, and each site of a name whose page asks for a file of its own


class Scripts:
    """The files, made when they are asked for the first time."""

    def __init__(self) -> None:
        self._built = BUILT.read_text("utf-8")
        self.of = lru_cache(KEPT_MAX)(self._made)

    def _made(self, name: str, site: int | None = None) -> CachedFile:
        return script_file(script(self._built, name, site))


def script(built: str, name: str, site: int | None = None) -> str:
    """A tracker called `name`, which begins with `site` where one is given. The name is text, not code."""
    called = json.dumps(name)
    init = "" if site is None else f"window[{called}].init({site});\n"
    return f"(function(TRACKER_NAME){{{built.strip()}}})({called});\n{init}"
