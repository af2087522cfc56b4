"""What stands in the file of jobs of a query: what its kind reads, and in which order its rows were asked for."""

import json
from typing import NamedTuple

from api.kissmetrics.queries.sorting import Sort


class Put(NamedTuple):
    """A query as it stands in the file of jobs: `asked` is what its type of query reads. Without a `sort` the rows come
    in that type's own order.
    """

    asked: str
    sort: Sort | None = None

    def json(self) -> str:
        """As `put_of` reads it."""
        return json.dumps(self, ensure_ascii=False)


def put_of(text: str) -> Put:
    """What `Put.json` wrote; or the object of the kind alone, as releases wrote it whose rows had one order."""
    said = json.loads(text)
    if isinstance(said, dict):
        return Put(text)
    asked, sort = said
    return Put(asked, None if sort is None else Sort(*sort))
