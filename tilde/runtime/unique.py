"""Refuses two processors, or two watchers, of one name: under it they keep how far they are."""

from collections.abc import Iterable


def require_unique(what: str, names: Iterable[str]) -> None:
    """Raises ValueError where a name comes twice; `what` says of what, as in `watchers`."""
    seen = set[str]()
    for name in names:
        if name in seen:
            raise ValueError(f"two {what} are called {name}: each would go on where the other is")
        seen.add(name)
