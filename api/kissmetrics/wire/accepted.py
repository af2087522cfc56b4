"""What a client of the Core API can read, by its `Accept`, and what it sends, by its `Content-Type`."""

_RANGES = ("application/json", "application/*", "*/*")  # the closest first: it alone says whether JSON is taken
_JSON = set(_RANGES)
_SENT_AS_JSON = {"", "application/json", "text/json", "application/x-www-form-urlencoded"}


def takes_json(accept: str) -> bool:
    """Whether JSON is among what it takes; of a header that says nothing, too."""
    ranges = [_range(each) for each in accept.split(",") if each.strip()]
    for closest in _RANGES:
        said = [parameters.get("q", "1") for name, parameters in ranges if name == closest]
        if said:
            return any(weight.strip("0.") for weight in said)
    return not ranges


def sends_json(content_type: str) -> bool:
    """Whether a body of this type is read as JSON: also one of none, and what curl calls a form where it is told
    nothing.
    """
    name, _ = _range(content_type)
    return name in _SENT_AS_JSON or (name.startswith("application/") and name.endswith("+json"))


def wants_bare(accept: str) -> bool:
    """Whether it asks for lists without an envelope: `application/json; envelope=false`."""
    ranges = (_range(each) for each in accept.split(","))
    return any(name in _JSON and parameters.get("envelope") == "false" for name, parameters in ranges)


def _range(text: str) -> tuple[str, dict[str, str]]:
    name, *parameters = text.lower().split(";")
    pairs = (parameter.partition("=") for parameter in parameters)
    return name.strip(), {key.strip(): value.strip() for key, _, value in pairs}
