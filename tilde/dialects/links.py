"""The record of the links in letters. Those who follow one read pages."""

from html import escape

from tilde.dialects.dialect import Dialect, Paths, Told
from tilde.own_paths import LINKS_BELOW

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": _POLICY,
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex",
}
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;color:#222;max-width:34rem;margin:4rem auto;padding:0 1rem}}
h1{{font-size:1.3rem}}p{{overflow-wrap:anywhere}}button{{font:inherit;padding:.5rem 1rem;border:0;border-radius:4px;
background:#b3261e;color:#fff;cursor:pointer}}</style></head>
<body><h1>{title}</h1>{body}</body></html>
"""


def page(title: str, text: str, button: str | None = None) -> bytes:
    """A page that says something, and with a `button` asks for it: to press it is to post to the same path."""
    asks = "" if button is None else f'<form method="post"><button>{escape(button)}</button></form>'
    return _PAGE.format(title=escape(title), body=f"<p>{escape(text)}</p>{asks}").encode()


def _failed(path: str, status: int, message: str) -> Told:
    return Told(page("This did not work", message), "text/html; charset=utf-8")


LINKS = Dialect(
    "links",
    posts=Paths(_failed, exact=frozenset({LINKS_BELOW.rstrip("/")}), below=(LINKS_BELOW,), headers=HEADERS),
)
