"""A metric and a report that a product keeps, run by all three Query APIs, and the lists of the third: of the shop of
`query_kinds`.
"""

from typing import Any, NamedTuple

from testkit.query_client import Answers, QueryClient
from testkit.query_kinds import A_HAT, BEGAN, BOB, BUYERS, DAY_S, DAYS, KINDS

FIRST_DAY = {"start_date": BEGAN, "end_date": BEGAN + DAY_S // 2}


class Kept(NamedTuple):
    """What an account of a Tilde keeps, by ids: a metric, and a report."""

    metric: str
    report: str

    @classmethod
    def by(cls, asked: QueryClient) -> "Kept":
        """The same of each."""
        counts = {"kind": "people", "event": "bought"}
        metric = asked.keep("metrics", {"title": "Buyers", "counts": counts})
        return cls(metric, asked.keep("reports", {"name": "Who buys", "question": BUYERS}))

    def answers(self, asked: QueryClient) -> Answers:
        """They are run by all three Query APIs. The report is of the first day."""
        by, of_metric = {"property": "what", "value": "first", **DAYS}, f"/query/metrics/{self.metric}"
        range_ = {"type": "custom", **FIRST_DAY}
        v3: tuple[dict[str, Any], ...]
        v3 = {"report_id": self.report, "date_range": range_}, {"metric_id": self.metric, **DAYS}
        report, metric = (
            asked.rows(f"/v3/queries/{asked.post(f'/v3/queries/{noun}', body).json()['id']}")
            for noun, body in zip(("report", "metric"), v3, strict=True)
        )
        return {
            "v1 report": asked.results(f"/query/reports/{self.report}/run", {"report": FIRST_DAY}),
            "v2 report": asked.results(f"/v2/products/{asked.uuid}/reports/{self.report}/run", FIRST_DAY),
            "v3 report": report,
            "v1 metric by segment": asked.results(f"{of_metric}/by-segment", by),
            "v1 metric over time": asked.results(f"{of_metric}/over-time", {"step": "day", **DAYS}),
            "v3 metric": metric,
        }


KEPT_ROWS = {
    "v1 report": [f"number of {BOB}", BOB, A_HAT],
    "v2 report": [f"number of {BOB}", BOB, A_HAT],
    "v3 report": KINDS["people_search"].row,
    "v1 metric by segment": ["segment", A_HAT, 1],
    "v1 metric over time": ["step", 1_759_968_000, 1_760_054_400, "2025-10-09T00:00:00+00:00", 2],
    "v3 metric": {"Row": "whole", "Segment": None, "Value": 2},
}


def all_lists(asked: QueryClient) -> Answers:
    """What the third API lists, but for what differs in every Tilde: ids, and when something came."""
    product = f"/v3/products/{asked.product}"
    events, properties, reports = (
        asked.get(f"{product}/{noun}").json()["data"] for noun in ("events", "properties", "reports")
    )
    names = {one["index"]: one["name"] for one in properties}
    same = ("name", "visible", "first_used_at", "last_used_at")
    return {
        "events": sorted(
            [*(one[each] for each in same), one["total"], *sorted(names[nth] for nth in one["property_indices"])]
            for one in events
        ),
        "properties": sorted([one[each] for each in same] for one in properties),
        "reports": [[one["name"], one["report_type"]] for one in reports],
        "products": [[one["timezone"], one["km_key"] == asked.key] for one in asked.get("/v3/products").json()["data"]],
    }


LISTED = {
    "events": ["bought", True, "2025-10-09T08:55:00Z", "2025-10-10T08:53:20Z", 3, "price", "what"],
    "properties": ["what", True, "2025-10-09T08:55:00Z", "2025-10-09T08:58:20Z"],
    "reports": ["Who buys", "people_search_v2"],
    "products": ["UTC", True],
}
