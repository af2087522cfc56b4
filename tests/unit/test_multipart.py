"""Multipart forms as old clients write them."""

import time

import pytest

from tilde.web.multipart import is_multipart, parts_of

KIND = "multipart/form-data; boundary=xx"
A = b'--xx\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
B = b'--xx\r\nContent-Disposition: form-data; name="b"\r\n\r\n2\r\n'


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (KIND, A + B + b"--xx--\r\n"),
        (KIND, A + B + b"--xx--"),
        (KIND, A + B.removesuffix(b"\r\n")),  # the last boundary is missing
        (KIND, A + B + b"--xx"),  # and here the end of it
        (KIND, b"for old mail programs\r\n" + A + B + b"--xx--\r\n"),
        (KIND, b"\r\n" + A + B + b"--xx--\r\nmore"),
        (KIND, A.replace(b'"a"', b"a") + B + b"--xx--\r\n"),
        (KIND, A.replace(b'"a"', b'"a"; filename="a.txt"\r\nContent-Type: text/plain') + B + b"--xx--\r\n"),
        ('Multipart/Form-Data; charset=utf-8; BOUNDARY="xx"', A + B + b"--xx--\r\n"),
    ],
)
def test_names_and_values_are_found_however_a_form_ends_or_begins(kind: str, body: bytes) -> None:
    assert is_multipart(kind)
    assert list(parts_of(kind, body)) == [("a", "1"), ("b", "2")]


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary="])
def test_a_form_whose_boundary_nobody_knows_has_nothing_in_it(kind: str) -> None:
    assert list(parts_of(kind, A + B)) == []


def test_line_ends_and_boundaries_within_a_value_are_its_own() -> None:
    value = b"1\r\n\r\n--x\r\n --xx\r\n"
    body = A.replace(b"\r\n1\r\n", b"\r\n" + value + b"\r\n") + b"--xx--\r\n"
    assert list(parts_of(KIND, body)) == [("a", value.decode())]


def test_a_head_that_is_full_of_the_word_is_looked_through_once() -> None:
    """From each place in its line it would be looked through again: a body of such parts took 50 ms."""

    def cpu_s(head: bytes) -> float:
        body = b"".join(b"--B\r\n" + head + b"\r\n\r\nx\r\n" for _ in range(200))
        began = time.thread_time()
        assert list(parts_of("multipart/form-data; boundary=B", body)) == []
        return time.thread_time() - began

    words, one = b"content-disposition:" * 48, b"content-disposition:" + b"x" * 940
    assert min(cpu_s(words) for _ in range(5)) < 6 * min(cpu_s(one) for _ in range(5))
