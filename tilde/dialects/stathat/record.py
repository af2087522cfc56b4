"""StatHat's record. Clients of its posts look for `status` and `msg`, those of its reads for `msg`."""

from http import HTTPStatus

from tilde.dialects.dialect import Dialect, Manual, Paths, Told, Trial, as_json

POST_HEADERS = {"cache-control": "no-store", "access-control-allow-origin": "*"}
BASIC_CHALLENGE = {"www-authenticate": 'Basic realm="StatHat"'}


def _post_failed(path: str, status: int, message: str) -> Told:
    """503 asks for another try, in the body too; whatever else went wrong is 500 there, as StatHat's own."""
    kept = status if status == HTTPStatus.SERVICE_UNAVAILABLE else 500
    return as_json(status=kept, msg=message)


def _read_failed(path: str, status: int, message: str) -> Told:
    return as_json(msg=message)


STATHAT = Dialect(
    "stathat",
    posts=Paths(_post_failed, exact=frozenset({"/ez", "/c", "/v"}), headers=POST_HEADERS),
    reads=Paths(_read_failed, exact=frozenset({"/x", "/a1"}), below=("/x/", "/a1/")),
    tokens_below=("/x/",),
    trial=Trial("Count something", "ezkey", "ezkey", "stat=hello&count=1", "/ez", "/x/{token}/statlist"),
    manual=Manual(
        "StatHat",
        keys={"ezkey": "The ezkey it has at StatHat already.", "ukey": "The user key it has at StatHat already."},
        switches={"ez": "Take posts with its ezkey.", "email_key": "Take its e-mail address as an ezkey."},
    ),
)
