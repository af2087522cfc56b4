"""Too few descriptors are told in a sentence with the cure: at the start, and where the store was refused some."""

import resource

import pytest

from tilde.runtime.descriptors import tell_where_few
from tilde.store import StoreError
from tilde.store.connect import read_failure

REFUSED = "Code: 573. DB::ErrnoException: Cannot open epoll descriptor: , errno: 24, strerror: Too many open files. (EPOLL_ERROR)"


@pytest.mark.parametrize(("hard", "is_told"), [(120, True), (511, True), (512, False), (resource.RLIM_INFINITY, False)])
def test_a_low_limit_is_told_at_the_start(
    hard: int, is_told: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever the soft one is: that is raised."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (64, hard))
    tell_where_few("up")

    told = f"tilde up: only {hard} files and connections may be open at once: some 512 are the least to work with"
    assert capsys.readouterr().err.startswith(told) is is_told


@pytest.mark.parametrize("code", [573, 460, 76, None])
def test_a_store_that_was_refused_a_descriptor_says_so(code: int | None) -> None:
    """Under whichever of its codes: it passes, and the operator is told what helps."""
    error = read_failure(code, REFUSED)

    assert type(error) is StoreError
    assert str(error) == "the store cannot go on: Too many open files (raise the limit: ulimit -Hn, LimitNOFILE=)"


def test_an_error_that_is_none_of_the_machines_is_the_statements() -> None:
    """Also where somebody's own words look like it."""
    text = "Code: 62. DB::Exception: Syntax error: errno: 24, strerror: Too many open files"

    assert not isinstance(read_failure(62, text), StoreError)
