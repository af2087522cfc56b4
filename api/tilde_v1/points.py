"""Lists the single points of a stat as they were posted, so that some can be taken back."""

import re
from typing import Any

from api.reads.numbers import number
from api.reads.stats.lookup import in_sight
from api.reads.stats.series import between
from api.reads.stats.stats import Stats
from api.web.refused import RefusedError
from tilde.domain.catalog.state import Account

_POINT_ID = re.compile(r"(\d{1,19})-(\d{1,5})", re.ASCII)
BEFORE_ALL = (0, -1)


def place_of(id_: str) -> tuple[int, int]:
    """Event id and place of a point's id; BEFORE_ALL of none. Raises RefusedError."""
    if not id_:
        return BEFORE_ALL
    match = _POINT_ID.fullmatch(id_)
    if match is None or int(match[1]) >= 1 << 63:
        raise RefusedError(400, "after must be the id of a point, or empty")
    return int(match[1]), int(match[2])


async def page_of_points(
    stats: Stats, account: Account, stat: str, range_: tuple[int, int], after: str, limit: int
) -> list[dict[str, Any]]:
    """Points in sight whose time lies in a range, in the order of receipt. Raises RefusedError."""
    after_id, after_nth = place_of(after)
    page = {**between(*range_), "after_id": after_id, "after_nth": after_nth, "limit": limit}
    _, rows = await in_sight(stats, account, stat, lambda where: stats.tables.rows("points.page", {**where, **page}))
    return [
        {
            "id": f"{event_id}-{nth}",
            "time": time_ms // 1000,
            "time_ms": time_ms,
            "received_at": received_ms // 1000,
            "received_ms": received_ms,
            "value": number(value),
        }
        for event_id, nth, time_ms, received_ms, value in rows
    ]
