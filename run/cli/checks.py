"""`tilde health ROLE`: what a container's health check asks. It looks at what the role leaves on this machine."""

import httpx

from run.cli.operators import urls_of
from tilde.data_folder import heartbeat_path
from tilde.errors import SettingsError
from tilde.runtime.clock import SystemClock
from tilde.runtime.heartbeat import trouble_of
from tilde.settings import Settings
from tilde.web.http_clients import NO_ANSWER, open_client

TIMEOUT_S = 3.0


def trouble_with(role: str, settings: Settings) -> str | None:
    """What is wrong with a role; None where nothing is. Raises SettingsError for a role that there is not."""
    now_ms = SystemClock().now_ms()
    if role == "edge":
        troubles = [_no_answer(f"{url}/") for url in urls_of(settings)]
        return "; ".join(filter(None, troubles)) or None
    if role in ("api", "store"):
        return _not_ready(f"http://127.0.0.1:{settings.api_port}/ready")
    if role in ("streams", "sinks", "watchers"):
        return trouble_of(heartbeat_path(settings.data, role), now_ms)
    raise SettingsError(f"there is no role {role!r}; there are edge, streams, sinks, api, store and watchers")


def _no_answer(url: str) -> str | None:
    answer = _get(url)
    if isinstance(answer, str) or answer.is_success:
        return answer if isinstance(answer, str) else None
    return f"{url} answers {answer.status_code}: {answer.text[:200]}"


def _not_ready(url: str) -> str | None:
    """What is wrong with a query API itself. That no streams run elsewhere is not: it answers all the same."""
    answer = _get(url)
    if isinstance(answer, str):
        return answer
    try:
        parts: dict[str, str] = answer.json()
    except ValueError:
        return f"{url} answers {answer.status_code}: {answer.text[:200]}"
    wrong = [f"{part}: {state}" for part, state in parts.items() if state != "ok" and part != "streams"]
    return "; ".join(wrong) or None


def _get(url: str) -> httpx.Response | str:
    """The answer, or in words why there is none."""
    try:
        with open_client(url, is_own=True, timeout=TIMEOUT_S) as client:
            return client.get(url)
    except NO_ANSWER as error:
        return f"{url} does not answer: {error}"
