"""The recorded requests themselves, and how they are filled in."""

import pytest

from tests.golden.replay import FOLDER, Golden, load

GOLDENS = load()


def test_every_recorded_request_has_its_expectation() -> None:
    """A file that expected.yaml does not name would never be sent."""
    assert sorted(path.stem for path in FOLDER.glob("*.http")) == sorted(golden.name for golden in GOLDENS)


def test_no_two_requests_count_the_same_point() -> None:
    """Else one that is lost could hide behind one that is counted twice."""
    points = [point for golden in GOLDENS for point in golden.points]

    assert len(points) == len(set(points))


@pytest.mark.parametrize("golden", GOLDENS, ids=str)
def test_a_recorded_head_ends_its_lines_as_http_does(golden: Golden) -> None:
    """An editor or git that rewrites line ends would change what is tested."""
    head, blank_line, _ = golden.raw.partition(b"\r\n\r\n")

    assert blank_line
    assert head.count(b"\n") == head.count(b"\r\n")


def test_placeholders_are_filled_in_and_the_length_follows() -> None:
    """{{UKEY%}} is percent-encoded, its tilde too."""
    raw = b"POST /c HTTP/1.1\r\nContent-length: 0\r\n\r\nukey={{UKEY%}}&ezkey={{EZKEY}}"

    filled = Golden("", raw, "").filled({"UKEY": "a+b~", "EZKEY": "k~"})

    assert filled == b"POST /c HTTP/1.1\r\nContent-length: 22\r\n\r\nukey=a%2Bb%7E&ezkey=k~"


def test_a_length_that_the_client_gets_wrong_stays_wrong() -> None:
    """npm stathat counts UTF-16 units."""
    raw = "POST /ez HTTP/1.1\r\nContent-Length: 4\r\n\r\ncafé".encode()

    assert b"Content-Length: 4\r\n" in Golden("", raw, "", content_length=-1).filled({})
