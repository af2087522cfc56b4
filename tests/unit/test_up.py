"""What `tilde up` says while it waits for its parts."""

from functools import partial

import httpx
import pytest

from run.roles import up
from tilde.runtime.clock import FixedClock
from tilde.web.http_clients import open_async_client


async def test_an_edge_whose_pipeline_is_not_ready_is_waited_for_and_told_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may be taking posts in: stopping it would lose them, and nothing is won."""
    clock = FixedClock(0)
    asked = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        clock.advance(25_000)
        if asked == 1:
            raise httpx.ConnectError("not yet")
        return httpx.Response(503, text="store: away") if asked < 7 else httpx.Response(200)

    monkeypatch.setattr(up, "open_async_client", partial(open_async_client, httpx.MockTransport(answer)))

    await up._until_ready("http://tilde", clock)

    assert asked == 7
    assert (
        capsys.readouterr().err.splitlines()
        == ["tilde up: not ready yet: store: away; what the processes said stands above"] * 2
    )
