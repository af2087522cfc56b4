"""Tokens that reach several accounts, definitions and saved reports, over HTTP and by the command line: made, shown,
changed and ended through the real edge and decider.
"""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest

from producers.web.app import EdgeApp
from run.cli.main import run
from testkit.asking import ask
from testkit.whole_edge import AWAY, OPERATOR_TOKEN, TOKEN, the_whole_edge
from tilde.data_folder import edge_folder
from tilde.domain.stats.metrics import metric_id, short_id

OPERATOR = [(b"authorization", b"Bearer " + OPERATOR_TOKEN.encode()), (b"content-type", b"application/json")]
HITS = short_id(metric_id(1, "counter", "hits"))
SEARCH = {"query_params": {"filter": {"type": "property", "comparisonString": "bob@private.example"}}}


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[EdgeApp]:
    async with the_whole_edge(tmp_path) as app:
        yield app


async def call(app: EdgeApp, method: str, path: str, body: object = None, status: int = 200) -> Any:
    content = b"" if body is None else orjson.dumps(body)
    reply = await ask(app, method, f"/tilde/v1{path}", content, OPERATOR)
    assert reply.status == status, reply
    return orjson.loads(reply.body)


async def test_a_token_reaches_some_accounts_and_is_shown_once(app: EdgeApp) -> None:
    await call(app, "POST", "/accounts", {"name": "other"})
    made = await call(app, "POST", "/tokens", {"accounts": ["other", "main"], "name": "board", "made_by": "anna"})

    token = made.pop("token")
    assert len(token) == 32
    assert made.pop("created_at") > 0
    assert made == {
        "id": 1,
        "name": "board",
        "accounts": ["main", "other"],
        "scopes": ["core", "query"],
        "made_by": "anna",
        "exposed_at": None,
    }
    (listed,) = await call(app, "GET", "/tokens")
    assert listed.items() >= made.items()
    assert "token" not in listed
    assert await call(app, "GET", "/tokens/1") == listed
    assert await call(app, "DELETE", "/tokens/1") == listed | {"revoked": True}
    assert await call(app, "GET", "/tokens") == []
    assert (await call(app, "DELETE", "/tokens/1", status=404))["detail"] == "no token has the id 1"


async def test_a_token_of_ones_own_is_taken_as_it_is_unless_somebody_has_it(app: EdgeApp) -> None:
    given = {"accounts": ["main"], "token": "short", "scopes": ["core"]}
    made = await call(app, "POST", "/tokens", given)

    assert (made["token"], made["scopes"]) == ("short", ["core"])
    assert made["warnings"] == ["the token has fewer than 16 characters: it can be guessed"]
    for taken in ("short", TOKEN):
        refused = await call(app, "POST", "/tokens", given | {"token": taken}, 409)
        assert refused["detail"] == "somebody has that token"
    assert (await call(app, "POST", "/tokens", {"accounts": ["nobody"]}, 404))["detail"].startswith("no account")
    await call(app, "POST", "/tokens", {"accounts": []}, 409)
    await call(app, "POST", "/tokens", given | {"scopes": ["all"]}, 422)
    await call(app, "POST", "/tokens", given | {"token": "a b "}, 422)


async def test_what_is_said_of_events_properties_and_metrics_stays_until_something_else_is(app: EdgeApp) -> None:
    """By their names as they are kept, whatever the case; what is not sent stays, and an empty text ends one."""
    of = "/products/1/definitions"
    event = await call(app, "PATCH", f"{of}/events?name=%20Signed:UP", {"display_name": "Joined", "is_visible": False})
    assert event == {"name": "signed up", "display_name": "Joined", "description": "", "is_visible": False}
    event = await call(app, "PATCH", f"{of}/events?name=signed+up", {"display_name": "", "description": "By form."})
    assert event == {"name": "signed up", "display_name": "", "description": "By form.", "is_visible": False}
    prop = await call(app, "PATCH", f"{of}/properties?name=Plan", {"type": "number"})
    assert prop == {"name": "plan", "display_name": "", "description": "", "is_visible": True, "type": "number"}
    metric = await call(
        app, "PATCH", f"{of}/metrics?stat={HITS}", {"title": "Hits", "unit_type": "time", "sort_index": -1}
    )
    assert metric == {
        "stat": HITS,
        "title": "Hits",
        "description": "",
        "is_visible": True,
        "unit_type": "time",
        "color": "",
        "sort_index": -1,
    }
    assert await call(app, "GET", of) == {"events": [event], "properties": [prop], "metrics": [metric]}

    for kind, which in (("events", "name=SIGNED up"), ("properties", "name=plan"), ("metrics", f"stat={HITS}")):
        gone = await call(app, "DELETE", f"{of}/{kind}?{which.replace(' ', '+')}")
        assert gone["deleted"] is True
        refused = await call(app, "DELETE", f"{of}/{kind}?{which.replace(' ', '+')}", status=404)
        assert refused["detail"] == "nothing is said of it"
    assert await call(app, "GET", of) == {"events": [], "properties": [], "metrics": []}
    await call(app, "PATCH", f"{of}/metrics?stat=short", {"title": "x"}, 404)
    await call(app, "PATCH", f"{of}/events?name=x", {"display_name": "d" * 256}, 409)
    await call(app, "PATCH", f"{of}/properties?name=x", {"type": "words"}, 422)
    await call(app, "PATCH", "/products/9/definitions/events?name=x", {"is_visible": True}, 404)


async def test_nothing_is_said_of_what_is_no_stat_of_the_product(app: EdgeApp) -> None:
    """In words: a kept metric is changed by another command."""
    await call(app, "POST", "/accounts", {"name": "other"})
    said, of = {"title": "x"}, "/products/2/definitions"
    foreign = await call(app, "PATCH", f"{of}/metrics?stat={HITS}", said, 404)
    assert (
        foreign["detail"]
        == f"no stat of product 2 has the id '{HITS}': `tilde stat list --account other --product 2` shows its ids"
    )
    assert await call(app, "GET", of) == {"events": [], "properties": [], "metrics": []}

    counts = {"kind": "times", "event": "bought"}
    kept = (await call(app, "POST", "/products/2/metrics", {"title": "k", "counts": counts}))["id"]
    told = f"{kept!r} is a metric that the product keeps: `tilde metric set` says what it is called"
    assert (await call(app, "PATCH", f"{of}/metrics?stat={kept}", said, 404))["detail"] == told
    assert (await call(app, "DELETE", f"{of}/metrics?stat={kept}", status=404))["detail"] == told
    elsewhere = await call(app, "PATCH", f"/products/1/definitions/metrics?stat={kept}", said, 404)
    assert elsewhere["detail"].startswith(f"no stat of product 1 has the id {kept!r}")


async def test_a_report_is_kept_and_nobody_reads_its_question_in_the_log(app: EdgeApp, tmp_path: Path) -> None:
    made = await call(app, "POST", "/products/1/reports", {"name": "Bobs", "question": SEARCH})

    assert UUID(made["id"]).version == 4
    assert made.pop("created_at") > 0
    report = f"/reports/{made['id'].upper()}"
    assert made == {
        "id": made["id"],
        "product": 1,
        "name": "Bobs",
        "report_type": "people_search",
        "question": SEARCH,
    }
    assert (await call(app, "GET", report)).items() >= made.items()
    changed = await call(app, "PATCH", report, {"name": "Other", "question": {"a": [1.5, None]}})
    assert (changed["name"], changed["question"]) == ("Other", {"a": [1.5, None]})
    assert await call(app, "GET", "/products/1/reports") == [changed]
    log = b"".join(
        path.read_bytes() for path in (*edge_folder(tmp_path).rglob("*"), *tmp_path.glob("*")) if path.is_file()
    )
    assert b"Bobs" in log
    assert b"private.example" not in log
    assert (await call(app, "DELETE", report))["deleted"] is True
    for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
        await call(app, method, report, body, 404)


async def test_a_report_that_could_not_be_run_is_refused_when_it_is_kept(tmp_path: Path) -> None:
    """Changed, too. Of a change of its name alone nobody is asked."""
    asked: list[Any] = []

    def look(request: httpx.Request) -> httpx.Response:
        asked.append((request.url.path, *orjson.loads(request.content)))
        return httpx.Response(200, json=["a filter has a type" if asked[-1][1]["question"] == {} else None])

    async with the_whole_edge(tmp_path, httpx.MockTransport(look)) as app:
        refused = await call(app, "POST", "/products/1/reports", {"name": "n", "question": {}}, 422)
        made = await call(app, "POST", "/products/1/reports", {"name": "n", "question": SEARCH})
        await call(app, "PATCH", f"/reports/{made['id']}", {"question": {}}, 422)
        await call(app, "PATCH", f"/reports/{made['id']}", {"report_type": "funnel"})
        renamed = await call(app, "PATCH", f"/reports/{made['id']}", {"name": "m"})

    assert refused["detail"] == "the question cannot be asked: a filter has a type"
    assert (renamed["name"], renamed["question"], renamed["report_type"]) == ("m", SEARCH, "funnel")
    assert [(path, one["report_type"], one["question"]) for path, one in asked] == [
        ("/tilde/v1/products/1/questions", type_, question)
        for type_, question in (
            ("people_search", {}),
            ("people_search", SEARCH),
            ("people_search", {}),
            ("funnel", SEARCH),
        )
    ]


@pytest.mark.parametrize("api", [AWAY, httpx.MockTransport(lambda _: httpx.Response(404))])
async def test_where_nobody_can_look_at_a_report_it_is_kept_and_that_is_told(
    tmp_path: Path, api: httpx.AsyncBaseTransport
) -> None:
    """A command waits for no query API, and one of an older release looks at none."""
    async with the_whole_edge(tmp_path, api) as app:
        made = await call(app, "POST", "/products/1/reports", {"name": "n", "question": SEARCH})
        (kept,) = await call(app, "GET", "/products/1/reports")
    (warning,) = made.pop("warnings")

    assert warning.startswith("nobody has looked whether the question can be asked: the query API ")
    assert made == kept


async def test_a_metric_is_kept_and_nobody_reads_the_value_it_asks_for_in_the_log(app: EdgeApp, tmp_path: Path) -> None:
    """Names are as they are kept, and its unit follows from its kind; a change of what it counts is one of all that."""
    asked = {"property": " Email ", "comparison": "equals", "value": "bob@private.example"}
    counts = {"kind": "conversion", "event": "Visited Site", "then": "Signed:Up", "filter": asked}
    made = await call(app, "POST", "/products/1/metrics", {"title": " Bobs ", "counts": counts, "sort_index": 2})

    assert UUID(made["id"]).version == 4
    assert type(made["number"]) is int
    assert made["created_at"] == made["changed_at"] > 0
    filter_ = {"property": "email", "comparison": "equals", "value": "bob@private.example", "high": ""}
    kept = {"kind": "conversion", "event": "visited site", "then": "signed up", "property": "", "filter": filter_}
    assert made["counts"] == kept
    assert (made["product"], made["title"], made["unit_type"], made["sort_index"]) == (1, "Bobs", "percent", 2)
    path = f"/metrics/{made['id'].upper()}"
    assert await call(app, "GET", path) == made
    total = {"kind": "total", "property": "Amount", "filter": {"property": "plan"}}
    changed = await call(app, "PATCH", path, {"counts": total, "is_visible": False})
    assert (changed["title"], changed["unit_type"], changed["is_visible"]) == ("Bobs", "percent", False)
    assert (changed["counts"]["event"], changed["counts"]["property"]) == ("", "amount")
    assert changed["counts"]["filter"] == {"property": "plan", "comparison": None, "value": "", "high": ""}
    assert await call(app, "GET", "/products/1/metrics") == [changed]
    log = b"".join(
        path.read_bytes() for path in (*edge_folder(tmp_path).rglob("*"), *tmp_path.glob("*")) if path.is_file()
    )
    assert b"Bobs" in log
    assert b"private.example" not in log
    assert (await call(app, "DELETE", path))["deleted"] is True
    for method, body in (("GET", None), ("PATCH", {"title": "x"}), ("DELETE", None)):
        await call(app, method, path, body, 404)


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        ({"kind": "people"}, "a metric has an event"),
        ({"kind": "conversion", "event": "a"}, "a metric of kind conversion has an event that follows"),
        ({"kind": "total", "event": "a"}, "a metric of kind total has a property"),
        ({"kind": "people", "event": "a", "filter": {"property": " "}}, "a filter has the name of a property"),
        (
            {"kind": "people", "event": "a", "filter": {"property": "p", "comparison": "less_than", "value": "x"}},
            "value is 'x': less_than compares with a number",
        ),
    ],
)
async def test_a_metric_that_counts_nothing_is_refused_in_words(app: EdgeApp, counts: Any, why: str) -> None:
    refused = await call(app, "POST", "/products/1/metrics", {"title": "m", "counts": counts}, 422)

    assert why in refused["detail"]


@pytest.mark.parametrize(
    "question", ['{"a":NaN}', '{"a":1e999}', '{"a":' + "[" * 60 + "]" * 60 + "}", "[]", '{"a":"\\ud800"}']
)
async def test_a_question_is_json_that_everybody_reads(app: EdgeApp, question: str) -> None:
    body = f'{{"name":"n","question":{question}}}'.encode()
    reply = await ask(app, "POST", "/tilde/v1/products/1/reports", body, OPERATOR)

    assert reply.status == 422, reply


async def test_a_question_that_is_too_long_is_refused(app: EdgeApp) -> None:
    """Numbers of any size are kept as they are."""
    await call(app, "POST", "/products/1/reports", {"name": "n", "question": {"a": "b" * 16_000}}, 409)
    body = b'{"name":"n","question":{"a":123456789012345678901234567890}}'
    reply = await ask(app, "POST", "/tilde/v1/products/1/reports", body, OPERATOR)
    assert b"123456789012345678901234567890" in reply.body


async def test_all_of_it_is_the_operators_alone(app: EdgeApp) -> None:
    """An account's own token makes none that reaches more than itself."""
    holder = [(b"authorization", b"Bearer " + TOKEN.encode()), (b"content-type", b"application/json")]
    for method, path in (
        ("GET", "/tokens"),
        ("POST", "/tokens"),
        ("DELETE", "/tokens/1"),
        ("GET", "/products/1/definitions"),
        ("PATCH", "/products/1/definitions/events?name=x"),
        ("GET", "/products/1/reports"),
        ("DELETE", "/reports/x"),
        ("POST", "/products/1/metrics"),
        ("PATCH", "/metrics/x"),
    ):
        assert (await ask(app, method, f"/tilde/v1{path}", b"{}", holder)).status == 401, path


@pytest.fixture
def tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """The command line on a folder of its own; it returns what was printed, as JSON."""
    monkeypatch.setenv("TILDE_DATA", str(tmp_path / "data"))

    def tilde(*words: str, code: int = 0) -> Any:
        monkeypatch.setattr("sys.argv", ["tilde", *words])
        with pytest.raises(SystemExit) as ended:
            run()
        told = capsys.readouterr()
        assert (ended.value.code or 0) == code, told.err
        return told.err if code else orjson.loads(told.out)

    return tilde


def test_the_command_line_has_all_of_it(tilde: Callable[..., Any], tmp_path: Path) -> None:
    tilde("account", "create", "a", "--json")
    tilde("account", "create", "b", "--json")
    made = tilde("token", "create", "--account", "a", "--account", "b", "--by", "anna", "--json")
    assert (made["accounts"], made["made_by"], made["scopes"]) == (["a", "b"], "anna", ["core", "query"])
    assert [one["id"] for one in tilde("token", "list", "--json")] == [1]
    assert tilde("token", "revoke", "1", "--json")["revoked"] is True
    assert tilde("token", "list", "--json") == []

    event = tilde("definition", "event", "a", "Signed Up", "--display-name", "Joined", "--hidden", "--json")
    assert (event["name"], event["display_name"], event["is_visible"]) == ("signed up", "Joined", False)
    assert tilde("definition", "property", "1", "Plan", "--type", "text", "--json")["type"] == "text"
    assert "no stat of product 1 has the id" in tilde("definition", "metric", "1", HITS, "--title", "Hits", code=1)
    tilde("stat", "create", "hits", "--account", "a", "--counter", "--json")
    assert tilde("definition", "metric", "1", HITS, "--title", "Hits", "--json")["title"] == "Hits"
    assert [len(them) for them in tilde("definition", "list", "a", "--json").values()] == [1, 1, 1]
    assert tilde("definition", "event", "1", "signed up", "--delete", "--json")["deleted"] is True
    told = "say what to set: --display-name, --description, --visible or --hidden; or --delete alone"
    assert told in tilde("definition", "event", "1", "x", code=1)
    assert told in tilde("definition", "event", "1", "x", "--visible", "--delete", code=1)

    question = tmp_path / "search.json"
    question.write_text(orjson.dumps(SEARCH).decode())
    report = tilde("saved-report", "create", "a", "Bobs", "--question", str(question), "--json")
    assert report["report_type"] == "people_search"
    assert tilde("saved-report", "list", "1", "--json") == [report]
    assert tilde("saved-report", "set", report["id"], "--name", "All", "--json")["name"] == "All"
    assert tilde("saved-report", "show", report["id"])["question"] == SEARCH["query_params"]
    assert tilde("saved-report", "delete", report["id"], "--json")["deleted"] is True
    put = {"product_id": 1, "query_type": "people_count", **SEARCH}
    question.write_text(orjson.dumps(put).decode())
    report = tilde("saved-report", "create", "a", "As it is put", "--question", str(question), "--json")
    assert report["report_type"] == "people_count"
    assert tilde("saved-report", "show", report["id"])["question"] == SEARCH["query_params"]
    more = ("--question", str(question), "--type", "people_search", "--json")
    assert tilde("saved-report", "set", report["id"], *more)["report_type"] == "people_search"
    assert tilde("saved-report", "set", report["id"], *more[:2], "--json")["report_type"] == "people_count"
    question.write_text(orjson.dumps({**put, "date_range": "today"}).decode())
    told = "date_range beside query_params is not kept with a report: say it in query_params"
    assert told in tilde("saved-report", "create", "1", "x", "--question", str(question), code=1)
    question.write_text("[]")
    assert "is no JSON object" in tilde("saved-report", "create", "1", "x", "--question", str(question), code=1)
    assert "is no report's id" in tilde("saved-report", "show", "../x", code=1)


def test_the_command_line_keeps_metrics(tilde: Callable[..., Any]) -> None:
    tilde("account", "create", "a", "--json")
    counting = ("--kind", "conversion", "--event", "Visited Site", "--then", "Signed Up")
    where = ("--where", "plan", "--is", "equals", "--value", "Gold")
    made = tilde("metric", "create", "a", "Signups", *counting, *where, "--hidden", "--sort-index", "3", "--json")
    assert (made["title"], made["unit_type"], made["is_visible"], made["sort_index"]) == (
        "Signups",
        "percent",
        False,
        3,
    )
    assert made["counts"]["filter"]["value"] == "Gold"
    assert tilde("metric", "list", "1", "--json") == [made]
    assert tilde("metric", "set", made["id"], "--title", "All", "--visible", "--json")["counts"] == made["counts"]
    changed = tilde("metric", "set", made["id"], "--kind", "times", "--event", "b", "--json")
    assert (changed["title"], changed["counts"]["filter"], changed["counts"]["then"]) == ("All", None, "")
    assert tilde("metric", "show", made["id"]) == changed
    assert "give --kind, too" in tilde("metric", "set", made["id"], "--event", "c", code=1)
    assert "give --where, too" in tilde("metric", "create", "1", "x", *counting, "--value", "Gold", code=1)
    assert "is no metric's id" in tilde("metric", "show", "../x", code=1)
    assert tilde("metric", "delete", made["id"], "--json")["deleted"] is True
