"""A shop of three people, and a query of every kind about them: what is asked, and a row of the answer.

Ann was anonymous first, buys for 19.5, and a day later for 10. Bob buys for 5, Cid has a look. Ann saw a green button,
Bob a red one.
"""

from typing import Any, NamedTuple

from testkit.query_client import Answers, QueryClient

BEGAN = 1_760_000_000  # 2025-10-09T08:53:20Z, a Thursday
DAY_S = 86_400
ANN, BOB, CID = "ann@people.example", "bob@people.example", "cid@people.example"
A_HAT = "a blue hat"
DID = (
    f"e?_p=anonymous-1&_n=Visited&_t={BEGAN}&_d=1",
    f"a?_p=anonymous-1&_n={ANN}",
    f"s?_p={ANN}&_t={BEGAN + 10}&_d=1&button=green",
    f"s?_p={BOB}&_t={BEGAN + 20}&_d=1&button=pale+red",
    f"e?_p={ANN}&_n=Bought&_t={BEGAN + 100}&_d=1&what=deep+blue+shoes&price=19.5",
    f"e?_p={BOB}&_n=Bought&_t={BEGAN + 200}&_d=1&what=a+blue+hat&price=5",
    f"s?_p={CID}&_t={BEGAN + 300}&_d=1&what=red+socks",
    f"e?_p={CID}&_n=Visited&_t={BEGAN + 400}&_d=1",
    f"e?_p={ANN}&_n=Bought&_t={BEGAN + DAY_S}&_d=1&price=10",
)


class KindAsked(NamedTuple):
    """A question, one row of its answer while everybody is there, and whether it needs nobody's keys: neither to be
    answered nor to be told.
    """

    kind: str
    params: dict[str, Any]
    row: Any
    is_keyless: bool = False


def event(name: str) -> dict[str, Any]:
    """A condition, or a step."""
    return {"type": "event", "event": name}


def what(mode: str, text: str = "") -> dict[str, Any]:
    """A condition on what was bought, or asked for."""
    return {"type": "property", "property": "what", "comparison_mode": mode, "comparison_string": text}


DAYS = {"start_date": "2025-10-09", "end_date": "2025-10-10T23:59:59"}
_RANGE = {"date_range": {"type": "custom", **DAYS}}
_BY_WHAT = {"segment": {"property": "what", "value": "first"}}
_BUYERS = {"kind": "people", "event": "bought"}
_WALK = {"steps": [event("visited"), event("bought")]}
_COHORT = {"first": event("visited"), "again": event("bought"), "period": "day", "periods": 1, **_RANGE}
_LAST_WHAT = {"type": "last_value_in_range", "subject": "what", "label": "What"}
BUYERS = {"filter": event("bought"), "calculations": [_LAST_WHAT]}
_STEP = ("step", "label", "people", "from_previous", "from_first", "median_seconds", "average_seconds")

KINDS = {
    "people_search": KindAsked(
        "people_search",
        BUYERS,
        {"identity": BOB, "person_id": f"number of {BOB}", "columns": [A_HAT]},
    ),
    "people_search for a part": KindAsked(
        "people_search",
        {"filter": what("contains", "blue")},
        {"identity": BOB, "person_id": f"number of {BOB}", "columns": []},
    ),
    "people_count": KindAsked("people_count", {"filter": event("bought")}, {"count": 2}, is_keyless=True),
    "funnel": KindAsked(
        "funnel", _WALK, dict(zip(_STEP, (2, "bought", 1, 0.5, 0.5, 100, 100), strict=True)), is_keyless=True
    ),
    "funnel by segment": KindAsked(
        "funnel",
        {"steps": [event("bought"), event("bought")], **_BY_WHAT},
        {"segment_is": "value", "segment": A_HAT}
        | dict(zip(_STEP, (1, "bought", 1, None, 1, None, None), strict=True)),
    ),
    "cohort": KindAsked(
        "cohort", _COHORT, {"cohort": "2025-10-09", "people": 2, "period_0": 1, "period_1": 1}, is_keyless=True
    ),
    "cohort by segment": KindAsked(
        "cohort",
        {**_COHORT, "first": event("bought"), **_BY_WHAT},
        {"segment_is": "value", "segment": A_HAT, "people": 1, "period_0": 0, "period_1": 0},
    ),
    "ab_test": KindAsked(
        "ab_test",
        {"property": "button", "goal": event("bought"), "original": "green", **_RANGE},
        {
            "variation_is": "value",
            "variation": "pale red",
            "is_original": False,
            "people": 1,
            "converted": 1,
            "conversion": 1,
            "improvement": 0,
            "significance": None,
        },
    ),
    "metric": KindAsked(
        "metric",
        {"metric": {"kind": "average", "property": "price", "event": "bought"}, **DAYS},
        {"Row": "whole", "Segment": None, "Value": 11.5, "Total": 34.5, "Values": 3},
        is_keyless=True,
    ),
    "metric by segment": KindAsked(
        "metric",
        {"metric": _BUYERS, **DAYS, **_BY_WHAT},
        {"Row": "segment", "Segment": A_HAT, "Value": 1},
    ),
    "metric_over_time": KindAsked(
        "metric_over_time",
        {"metric": _BUYERS, "step": "day", **DAYS},
        {"Row": "step", "From": 1_760_054_400, "To": 1_760_140_800, "Begins": "2025-10-10T00:00:00+00:00", "Value": 1},
        is_keyless=True,
    ),
    "activity": KindAsked(
        "activity",
        {"events": ["bought"]},
        {
            "timestamp": BEGAN + 200,
            "person_id": f"number of {BOB}",
            "identity": BOB,
            "event": "bought",
            "properties": {"price": 5, "what": A_HAT},
        },
    ),
    "sql of persons": KindAsked(
        "sql",
        {"sql": "SELECT person_id, property_value('what') AS what FROM records WHERE is_event('bought')"},
        {"person_id": BOB, "what": A_HAT},
    ),
    "sql of a part": KindAsked(
        "sql",
        {"sql": "SELECT person, person_id FROM records WHERE property_value('what') LIKE '%blue%'"},
        {"person_id": BOB, "person": f"number of {BOB}"},
    ),
    "sql of numbers": KindAsked(
        "sql",
        {
            "sql": "SELECT event_name, count(*) AS n, sum(numeric_property_value('price')) AS paid FROM records"
            " WHERE is_event() GROUP BY event_name"
        },
        {"event_name": "bought", "n": 3, "paid": 34.5},
        is_keyless=True,
    ),
}
"""By a name that tests tell."""


def put_all(asked: QueryClient) -> dict[str, str]:
    """A query of every kind, by its path."""
    return {name: asked.put(each.kind, each.params) for name, each in KINDS.items()}


def all_rows(asked: QueryClient, paths: dict[str, str]) -> Answers:
    """What each of them found."""
    return {name: asked.rows(path) for name, path in paths.items()}
