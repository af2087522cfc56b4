"""The parameters of a request, however its client sends them: in the query, in a form, also one of a GET or a DELETE or
one without a content type, or as multipart.
"""

from tilde.web.multipart import is_multipart, parts_of
from tilde.web.parameters import Parameters, parse


def parameters_in(query: bytes, body: bytes, content_type: str) -> Parameters:
    """All parameters of a query and a form, by the one rule of `parameters.py`."""
    if not is_multipart(content_type):
        return parse(query, body)
    parameters = parse(query)
    for name, value in parts_of(content_type, body):
        if value:
            parameters.setdefault(name, value)
    return parameters
