"""Where a request came to, as its sender wrote it: what links in an answer begin with."""

from starlette.requests import Request


def origin_of(request: Request) -> str:
    """How the sender reached us, as he wrote it, and an edge in between has passed it on."""
    host = request.headers.get("x-forwarded-host") or request.headers.get("host", "localhost")
    return f"{request.headers.get('x-forwarded-proto') or request.scope['scheme']}://{host}"
