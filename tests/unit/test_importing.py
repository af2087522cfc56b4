"""What another service has exported, taken in: line by line, in portions, and on from where it broke off."""

import gzip
import re
import zlib
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from producers.kissmetrics.export_lines import said_in_line
from producers.kissmetrics.reading import Said
from producers.kissmetrics.reasons import Reason, Rejection, told_of_line
from producers.people.lines import Lines, LinesRefusedError
from run.cli import importing, operated
from run.cli.main import app
from testkit.activity import PRODUCT, an_activity_edge
from testkit.asking import JSON, ask
from testkit.operators import AnsweringOperator, Asked
from testkit.whole_edge import OPERATOR_TOKEN, the_whole_edge
from tilde.errors import TildeError
from tilde.own_paths import LINE_BYTES_MAX, LINES_MAX

T = 1409324310
OPERATORS = [(b"authorization", b"Bearer " + OPERATOR_TOKEN.encode()), *JSON]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            {"_p": "ann", "_t": T, "_n": "Purchased", "Amount": 99.95, "gift": None},
            Said("ann", T, "purchased", None, {"amount": "99.95"}.items()),
        ),
        ({"_p": "ann", "_t": str(T), "Plan": "Gold"}, Said("ann", T, None, None, {"plan": "Gold"}.items())),
        ({"_p": "ann", "_t": float(T), "_n": "a"}, Said("ann", T, "a", None, {}.items())),
        ({"_p": "ann", "_t": f"{T}.0", "_n": "a"}, Said("ann", T, "a", None, {}.items())),
        ({"_p": "anonymous", "_p2": "ann", "_t": T}, Said("anonymous", T, None, "ann")),
        ({"_p": "ann", "_t": T, "_n": "a", "_d": 0}, Said("ann", T, "a", None, {}.items())),
    ],
)
def test_a_line_says_what_a_request_would(line: dict[str, Any], said: Said) -> None:
    found = said_in_line(line)

    assert dict(found.properties) == dict(said.properties)
    assert list(found.unknown) == []
    assert found._replace(properties=(), unknown=()) == said._replace(properties=(), unknown=())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"_p": "ann", "_n": "a"}, Reason.NO_T),
        ({"_p": "ann", "_n": "a", "_t": "soon"}, Reason.BAD_T),
        ({"_p": "ann", "_n": "a", "_t": T + 0.5}, Reason.BAD_T),
        ({"_n": "a", "_t": T}, Reason.NO_PERSON),
        ({"_p": "ann", "_t": T}, Reason.NOTHING_SAID),
        ({"_p": "ann", "_p2": "ann", "_t": T}, Reason.NOTHING_SAID),
        ({"_p": "ann", "_t": T, "a": [1]}, Reason.BAD_ITEM),
        ({"_p": "ann", "_t": T, "a": "b\ud800"}, Reason.BAD_ITEM),
        ({"_p": "ann", "_t": T, "a\udfff": "b"}, Reason.BAD_ITEM),
        ({"_p": "ann", "_p2": "\ud800b", "_t": T}, Reason.BAD_ITEM),
        ({"_p": "ann", "_t": T, "a": float("nan")}, Reason.BAD_ITEM),
        ({"_p": "ann", "_t": T, "_n": "a", "_x": float("-inf")}, Reason.BAD_ITEM),
        ([], Reason.BAD_ITEM),
    ],
)
def test_one_that_says_nothing_is_left_out(line: Any, reason: Reason) -> None:
    with pytest.raises(Rejection) as rejected:
        said_in_line(line)
    assert rejected.value.reason is reason
    assert told_of_line(reason).startswith(f"{reason.value}: ")


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (Reason.NO_T, "no_t: it has no time, _t"),
        (Reason.BAD_T, "bad_t: its time, _t, is no unix second: it has a fraction, is in milliseconds, or is no time"),
        (Reason.NO_PERSON, "no_person: it has no person, _p"),
    ],
)
def test_why_a_line_is_left_out_is_told_in_words(reason: Reason, told: str) -> None:
    """Behind the name by which it is counted."""
    assert told_of_line(reason) == told


async def test_lines_are_taken_for_the_operator_and_those_left_out_are_named(tmp_path: Path) -> None:
    lines = [{"_p": "ann", "_t": T, "_n": "a"}, {"_p": "ann"}, {"_p": "b", "_p2": "ann", "_t": T}]
    body = orjson.dumps({"lines": lines})
    async with the_whole_edge(tmp_path) as edge:
        taken = await ask(edge, "POST", "/tilde/v1/products/1/activity", body, OPERATORS)
        assert (taken.status, orjson.loads(taken.body)) == (
            200,
            {"taken": 2, "errors": [{"index": 1, "message": "no_t: it has no time, _t"}]},
        )
        statuses = [
            (await ask(edge, "POST", f"/tilde/v1/products/{product}/activity", content, headers)).status
            for product, content, headers in (
                (1, body, JSON),
                (77, body, OPERATORS),
                (1, b'{"lines": []}', OPERATORS),
                (1, b'{"lines": [[]]}', OPERATORS),
                (1, orjson.dumps({"lines": lines * LINES_MAX}), OPERATORS),
            )
        ]
    assert statuses == [401, 404, 422, 422, 422]


@pytest.mark.parametrize("reason", [Reason.CLOCK_IS_WRONG, Reason.LOG_NOT_WRITABLE])
async def test_lines_that_cannot_be_kept_are_503_and_counted(tmp_path: Path, reason: Reason) -> None:
    """As a request, or a batch, of the product is."""
    edge = await an_activity_edge(tmp_path)
    body = orjson.dumps({"lines": [{"_p": "ann", "_t": T, "_n": "a"}]})
    if reason is Reason.CLOCK_IS_WRONG:
        edge.clock.advance(-edge.clock.now_ms())
    else:
        edge.writer.is_full = True
    answer = await ask(edge.app, "POST", f"/tilde/v1/products/{PRODUCT}/activity", body, OPERATORS)

    assert (answer.status, orjson.loads(answer.body)) == (503, {"detail": reason.value})
    assert edge.intake.tally.refused == {reason: 1}
    assert edge.intake.tally.refused_of == {(PRODUCT, reason): 1}


async def test_where_no_dialect_takes_lines_they_are_refused() -> None:
    with pytest.raises(LinesRefusedError, match="nobody takes lines of an export"):
        await Lines().take(PRODUCT, [{"_p": "ann"}])


class Taking:
    """An operator that takes lines, or breaks off at one of its calls."""

    def __init__(self, breaks_at: int = 0) -> None:
        self.calls = 0
        self._breaks_at = breaks_at

    def __call__(self, asked: Asked) -> list[bytes]:
        self.calls += 1
        if self.calls == self._breaks_at:
            raise TildeError("Tilde is away")
        assert asked.body is not None
        wrong = [index for index, line in enumerate(asked.body["lines"]) if line["_n"] == "wrong"]
        errors = [{"index": index, "message": "bad_t"} for index in wrong]
        return [orjson.dumps({"taken": len(asked.body["lines"]) - len(wrong), "errors": errors})]


def imported(monkeypatch: pytest.MonkeyPatch, taking: Taking, *options: str) -> tuple[str, list[Any], int]:
    operator = AnsweringOperator(taking)
    monkeypatch.setattr(operated, "operator", operator.as_operator)
    done = CliRunner().invoke(app, ["import", "kissmetrics", "--product", "7", *options])
    assert {(asked.method, asked.path) for asked in operator.asked} <= {("POST", "/tilde/v1/products/7/activity")}
    told = done.output + str(done.exception or "")
    return told, [line for asked in operator.asked for line in (asked.body or {})["lines"]], done.exit_code


def a_file(folder: Path, many: int, wrong: int = -1) -> tuple[str, list[dict[str, Any]]]:
    lines = [{"_p": "ann", "_t": T + n, "_n": "wrong" if n == wrong else "a"} for n in range(many)]
    path = folder / "export.json"
    path.write_bytes(b"\n".join([*map(orjson.dumps, lines[:2]), b"", *map(orjson.dumps, lines[2:])]))
    return str(path), lines


def test_all_lines_go_in_portions_and_those_left_out_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By their numbers in the file, empty lines counted."""
    path, lines = a_file(tmp_path, 2 * LINES_MAX, wrong=5)
    taking = Taking()
    told, sent, code = imported(monkeypatch, taking, path)

    assert (sent, taking.calls, code) == (lines, 3, 0)
    assert f"{2 * LINES_MAX - 1} lines taken, 1 left out" in told
    assert "line 7 is left out: bad_t" in told


def test_it_goes_on_from_the_line_that_it_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, lines = a_file(tmp_path, 3 * LINES_MAX)
    told, before, code = imported(monkeypatch, Taking(breaks_at=2), path)
    assert code != 0
    assert f"Tilde is away; go on with --from-line {LINES_MAX + 1}" in told

    _, after, code = imported(monkeypatch, Taking(), path, "--from-line", str(LINES_MAX + 1))
    assert code == 0
    assert before[: LINES_MAX - 1] + after == lines


def test_a_portion_is_no_larger_than_it_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "PORTION_BYTES", 100)
    path, lines = a_file(tmp_path, 10)
    taking = Taking()
    _, sent, _ = imported(monkeypatch, taking, path)
    assert sent == lines
    assert taking.calls >= 4


def test_a_line_that_is_no_object_is_left_out_as_others_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those around it are taken; it is told by its number, among those that Tilde did not take."""
    good = {"_p": "ann", "_t": T, "_n": "a"}
    lines = [orjson.dumps(good), b"{", orjson.dumps({**good, "_n": "wrong"}), b"[]", b"\xff", orjson.dumps(good)]
    (tmp_path / "file").write_bytes(b"\n".join(lines))
    told, sent, code = imported(monkeypatch, Taking(), str(tmp_path / "file"))

    assert ([line["_n"] for line in sent], code) == (["a", "wrong", "a"], 0)
    assert "2 lines taken, 4 left out" in told
    assert re.findall(r"line (\d+) is left out: (bad_t|it is no JSON object|it is no JSON:)", told) == [
        ("2", "it is no JSON:"),
        ("3", "bad_t"),
        ("4", "it is no JSON object"),
        ("5", "it is no JSON:"),
    ]


def test_a_line_that_no_request_can_have_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than a MiB, or deeper than a parser goes: it is told by its number, and those around it are taken."""
    good, long = b'{"_p":"ann","_t":%d,"_n":"a"}' % T, LINE_BYTES_MAX
    too_long = [b'{"_n":"%b"}' % (b"x" * many) for many in (long - 8, 3 * long)]
    lines = [
        good,
        *too_long,
        b'{"_n":' * 900 + b"1" + b"}" * 900,
        good,
        b'{"_n":"%b"}' % (b"x" * (long - 9)),
        b"x" * long,
    ]
    (tmp_path / "file").write_bytes(b"\n".join(lines))
    told, sent, code = imported(monkeypatch, Taking(), str(tmp_path / "file"))

    assert ([line["_n"][:1] for line in sent], code) == (["a", "a", "x"], 0)
    assert max(len(orjson.dumps({"lines": [line]})) for line in sent) < 1 << 20
    assert re.findall(r"line (\d+) is left out: (it is longer|a value of it|it is no JSON:)", told) == [
        ("2", "it is longer"),
        ("3", "it is longer"),
        ("4", "a value of it"),
        ("7", "it is no JSON:"),
    ]


def test_a_mark_in_front_of_a_file_is_no_part_of_its_first_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editor leaves it there."""
    line = {"_p": "ann", "_t": T, "_n": "a"}
    (tmp_path / "file").write_bytes(b"\xef\xbb\xbf" + orjson.dumps(line) + b"\r\n" + orjson.dumps(line))
    told, sent, _ = imported(monkeypatch, Taking(), str(tmp_path / "file"))

    assert sent == [line, line]
    assert "2 lines taken, 0 left out" in told


def test_a_file_of_nothing_that_can_be_taken_asks_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And has gone wrong."""
    (tmp_path / "file").write_bytes(b"[]\n{")
    taking = Taking()
    told, sent, code = imported(monkeypatch, taking, str(tmp_path / "file"))
    assert (sent, taking.calls, code) == ([], 0, 1)
    assert "0 lines taken, 2 left out" in told
    assert "no line of file could be taken" in told


def test_a_file_of_no_lines_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So is one of which all was taken before: where it broke off behind the last line, that is the next one."""
    (tmp_path / "file").write_bytes(b"")
    told, _, code = imported(monkeypatch, Taking(), str(tmp_path / "file"))
    assert ("0 lines taken, 0 left out" in told, code) == (True, 0)
    path, _ = a_file(tmp_path, 3)
    told, _, code = imported(monkeypatch, Taking(), path, "--from-line", "5")
    assert ("0 lines taken, 0 left out" in told, code) == (True, 0)


def test_a_file_that_ends_before_the_line_to_begin_with_is_the_wrong_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = a_file(tmp_path, 3)
    told, sent, code = imported(monkeypatch, Taking(), path, "--from-line", "999")
    assert ("export.json ends before line 999: it has 4 lines" in told, sent, code) == (True, [], 1)


def test_what_is_no_json_is_told_with_one_line_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file's. Where in the line it breaks is a character, from 1."""
    good = orjson.dumps({"_p": "ann", "_t": T, "_n": "a"})
    (tmp_path / "file").write_bytes(good + b"\noh\n" + b'{"_p"\n' + good)
    told, _, _ = imported(monkeypatch, Taking(), str(tmp_path / "file"))
    found = re.findall(r"line (\d+) is left out: it is no JSON: unexpected [^:\n]+, at character (\d+)\n", told)
    assert found == [("2", "1"), ("3", "7")]


def a_cut_file(folder: Path, lines: list[dict[str, Any]], ends_behind: int) -> Path:
    """Packed, and cut off in the middle of the line behind so many."""
    whole = [orjson.dumps(line) + b"\n" for line in lines]
    packing = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    begun = b"".join(whole[:ends_behind]) + whole[ends_behind][:9]
    path = folder / "cut.json.gz"
    path.write_bytes(packing.compress(begun) + packing.flush(zlib.Z_SYNC_FLUSH))
    return path


def test_of_a_packed_file_that_was_cut_off_each_whole_line_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the first one that was not is that to go on with, once the file is whole."""
    lines = [{"_p": "ann", "_t": T + n, "_n": "wrong" if n == 7 else "a"} for n in range(600)]
    path = a_cut_file(tmp_path, lines, ends_behind=590)
    told, sent, code = imported(monkeypatch, Taking(), str(path))

    assert (sent, code) == (lines[:590], 1)
    assert "line 8 is left out: bad_t" in told
    assert "cut.json.gz is no whole gzip file: Compressed file ended before the end-of-stream marker" in told
    assert "; 589 lines taken, 1 left out; go on with --from-line 591" in told
    whole = tmp_path / "whole.json.gz"
    whole.write_bytes(gzip.compress(b"\n".join(map(orjson.dumps, lines))))
    told, rest, code = imported(monkeypatch, Taking(), str(whole), "--from-line", "591")
    assert (rest, code) == (lines[590:], 0)


def test_a_cut_file_that_ends_before_the_line_to_begin_with_says_that_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = a_cut_file(tmp_path, [{"_p": "ann", "_t": T + n, "_n": "a"} for n in range(9)], ends_behind=5)
    told, sent, code = imported(monkeypatch, Taking(), str(path), "--from-line", "8")
    assert (sent, code) == ([], 1)
    assert "go on with --from-line 8" in told


def test_a_packed_file_is_read_whatever_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [{"_p": "ann", "_t": T + n, "_n": "a"} for n in range(3)]
    (tmp_path / "export.json").write_bytes(gzip.compress(b"\n".join(map(orjson.dumps, lines))))
    told, sent, code = imported(monkeypatch, Taking(), str(tmp_path / "export.json"))
    assert (sent, code) == (lines, 0)
    assert "3 lines taken, 0 left out" in told
