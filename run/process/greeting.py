"""What `tilde up` says when it is ready: where it listens, the keys that it has made, and lines to try.

Keys are said once, when they are made: what a service prints at each start stands in a journal for years.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import Any
from urllib.parse import quote as url_quote
from urllib.parse import quote_plus

from tilde.dialects.dialect import Trial
from tilde.dialects.known import TRIALS
from tilde.domain.catalog.keys import ACCOUNT_KEYS, KeyKind

# Those that curl takes; for this machine too, unless it is told otherwise.
_PROXY_VARIABLES = ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


class Greeting:
    """Makes the lines that `tilde up` prints. Every command in them is quoted for a shell."""

    def __init__(self, urls: Sequence[str], data: Path, environment: Mapping[str, str]) -> None:
        self._urls = urls
        self._data = data
        self._curl = "curl --noproxy '*'" if any(map(environment.get, _PROXY_VARIABLES)) else "curl"

    def ready(self, took_s: float) -> Iterator[str]:
        """Says where Tilde is reached."""
        yield f"Tilde listens on {' and '.join(self._urls)}, data in {self._data}"
        yield f"ready in {took_s:.1f} s; API documentation at {self._urls[0]}/docs; Ctrl-C stops it"

    def made(self, account: Mapping[str, Any]) -> Iterator[str]:
        """Shows a new account, with its keys for the only time here."""
        yield ""
        yield f"The first account, {account['name']}:"
        keys = {**account["product"], **account}
        of_products = [trial.key for trial in TRIALS if trial.key not in ACCOUNT_KEYS]
        for kind in (*ACCOUNT_KEYS, *of_products):
            yield f"  {kind:16}{keys[kind]}{'   (shown once: keep it)' if kind is KeyKind.TOKEN else ''}"
        for trial in TRIALS:
            yield from self._post(trial, keys[trial.key])
            if trial.read:
                read = trial.read.format(token=url_quote(account[KeyKind.TOKEN], safe=""))
                yield "Read it back:"
                yield f"  {self._curl} {quote(self._urls[0] + read)}"

    def known(self, name: str) -> Iterator[str]:
        """Names an account that was there: no key of it, but how to see them."""
        trial = TRIALS[0]
        yield from self._post(trial, trial.key.upper())
        yield f"with the {trial.key} of an account: {self._show(name)}"

    def _post(self, trial: Trial, key: str) -> Iterator[str]:
        yield ""
        yield f"{trial.says}:"
        form = f"{trial.parameter}={quote_plus(key)}&{trial.form}"
        curl = f"{self._curl} -o /dev/null" if trial.is_picture else self._curl
        yield f"  {curl} -d {quote(form)} {quote(self._urls[0] + trial.post)}"

    def _show(self, name: str) -> str:
        words = ["tilde", "account", "show", "--data", str(self._data)]
        return " ".join(map(quote, [*words, *(["--"] if name.startswith("-") else []), name]))
