"""`tilde up` as a user meets it: start, post, read back, stop, start again; accounts and stats beside it and without
it.
"""

import json
import os
import signal
import socket
import subprocess

import httpx
import pytest

from producers.stathat.reasons import Reason
from producers.stathat.replies import MESSAGES
from run.roles.first_account import FIRST_ACCOUNT
from testkit.running import TILDE
from testkit.waiting import PATIENCE_S, until

pytestmark = pytest.mark.e2e


def post(tilde, stat, **fields):
    """One EZ post; returns the reply."""
    return tilde.client.post("/ez", data={"ezkey": tilde.account["ezkey"], "stat": stat, **fields}).json()


def statlist(tilde, token=None):
    return tilde.client.get(f"/x/{token or tilde.account['token']}/statlist").json()


def test_a_post_is_read_back(shared):
    assert post(shared, "page view", count=2) == {"status": 200, "msg": "ok"}
    shared.wait_counted()
    (stat,) = statlist(shared)

    assert stat["name"] == "page view"
    assert stat["counter"] is True
    data = shared.client.get(f"/x/{shared.account['token']}/data/{stat['id']}?t=1d1h").json()
    assert sum(point["value"] for point in data[0]["points"]) == 2


def test_the_first_start_prints_an_account_and_lines_to_try(shared):
    """Each does what it says, with a key that is in it."""
    printed = shared.output()

    assert f"listens on {shared.url}" in printed
    assert f"The first account, {FIRST_ACCOUNT}:" in printed
    commands = [line for line in printed.splitlines() if line.startswith("  curl") and " -d " in line]
    done = [subprocess.run(each, shell=True, capture_output=True, text=True, check=True) for each in commands[:2]]
    assert [each.stdout for each in done] == ['{"status":200,"msg":"ok"}', ""]
    shared.wait_counted()
    assert shared.sql("SELECT event, total FROM events WHERE product = 1") == [{"event": "signed up", "total": 1}]


def test_it_stops_on_sigterm_and_goes_on_where_it_was(shared):
    post(shared, "kept", count=1)

    assert shared.stop() == 0

    shared.start()
    post(shared, "kept", count=1)
    shared.wait_counted()
    assert [number for _, number in shared.points("kept", "counter")] == [1, 1]


def test_its_processes_end_when_it_is_killed(shared):
    children = [shared.child("edge"), shared.child("pipeline")]

    shared.kill(signal.SIGKILL)

    shared.start()  # takes the folder's lock, which they inherited
    assert shared.child("edge") not in children
    assert shared.child("pipeline") not in children


def test_a_second_one_on_the_folder_is_refused_in_one_line(shared):
    second = subprocess.run([*TILDE, "up", "--data", str(shared.data)], capture_output=True, text=True, check=False)

    assert second.returncode == 1
    assert second.stderr.strip() == f"tilde: another Tilde runs on {shared.data}"


def test_its_watchers_run_beside_it(shared):
    """In the folder that it holds, in a process of their own."""
    names = {path.name for path in shared.data.iterdir()}

    assert names >= {"edge", "catalog.log", "bell.sock", "api.sock", "commands.sock", "watchers.log"}
    assert shared.child("watchers") not in (None, shared.child("edge"), shared.child("pipeline"))


def test_another_master_secret_is_refused_in_one_line(shared):
    """Every key would be unknown, and every post dropped as StatHat does: better not to start."""
    shared.stop()
    command = [*TILDE, "up", "--data", str(shared.data), "--port", "1"]
    environment = os.environ | {"TILDE_KEY": "ab" * 32}
    refused = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=30)
    shared.start()

    assert refused.returncode == 1
    assert refused.stderr.startswith("tilde: a key in the catalog was sealed with another master secret")
    assert len(refused.stderr.splitlines()) == 1


def test_a_taken_port_is_told_in_one_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [*TILDE, "up", "--data", str(tmp_path), "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr.startswith(f"tilde: cannot listen on 127.0.0.1:{port}: the port is in use by ")
    assert done.stderr.endswith(" (another one: --port N, or TILDE_PORT=N)\n")
    assert done.stderr.count("\n") == 1


def test_accounts_are_the_same_with_and_without_a_running_tilde(shared):
    before = json.loads(shared.run("account", "list", "--json"))
    shared.stop()
    created = json.loads(shared.run("account", "create", "offline", "--ezkey", "an old ezkey of mine", "--json"))
    shared.start()

    names = [account["name"] for account in before]
    assert names[0] == FIRST_ACCOUNT
    assert shared.account["name"] in names
    assert created["ezkey"] == "an old ezkey of mine"
    assert json.loads(shared.run("account", "list", "--json"))[-1]["name"] == "offline"
    reply = shared.client.post("/ez", data={"ezkey": "an old ezkey of mine", "stat": "x", "count": 1})
    assert reply.json() == {"status": 200, "msg": "ok"}


def test_a_rotated_key_ends_at_once(shared):
    old = shared.account["ezkey"]
    new = json.loads(shared.run("account", "rotate", shared.account["name"], "ezkey", "--json"))["ezkey"]

    assert post(shared, "x", count=1) == {"status": 500, "msg": "invalid ezkey"}
    shared.account["ezkey"] = new
    assert post(shared, "x", count=1) == {"status": 200, "msg": "ok"}
    assert old != new


def test_a_classic_stat_counts_from_its_key(shared):
    stat = json.loads(
        shared.run("stat", "create", "made by hand", "--account", shared.account["name"], "--value", "--json")
    )
    keys = {"key": stat["key"], "ukey": shared.account["ukey"]}

    assert shared.client.post("/v", data={**keys, "value": "2.5"}).json() == {"status": 200, "msg": "ok"}
    assert shared.client.post("/c", data={**keys, "count": "1"}).json() == {"status": 500, "msg": "wrong kind"}
    shared.wait_counted()
    assert [number for _, number in shared.points("made by hand", "value")] == [2.5]


def test_a_deleted_stat_can_be_restored_and_starts_anew_otherwise(shared):
    post(shared, "gone", count=5)
    shared.wait_counted()
    (stat,) = statlist(shared)
    token = shared.account["token"]

    assert shared.client.delete(f"/x/{token}/stats/{stat['id']}").json() == {"msg": "stat deleted."}
    assert statlist(shared) == []
    assert shared.client.delete(f"/x/{token}/stats/{stat['id']}").status_code == 404
    (trashed,) = json.loads(shared.run("stat", "trash", "--account", shared.account["name"], "--json"))
    assert (trashed["id"], trashed["name"]) == (stat["id"], stat["name"])
    assert stat["name"] in shared.run("stat", "trash", "--account", shared.account["name"])
    shared.run("stat", "restore", stat["id"], "--account", shared.account["name"])
    assert [found["id"] for found in statlist(shared)] == [stat["id"]]


def test_a_write_key_reads_nothing_and_a_token_sends_nothing(shared):
    answer = shared.client.get(f"/x/{shared.account['ezkey']}/statlist")
    sent = shared.client.post("/ez", data={"ezkey": shared.account["token"], "stat": "x", "count": 1})

    assert answer.status_code == 401
    assert sent.json() == {"status": 500, "msg": "invalid ezkey"}


def test_no_key_stands_in_a_file_in_plain_text(shared):
    """Catalog, logs, tables: the keys are hashed and sealed, the e-mail address too, but for whom a letter is to."""
    post(shared, "x", count=1)
    shared.wait_counted()
    shared.stop()
    keys = [shared.account[kind] for kind in ("ezkey", "ukey", "token", "api_key", "white_label_key", "email")]
    shown = ("up.out", "operator_token")
    files = [
        path for path in shared.data.rglob("*") if path.is_file() and path.name not in shown and path.suffix != ".eml"
    ]

    found = [(path.name, key) for path in files for key in keys if key.encode() in path.read_bytes()]
    assert len(files) > 5
    assert found == []


def test_tail_prints_what_came_in(shared):
    post(shared, "seen~a,b", count=7)
    lines = shared.run("tail", "stats", "--from-start", "--no-follow").splitlines()

    assert [event["number"] for event in map(json.loads, lines) if event["name"] == "seen~a,b"] == [7.0]


@pytest.mark.parametrize("target", ["/ez", "api.stathat.com:80"])
def test_a_connect_request_is_answered_and_hurts_nobody(shared, target):
    """It once made the parser feed itself for ever."""
    with socket.create_connection((shared.host, shared.port), timeout=PATIENCE_S) as asking:
        asking.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        answer = asking.recv(4096)

    assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 503"))
    assert post(shared, "after it", count=1) == {"status": 200, "msg": "ok"}


def test_white_space_around_a_header_value_is_no_reason_to_fail(shared):
    with socket.create_connection((shared.host, shared.port), timeout=PATIENCE_S) as asking:
        path = f"/x/{shared.account['token']}/statlist"
        asking.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nX-A: b \r\nConnection: close\r\n\r\n".encode())
        answer = asking.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.lower().count(b"\ndate:") == 1


def test_only_a_generation_that_was_built_can_be_read(shared):
    for generation, status in ((99, 409), (2, 409), (99999999999999999999999, 422)):
        path = f"/tilde/v1/generations/{generation}/activate"
        assert shared.client.post(path, headers=shared.operator()).status_code == status

    assert post(shared, "still here", count=1) == {"status": 200, "msg": "ok"}
    shared.wait_counted()
    assert [stat["name"] for stat in statlist(shared)] == ["still here"]


def test_a_token_of_nobody_deletes_nothing(shared):
    answer = shared.client.delete("/x/nobodys/stats/0U9DiwS5R")

    assert (answer.status_code, answer.json()) == (401, {"msg": MESSAGES[Reason.INVALID_TOKEN]})


EXPENSIVE_ROWS = (  # and no memory, or the engine ends it by itself
    "SELECT sum(editDistance(materialize(repeat('a', 20000)), repeat(char(98 + number % 3), 20000))) FROM numbers(1000)"
)


def statements_that_run(tilde) -> int:
    """Processes of the pipeline that were begun for a statement of SQL."""
    return sum("tilde.store.sql_process" in command for command in tilde.children("pipeline"))


def hears_ctrl_c() -> None:
    """In a child of tests that run in the background, where a shell has SIGINT ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_ctrl_c_ends_a_statement_and_others_never_wait_for_it(shared):
    """A statement that would take a quarter of an hour, twice; what the client asked for goes when the client goes."""
    post(shared, "kept", count=1)
    shared.wait_counted()
    command = [*TILDE, "sql", "--data", str(shared.data), EXPENSIVE_ROWS]
    asked = [subprocess.Popen(command, preexec_fn=hears_ctrl_c) for _ in range(2)]  # noqa: PLW1509 - no thread is there
    until(lambda: statements_that_run(shared) == len(asked), PATIENCE_S, lambda: "the statements do not run")
    export = shared.client.get("/tilde/v1/export", headers={"authorization": f"Bearer {shared.account['token']}"})
    assert export.text.count("kept") == 1
    for client in asked:
        client.send_signal(signal.SIGINT)
        client.wait(PATIENCE_S)
    until(lambda: statements_that_run(shared) == 0, PATIENCE_S, lambda: "a statement goes on")

    product = shared.account["product"]["id"]
    assert shared.sql(f"SELECT count() AS n FROM points WHERE product = {product}") == [{"n": 1}]


def test_an_answer_that_is_too_large_is_cut_off_and_told_in_a_line(shared):
    """Whoever reads it to its end sees that there is none: a shorter answer would pass for a whole one."""
    statement = {"query": f"SELECT number AS {'n' * 1000} FROM numbers(1000000)", "format": "json"}
    with pytest.raises(httpx.RemoteProtocolError):
        shared.client.post("/tilde/v1/sql", headers=shared.operator(), json=statement, timeout=60)

    assert "Traceback" not in shared.output()
    assert shared.sql("SELECT 1 AS n") == [{"n": 1}]
