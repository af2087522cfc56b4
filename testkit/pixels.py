"""A dialect that no release has, whose paths begin with numbers: `/12px.gif` takes a hit of site 12, `/12.js` and
`/pixels/sites` are read. Its keys are in a header of its own, or in `auth`; its failures are two lines of text. It
proves the ground that a dialect stands on whose paths are no words.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tilde.dialects import known as records
from tilde.dialects.dialect import Dialect, Dialects, Paths, Told


def in_lines(path: str, status: int, message: str) -> Told:
    """As old PHP takes it apart."""
    return Told(f"NOK\n{message}\n".encode(), "text/plain")


PIXELS = Dialect(
    "pixels",
    posts=Paths(in_lines, patterns=("/{site:int}px.gif",), headers={"x-of": "posts"}),
    reads=Paths(in_lines, exact=frozenset({"/pixels/sites"}), patterns=("/{site:int}.js",), headers={"x-of": "reads"}),
    slow=frozenset({"/pixels/sites"}),
    key_headers=("x-pixels-key",),
    key_parameters=("auth", "admin_auth"),
)


@contextmanager
def known() -> Iterator[None]:
    """Inside, this process knows the record as if a release had it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "DIALECTS", Dialects((*records.DIALECTS.records, PIXELS)))
        yield
