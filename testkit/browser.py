"""Chromium without a window, driven over its own pipe: pages in tabs, with what a user does in them.

Each tab has cookies of its own. All names but this machine's lead to this machine, so a page may have any host.
"""

import fcntl
import json
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from testkit.waiting import PATIENCE_S

PROGRAM = shutil.which("chromium")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *(
        "--disable-sync",
        "--no-first-run",
        "--mute-audio",
        "--disable-features=HttpsUpgrades,Translate,IsolateOrigins,BackForwardCache,site-per-process",
        "--disable-site-isolation-trials",
        "--renderer-process-limit=1",
    ),
    *(
        "--autoplay-policy=no-user-gesture-required",
        "--host-resolver-rules=MAP * 127.0.0.1",
        "--no-proxy-server",
        "--allow-pre-commit-input",
    ),
)


_MIDDLE = "(box) => [box.x + box.width / 2, box.y + box.height / 2]"


class BrowserError(Exception):
    """What the browser said no to, or what a page threw."""


class Browser:
    """One process. For one thread."""

    def __init__(self) -> None:
        self._profile = tempfile.mkdtemp(prefix="tilde-browser")
        theirs_in, self._to = (_high(end) for end in os.pipe())
        self._from, theirs_out = (_high(end) for end in os.pipe())
        assert PROGRAM is not None
        argv = [PROGRAM, *FLAGS, f"--user-data-dir={self._profile}", "--remote-debugging-pipe"]
        ends = [(os.POSIX_SPAWN_DUP2, theirs_in, 3), (os.POSIX_SPAWN_DUP2, theirs_out, 4)]
        quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
        self._pid = os.posix_spawn(PROGRAM, argv, os.environ, file_actions=[*quiet, *ends], setpgroup=0)
        os.close(theirs_in)
        os.close(theirs_out)
        self._incoming = _Messages(self._from)
        self._asked = 0

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """What a method of the DevTools protocol answers. Raises BrowserError."""
        self._asked += 1
        message = {"id": self._asked, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        asked = self._asked
        answer = self._incoming.first(lambda each: each.get("id") == asked)
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    @contextmanager
    def tab(self, before: str = "") -> Iterator["Tab"]:
        """A tab with cookies of its own. In each of its documents the script `before` runs first."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        try:
            tab = Tab(self, context)
            tab.call("Page.enable")
            with tab.before(before):
                yield tab
        finally:
            self.call("Target.disposeBrowserContext", browserContextId=context)

    def forget(self) -> None:
        """Throws away what has come and nobody asked for."""
        self._incoming.clear()

    def close(self) -> None:
        """Ends the process and all that it has started."""
        os.killpg(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        self._incoming.join()
        os.close(self._to)
        os.close(self._from)
        shutil.rmtree(self._profile, ignore_errors=True)


class Tab:
    """One page after the other."""

    def __init__(self, browser: Browser, context: str) -> None:
        self._browser = browser
        target = browser.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        self._session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """As Browser.call, of this page."""
        return self._browser.call(method, self._session, **parameters)

    @contextmanager
    def before(self, script: str) -> Iterator[None]:
        """Runs a script first in each document that is opened within."""
        number = self.call("Page.addScriptToEvaluateOnNewDocument", source=script)["identifier"]
        yield
        self.call("Page.removeScriptToEvaluateOnNewDocument", identifier=number)

    def open(self, url: str) -> None:
        """Goes to an address, and returns when it is loaded."""
        self._browser.forget()
        told = self.call("Page.navigate", url=url)
        if told.get("errorText"):
            raise BrowserError(f"{url}: {told['errorText']}")
        self.loaded()

    def loaded(self) -> None:
        """Returns when a page is loaded that was not when `open` or `loaded` was called last."""
        self._browser._incoming.first(self._is_loaded)  # noqa: SLF001 - of this module

    def _is_loaded(self, message: dict[str, Any]) -> bool:
        return message.get("method") == "Page.loadEventFired" and message.get("sessionId") == self._session

    def run(self, script: str) -> Any:
        """What an expression is worth in the page; of a promise, what comes of it. Raises BrowserError."""
        told = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in told:
            raise BrowserError(str(told["exceptionDetails"]))
        return told["result"].get("value")

    def click(self, selector: str, button: str = "left") -> tuple[float, float]:
        """Clicks on the middle of an element with the mouse; returns where that is."""
        x, y = self.run(f"({_MIDDLE})(document.querySelector({json.dumps(selector)}).getBoundingClientRect())")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button=button, clickCount=1)
        return x, y


class _Messages:
    """What a process writes, each message ended by a zero byte; a thread reads it."""

    def __init__(self, source: int) -> None:
        self._source = source
        self._messages: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        self._has_ended = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def first(self, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Takes out the first of its kind, and waits for it. Raises AssertionError where none comes."""
        with self._changed:
            found = self._changed.wait_for(lambda: next(filter(is_it, self._messages), self._ended()), PATIENCE_S)
            assert found, "the browser has ended, or says nothing"
            self._messages.remove(found)
            return found

    def _ended(self) -> dict[str, Any] | None:
        assert not self._has_ended, "the browser has ended"
        return None

    def clear(self) -> None:
        with self._changed:
            self._messages.clear()

    def join(self) -> None:
        self._thread.join()

    def _read(self) -> None:
        rest = b""
        while data := os.read(self._source, 1 << 16):
            *messages, rest = (rest + data).split(b"\0")
            with self._changed:
                self._messages += map(json.loads, messages)
                self._changed.notify_all()
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()


def _high(end: int) -> int:
    """A descriptor again, above those that the other process is given."""
    copy = fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(end)
    return copy
