"""What is started: the command line, a file for each role, and what every process needs."""

import sys

from tilde.runtime.garbage import look_rarely

look_rarely()

# httpx has a command line of its own and imports it wherever rich is installed: a third of a second of every process
# and every command of ours. Nobody calls it; told that it is not there, httpx goes on without.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type] # None: an import of it fails
