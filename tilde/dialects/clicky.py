"""Clicky's record. Clients of its white label API read lines: the first one says `OK` or `NOK`."""

from tilde.dialects.dialect import Dialect, Manual, Paths, Told, as_json

JS = "/js"
SITE_JS = "/{site_id:int}.js"
IN = "/in.php"
PIXEL = "/{site_id:int}ns.gif"
HIT_HEADERS = {
    "cache-control": "no-store",
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",  # for pages that ask everybody for leave
}
WHITE_LABEL = "/api/whitelabel"
WHITE_LABEL_SITES = f"{WHITE_LABEL}/sites"
AUTH = "auth"
LINES = "text/plain; charset=utf-8"
ANSWER_HEADERS = {"cache-control": "no-store"}


def lines(*told: str) -> bytes:
    """Lines as clients read them: each has one LF behind it, the last one too."""
    return "".join(f"{line}\n" for line in told).encode()


def _failed(path: str, status: int, message: str) -> Told:
    """What goes wrong before a request is read: in the API's own form, whose clients know one error for it."""
    if path == WHITE_LABEL:
        return Told(lines("NOK", "7", "A database error has occured."), LINES)
    return as_json(response={"error": message}) if path == WHITE_LABEL_SITES else as_json(detail=message)


CLICKY = Dialect(
    name="clicky",
    posts=Paths(
        _failed,
        exact=frozenset({JS, IN, WHITE_LABEL, WHITE_LABEL_SITES}),
        patterns=(SITE_JS, PIXEL),
        as_ok=frozenset({WHITE_LABEL, WHITE_LABEL_SITES}),  # PHP's `file()` drops the body of every other status
    ),
    key_parameters=(AUTH,),
    manual=Manual("Clicky's white labels", keys={"white_label_key": "The white label key it has at Clicky already."}),
)
