"""How an answer may be coded, by what its request accepts."""


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding allows it: `gzip`, `br, *;q=0.5`, and not `gzip;q=0, *`."""
    weights = {}
    for each in accepted.lower().replace(" ", "").split(","):
        coding, _, parameter = each.partition(";")
        weights[coding] = parameter.removeprefix("q=") or "1"
    return weights.get("gzip", weights.get("*", "0")).strip("0.") != ""
