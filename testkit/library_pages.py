"""A web server for the tests of the library: it has pages of any host and the library's files, and writes down what
people do.
"""

from producers.kissmetrics.script import Scripts
from producers.web.pixel import GIF
from testkit.pages import Hit, Pages

KEY = "0123456789abcdef0123456789abcdef01234567"


class LibraryPages(Pages):
    """The library is at `/KEY.js` and its older names, below whatever path. Nothing is kept while `is_full`."""

    def __init__(self) -> None:
        super().__init__()
        self.is_full = False
        self._scripts = Scripts()

    def begin(self) -> None:
        """As Pages.begin; there is room again."""
        super().begin()
        self.is_full = False

    def hit(self, kind: str) -> Hit:
        """The one of a kind. What was on its way when a page was left may have come twice, and counts once."""
        first, *others = self.hits(1, kind)
        assert all(other.parameters() == first.parameters() for other in others)
        return first

    def kind_of(self, hit: Hit) -> str | None:
        """The name of an event, else "s" or "a"."""
        return hit.get("_n") if hit.path.endswith("/e") else hit.path[-1]

    def reply_to(self, path: str) -> tuple[int, str, bytes] | None:
        """At e, s and a, below whatever path."""
        if path[-2:] not in ("/e", "/s", "/a"):
            return None
        return (503, "text/plain", b"not kept") if self.is_full else (200, "image/gif", GIF)

    def script_at(self, host: str, path: str) -> bytes | None:
        """By the key, or by none."""
        if path.endswith("/i.js"):
            return self._scripts.nobody.content
        return self._scripts.of(KEY).content if KEY in path and path.endswith(".js") else None
