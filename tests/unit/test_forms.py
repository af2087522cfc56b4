"""The parameters of a request, however its client sends them."""

import pytest

from tilde.web.forms import parameters_in

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=xx"


def parts(*pairs: tuple[str, str]) -> bytes:
    heads = (f'--xx\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in pairs)
    return "".join(heads).encode() + b"--xx--\r\n"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, b"name=&name=b&value=2"),
        ("", b"name=&name=b&value=2"),
        (MULTIPART, parts(("name", ""), ("name", "b"), ("value", "2"))),
    ],
    ids=["form", "no content type", "multipart"],
)
def test_the_first_value_that_is_not_empty_counts_and_the_query_before_the_body(kind: str, body: bytes) -> None:
    assert parameters_in(b"", body, kind) == {"name": "b", "value": "2"}
    assert parameters_in(b"name=a&value=", body, kind) == {"name": "a", "value": "2"}
