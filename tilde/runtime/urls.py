"""What is wrong with a URL that somebody typed, before anybody is asked by it."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

PORT_MAX = 65_535
_PORT = re.compile(r":([^:\]]*)$")
_UNSENT = re.compile(r"[\s\x00-\x1f\x7f]")


def fault_of_url(url: str, schemes: Sequence[str]) -> str | None:
    """What to say behind `--url is '..', and` where it leads to no server, as `99999 is no port: there are 1 to 65535`.
    None where it may lead to one.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.lower() not in schemes:
        return f"must begin with {' or '.join(f'{known}://' for known in schemes)}"
    if _UNSENT.search(url):
        return "no URL has a blank or a control character in it"
    if "?" in rest or "#" in rest:
        return "must end before the ? or the #: only paths are asked for"
    port = _PORT.search(rest.partition("/")[0])
    if port is not None and not is_port(port[1]):
        return f"{port[1] or 'nothing'} is no port: there are 1 to {PORT_MAX}"
    try:
        has_host = bool(urlsplit(url).hostname)
    except ValueError:
        has_host = False
    return None if has_host else "has no host (an IPv6 address stands in brackets)"


def is_port(text: str) -> bool:
    """Whether a text is a number that a port has."""
    return text.isascii() and text.isdigit() and len(text) <= len(str(PORT_MAX)) and 1 <= int(text) <= PORT_MAX
