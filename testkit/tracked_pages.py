"""A web server for the tests of the tracker: it has pages of any host and the tracker's files, and writes down hits."""

from producers.clicky.script import STANDARD_NAME, Scripts
from testkit.pages import Hit, Pages


class TrackedPages(Pages):
    """A tracker's name is the first word of its host, but that of `stats-7.test` is the standard one. `reply` is what a
    page view's script says.
    """

    def __init__(self) -> None:
        super().__init__()
        self.reply = ""
        self._scripts = Scripts()

    def begin(self) -> None:
        """As Pages.begin; the reply, too."""
        super().begin()
        self.reply = ""

    def kind_of(self, hit: Hit) -> str | None:
        """Its type."""
        return hit.get("type")

    def reply_to(self, path: str) -> tuple[int, str, bytes] | None:
        """At in.php, below whatever path."""
        return (200, "text/javascript", self.reply.encode()) if path.endswith("/in.php") else None

    def script_at(self, host: str, path: str) -> bytes | None:
        """For all sites, or begun for one."""
        first = host.partition("-")[0]
        name = STANDARD_NAME if first == "stats" else first
        if path == "/js":
            return self._scripts.of(name).content
        if path.endswith(".js") and path[1:-3].isdigit():
            return self._scripts.of(name, int(path[1:-3])).content
        return None
