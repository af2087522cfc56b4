"""StatsMix's record. Its clients look for `error` in the body: the Ruby gem with a pattern, on one line of XML."""

from tilde.dialects.dialect import Dialect, Manual, Paths, Told
from tilde.dialects.statsmix.answers import Form, form_in, split_form, told_error
from tilde.dialects.statsmix.resources import PUBLIC

V1 = "/api/v1/stats"
V2 = "/api/v2"
PIXEL = "/stats/iapi"
TOKEN_HEADER = "x-statsmix-token"  # noqa: S105 - the header's name
KEY_PARAMETER = "api_key"
ENDS = ("", *(f".{form}" for form in Form))
"""How a path may end: in the form of its answer, or not."""
READ = ("stats", "metrics", "profiles")
"""What a page of another origin may ask for below V2, beside `partners/`; `track` is none of it, since it writes, also
when it is a GET.
"""
HEADERS = {"cache-control": "no-store"}
STATUS_HEADER = "status"  # as the service's own servers had it; an early C# client looks for it


def _failed(path: str, status: int, message: str) -> Told:
    """In the form that the path ends in; in XML, as everything whose form was not said, and as all of v1."""
    return told_error(form_in(1 if path.startswith(V1) else 2, split_form(path)[1]), message)


STATSMIX = Dialect(
    "statsmix",
    posts=Paths(
        _failed,
        exact=frozenset({*(f"{V1}{end}" for end in ENDS), V2, PIXEL}),
        below=(f"{V1}/", f"{V2}/"),
        headers=HEADERS,
        status_header=STATUS_HEADER,
    ),
    reads=Paths(
        _failed,
        exact=frozenset({*(f"{V2}/{what}{end}" for what in READ for end in ENDS), PUBLIC.rstrip("/")}),
        below=(f"{V1}/", *(f"{V2}/{what}/" for what in (*READ, "partners")), PUBLIC),
        headers=HEADERS,
        status_header=STATUS_HEADER,
    ),
    key_headers=(TOKEN_HEADER,),
    key_parameters=(KEY_PARAMETER,),
    manual=Manual(
        "StatsMix",
        keys={"api_key": "The API key it has at StatsMix already."},
        switches={"pixel": "Count StatsMix's pixel, which needs no key."},
    ),
    datagrams=("statsmix_udp",),
)
