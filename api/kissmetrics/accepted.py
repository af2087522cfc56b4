"""What a client of the Core API can read, by its `Accept`."""

_JSON = {"*/*", "application/*", "application/json"}


def takes_json(accept: str) -> bool:
    """Whether JSON is among what it takes; of a header that says nothing, too."""
    ranges = [_range(each) for each in accept.split(",") if each.strip()]
    return not ranges or any(name in _JSON and parameters.get("q", "1").strip("0.") for name, parameters in ranges)


def wants_bare(accept: str) -> bool:
    """Whether it asks for lists without an envelope: `application/json; envelope=false`."""
    ranges = (_range(each) for each in accept.split(","))
    return any(name in _JSON and parameters.get("envelope") == "false" for name, parameters in ranges)


def _range(text: str) -> tuple[str, dict[str, str]]:
    name, *parameters = text.lower().split(";")
    pairs = (parameter.partition("=") for parameter in parameters)
    return name.strip(), {key.strip(): value.strip() for key, _, value in pairs}
