"""SQL that anybody may write who may ask about a product's people: what is read, and that nothing of it gets through."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.kissmetrics.records import functions, records, sources
from api.kissmetrics.records.compiled import TABLES_MAX, About, Compiled, compiled
from api.kissmetrics.records.meanings import (
    EVENT,
    IDENTITY,
    IDENTITY_NUMBER,
    NUMBER,
    PERSON,
    PLAIN,
    FoundColumn,
    Meaning,
    ValueKind,
)
from api.kissmetrics.records.noted import Noted
from api.kissmetrics.records.queries import query_in
from api.kissmetrics.records.reading import NESTED_MAX
from api.kissmetrics.records.ruled_functions import RULED
from api.kissmetrics.records.words import CHARACTERS_MAX
from tilde.domain.people.question import QuestionError
from tilde.store.sql import statement

ROWS_MAX = 100


def compile_it(sql: str, noted: Noted | None = None) -> Compiled:
    return compiled(query_in(sql), About(7), noted or Noted(), ROWS_MAX)


HOSTILE = [
    "",
    ";",
    "SELECT",
    "SELECT 1; SELECT 2",
    "DROP TABLE records",
    "INSERT INTO records SELECT 1",
    "ALTER TABLE records DELETE WHERE 1",
    "KILL QUERY WHERE 1",
    "EXPLAIN SELECT 1",
    "SHOW TABLES",
    "SET max_threads = 1",
    "SYSTEM SHUTDOWN",
    "SELECT 1 FORMAT Native",
    "SELECT 1 INTO OUTFILE '/tmp/x'",
    "SELECT 1 SETTINGS max_memory_usage = 0",
    "SELECT * FROM (SELECT 1 SETTINGS max_memory_usage = 0) AS x",
    "SELECT * FROM occurrences",
    "SELECT * FROM people",
    "SELECT * FROM tilde.people",
    "SELECT * FROM tilde_g1.occurrences",
    "SELECT * FROM `tilde_g1.occurrences`",
    'SELECT * FROM "tilde_g1"."occurrences"',
    "SELECT * FROM system.tables",
    "SELECT * FROM `system`.`tables`",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM records, people",
    "SELECT * FROM records JOIN people ON 1 = 1",
    "SELECT * FROM records CROSS JOIN records",
    "SELECT * FROM records a JOIN records b USING (person)",
    "SELECT event FROM records UNION ALL SELECT who FROM people",
    "SELECT 1 FROM records WHERE person IN (SELECT identity FROM people)",
    "SELECT (SELECT count(*) FROM property_values)",
    "WITH records AS (SELECT * FROM occurrences) SELECT * FROM records",
    "WITH a AS (SELECT * FROM a) SELECT * FROM a",
    "WITH RECURSIVE a AS (SELECT 1) SELECT * FROM a",
    "WITH 1 AS x SELECT x",
    "SELECT * FROM records.people",
    "SELECT t1.who FROM records",
    "SELECT who FROM records",
    "SELECT said FROM records",
    "SELECT identity FROM records",
    "SELECT * FROM numbers(1000000000000)",
    "SELECT * FROM file('/etc/passwd')",
    "SELECT * FROM url('http://localhost/', CSV)",
    "SELECT * FROM remote('localhost', system.one)",
    "SELECT * FROM merge('tilde', '.*')",
    "SELECT * FROM executable('id', TSV, 'x String')",
    "SELECT file('/etc/passwd')",
    "SELECT dictGet('d', 'a', 1)",
    "SELECT joinGet('d', 'a', 1)",
    "SELECT sleep(3)",
    "SELECT sleepEachRow(3) FROM records",
    "SELECT getSetting('max_threads')",
    "SELECT currentUser()",
    "SELECT hostName()",
    "SELECT version()",
    "SELECT catboostEvaluate('x', 1)",
    "SELECT repeat('x', 1000000000)",
    "SELECT range(1000000000)",
    "SELECT replace(event, 'a', 'aaaaaaaaaa') FROM records",
    "SELECT groupArray(event) FROM records",
    "SELECT arrayMap(x -> x, [1])",
    "SELECT [1, 2]",
    "SELECT (1, 2)",
    "SELECT {p:String}",
    "SELECT {'a': 1}",
    "SELECT @@version",
    "SELECT ?",
    "SELECT 1::String",
    "SELECT CAST(1 AS Array(UInt8))",
    "SELECT CAST(1 AS Nullable(String))",
    "SELECT CAST('x' AS Dynamic)",
    "SELECT * APPLY(sum) FROM records",
    "SELECT COLUMNS('.*') FROM records",
    "SELECT * EXCEPT (event) FROM records",
    "SELECT * REPLACE (1 AS event) FROM records",
    "SELECT * FROM records FINAL SAMPLE 1",
    "SELECT * FROM records PREWHERE 1",
    "SELECT * FROM records ARRAY JOIN [1] AS x",
    "SELECT * FROM records LIMIT 1 BY event",
    "SELECT * FROM records LIMIT 1 WITH TIES",
    "SELECT event FROM records GROUP BY event WITH ROLLUP",
    "SELECT row_number() OVER (ORDER BY event) FROM records",
    "SELECT sum(1) FILTER (WHERE 1) FROM records",
    "SELECT quantile(0.5)(timestamp_ms) FROM records",
    "SELECT count(DISTINCT event, person) FROM records",
    "SELECT sum(DISTINCT timestamp_ms) FROM records",
    "SELECT 'a",
    'SELECT "a',
    "SELECT `a",
    "SELECT /* 1",
    "SELECT 1 /* /* */ */",
    "SELECT 'a' 'b'",
    "SELECT 1 # comment",
    "SELECT 0x10",
    "SELECT 1e999",
    "SELECT \\N",
    "SELECT ＊ FROM records",
    "SELECT\u00a01",
    "SELECT 'a\0b'",
    "SELECT '\ud800'",
    "SELECT * FROM records LIMIT -1",
    "SELECT * FROM records LIMIT 1e9",
    "SELECT * FROM records LIMIT 9999999999",
    "SELECT property_value(event) FROM records",
    "SELECT property_value('') FROM records",
    "SELECT property_value('plan')",
    "SELECT property_value('plan') FROM records a JOIN records b ON a.person = b.person",
    "SELECT is_event('a', 'b') FROM records",
    "SELECT event FROM records a JOIN records b ON a.person = b.person",
    "SELECT 1 FROM records a JOIN records a ON a.person = a.person",
    "SELECT date_trunc(event, timestamp_ms) FROM records",
    "SELECT date_trunc('month); DROP TABLE x', timestamp_ms) FROM records",
    "SELECT CASE END",
    "SELECT 1 ORDER BY 2",
    "SELECT 1 UNION SELECT 1, 2",
    "SELECT event FROM records WHERE event LIKE '" + "x" * 101 + "'",
    "SELECT event FROM records WHERE event LIKE event",
    *(f"SELECT {'(' * n}1{')' * n}" for n in (NESTED_MAX, 2_000)),
    f"SELECT * FROM {'(SELECT * FROM ' * 1_000}records{') AS x' * 1_000}",
    f"SELECT {'abs(' * 1_000}1{')' * 1_000}",
    f"SELECT {'CASE WHEN ' * 1_000}1",
    f"SELECT {'1 + ' * 2_000}1",
    f"SELECT 1 FROM records{' JOIN records ON 1 = 1' * 500}",
    f"SELECT 1 FROM records a0 {' '.join(f'JOIN records a{n} ON 1 = 1' for n in range(1, TABLES_MAX + 1))}",
    "WITH a AS (SELECT person FROM records), "
    + ", ".join(
        f"a{n} AS (SELECT x.person FROM a{n - 1 or ''} x JOIN a{n - 1 or ''} y ON x.person = y.person)"
        for n in range(1, 40)
    )
    + " SELECT * FROM a39",
    "SELECT " + ", ".join("*" for _ in range(101)) + " FROM records",
    "SELECT " + ", ".join(f"property_value('p{n}')" for n in range(21)) + " FROM records",
    "SELECT 1 " + " " * CHARACTERS_MAX,
    "SELECT 1" + ", 1" * 2_500,
    "SELECT 1 FROM records HAVING " + " AND ".join(["a"] * 2_000) + " ORDER BY 1",
]


@pytest.mark.parametrize("sql", HOSTILE, ids=lambda sql: sql[:60])
def test_what_is_no_question_about_records_is_refused(sql: str) -> None:
    """Before any engine hears of it."""
    with pytest.raises(QuestionError):
        compile_it(sql)


SEALED = [
    ("SELECT upper(property_value('plan')) FROM records", "a property is sealed: upper cannot look into it"),
    ("SELECT person_id || 'x' FROM records", "a person is sealed: || cannot look into it"),
    ("SELECT person + 0 FROM records", "a person's number is sealed: + cannot look into it"),
    ("SELECT min(person_id) FROM records", "a person is sealed: min cannot look into it"),
    ("SELECT orig_person > 'a' FROM records", "> is of numbers"),
    ("SELECT cast(person_id AS varchar) FROM records", "a person is sealed: it cannot be cast to varchar"),
    ("SELECT cast(property_value('plan') AS varchar) FROM records", "a property is sealed"),
    ("SELECT 1 FROM records WHERE person LIKE 'ann%'", "who people are is sealed: compare with = or IN"),
    ("SELECT 1 FROM records WHERE property_value('plan') = event", "do not go together"),
    ("SELECT 1 FROM records WHERE property_value('plan') = property_value('city')", "do not go together"),
    ("SELECT 1 FROM records WHERE person = orig_person", "do not go together"),
    ("SELECT 1 FROM records WHERE person IN (SELECT property_value('plan') FROM records)", "do not go together"),
    ("SELECT person FROM records UNION SELECT event FROM records", "the same columns"),
    ("SELECT property_value('plan') AS p FROM records ORDER BY p", "texts are sealed, and have no order"),
    ("SELECT 1 FROM records ORDER BY property_value('plan')", "texts are sealed, and have no order"),
    ("SELECT coalesce(person, event) FROM records", "do not go together"),
    ("SELECT coalesce(person, 'x') FROM records", "do not go together"),
    ("SELECT 1 FROM records WHERE property_value('plan')", "a property is sealed"),
    ("SELECT 1 FROM records WHERE property_value('plan') IN (event)", "one by one"),
    ("SELECT 1 FROM records WHERE person = true", "neither true nor false"),
    ("SELECT 1 FROM records WHERE event = true AND event IN ('a', year)", "one by one"),
    ("SELECT 1 FROM records WHERE event < 'a'", "numeric_property_value is the number of one, event_name the name"),
    ("SELECT 1 FROM records WHERE event LIKE 'a%'", "event is a number: event_name is as a pattern"),
    ("SELECT 1 FROM records WHERE property_value('plan') = true", "neither true nor false"),
    ("SELECT count_if(property_value('plan')) FROM records", "a property is sealed"),
    ("SELECT max_by(event, property_value('plan')) FROM records", "a property is sealed"),
]


@pytest.mark.parametrize(("sql", "why"), SEALED)
def test_what_is_sealed_is_not_looked_into(sql: str, why: str) -> None:
    with pytest.raises(QuestionError, match=re.escape(why)):
        compile_it(sql)


OF_ANOTHER_TYPE = [
    ("SELECT lower(event) FROM records",
     "lower takes a text, and not a whole number: event is a number, and event_name its name"),
    ("SELECT length(2.5)", "length takes a text, and not a number"),
    ("SELECT 1 FROM records WHERE event = event_name",
     "= takes values of one kind, and not a number and a text: event is a number, and event_name its name"),
    ("SELECT 1 FROM records WHERE event IN (SELECT 'purchased')", "IN takes values of one kind, and not a number and a text"),
    ("SELECT 1 FROM records WHERE event IN (event_name)", "IN takes values of one kind, and not a number and a text"),
    ("SELECT 1 FROM records WHERE max_by(event, year) = 'a' OR nullif(event, 'a') IS NULL", "nullif takes values of one kind"),
    ("SELECT 1 FROM records a JOIN records b ON a.event = b.event_name", "= takes values of one kind"),
    ("SELECT event FROM records UNION SELECT 'purchased'", "UNION takes values of one kind, and not a number and a text"),
    ("SELECT coalesce(event, '') FROM records", "coalesce takes values of one kind, and not a number and a text"),
    ("SELECT CASE WHEN is_event() THEN 1 ELSE 'none' END FROM records", "CASE takes values of one kind"),
    ("SELECT if(1 = 1, year, event_name) FROM records", "if takes values of one kind, and not a number and a text"),
    ("SELECT greatest(1, 'a')", "greatest takes values of one kind"),
    ("SELECT year = 'soon' FROM records", "= takes values of one kind"),
    ("SELECT is_event() = 'true' FROM records", "= takes values of one kind"),
    ("SELECT DATE '2026-10-25' > 5", "> takes values of one kind, and not a date and a number"),
    ("SELECT DATE '2026-10-25' > 'soon'", "a text is no time from 1970 to 2105: 'soon'"),
    ("SELECT round(1.5, 99999999)", "round takes a number, and of how many digits: a whole number from -15 to 15"),
    ("SELECT round(1.5, year) FROM records", "round takes a number, and of how many digits: a whole number from -15 to 15"),
    ("SELECT round('a')", "round takes a number, and not a text"),
    ("SELECT 'a' + 1", "+ takes a number and a number, or a date and a whole number, or a time and a whole number, and not"),
    ("SELECT 'a' * 2", "* takes a number and a number, and not a text and a whole number"),
    ("SELECT -'a'", "- takes a number, and not a text"),
    ("SELECT NOT 'a'", "NOT takes a condition, and not a text"),
    ("SELECT 1 FROM records WHERE event_name", "WHERE takes a condition, and not a text"),
    ("SELECT 1 FROM records WHERE is_event() AND event_name", "AND takes a condition, and not a text"),
    ("SELECT count(*) FROM records HAVING 'a'", "HAVING takes a condition, and not a text"),
    ("SELECT count_if(event_name) FROM records", "count_if takes a condition, and not a text"),
    ("SELECT sum(event_name) FROM records", "sum takes a number, and not a text"),
    ("SELECT avg(date(from_unixtime(1))) FROM records", "avg takes a number, and not a date"),
    ("SELECT date_trunc('day', timestamp_ms) FROM records", "takes a date or a time, and not a whole number"),
    ("SELECT hour(DATE '2026-10-25')", "hour takes a time, and not a date"),
    ("SELECT substr('a', 1.5)", "substr takes a text and a whole number, and not a text and a number"),
    (
        "WITH a AS (SELECT 1), b AS (SELECT 2), a AS (SELECT 3) SELECT * FROM a",
        "WITH gives the name a to two queries",
    ),
    ("SELECT substr('a')", "substr has 2, or 3 in its brackets, and not 1"),
    ("SELECT year LIKE '2%' FROM records", "LIKE takes values of one kind, and not a number and a text"),
    ("SELECT event, count(*) FROM records", "a column is neither in GROUP BY nor in an aggregate: event"),
    ("SELECT * FROM records GROUP BY event", "a column is neither in GROUP BY nor in an aggregate: timestamp_ms"),
    ("SELECT year FROM records GROUP BY month", "a column is neither in GROUP BY nor in an aggregate: year"),
    ("SELECT year FROM records ORDER BY count(*)", "a column is neither in GROUP BY nor in an aggregate: year"),
    ("SELECT 1 FROM records GROUP BY year ORDER BY month", "a column is neither in GROUP BY nor in an aggregate: month"),
    ("SELECT count(*) AS n FROM records GROUP BY n", "an aggregate stands in GROUP BY"),
    ("SELECT 1 FROM records WHERE count(*) > 1", "an aggregate stands in WHERE"),
    ("SELECT sum(count(*)) FROM records", "sum stands around another aggregate"),
    ("SELECT count(*) AS n FROM records HAVING max(n) > 1", "max stands around another aggregate"),
    ("SELECT 1 FROM records a JOIN records b ON a.year > b.year", "a JOIN is by what is equal on both sides"),
    ("SELECT 1 FROM records a JOIN records b ON a.year = 2026", "a JOIN is by what is equal on both sides"),
    ("SELECT 1 FROM records a JOIN records b ON a.year = b.year OR a.month = b.month", "a JOIN is by what is equal"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "why"), OF_ANOTHER_TYPE)
def test_what_an_engine_could_not_answer_is_refused_and_why(sql: str, why: str) -> None:
    """Before any engine hears of it: it names the function or the operator, and what that takes."""
    with pytest.raises(QuestionError, match=re.escape(why)):
        compile_it(sql)


def test_each_function_has_one_home() -> None:
    """Where two tables had one, the second line of it would never be read."""
    homes = [functions.FUNCTIONS, functions.AGGREGATES, RULED]

    assert sum(map(len, homes)) == len({name for home in homes for name in home})
    assert {*functions.OF_ONE_KIND, *functions.CHOOSING} <= {*RULED}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("count(event, person)", "0 to 1 in its brackets, and not 2"),
        ("max_by(person)", "2 in its brackets, and not 1"),
        ("is_event('a', 'b')", "0 to 1 in its brackets, and not 2"),
        ("round(1, 2, 3)", "1 to 2 in its brackets, and not 3"),
    ],
)
def test_how_many_a_function_takes_is_said_before_what_they_are(call: str, said: str) -> None:
    with pytest.raises(QuestionError, match=f"^{call.partition('(')[0]} has {said}$"):
        compile_it(f"SELECT {call} FROM records")


def test_what_is_written_twice_does_not_grow_with_each_bracket() -> None:
    """IN has its subject in it twice; thirty of them within each other would be gigabytes."""
    nested = NESTED_MAX - 4
    with pytest.raises(QuestionError, match="values stand too often within each other"):
        compile_it(f"SELECT {'(' * nested}1{' IN (1))' * nested}")


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT CASE ({' + '.join(['year'] * 20)}) {' '.join(f'WHEN {n} THEN 1' for n in range(150))} END FROM records",
        f"SELECT {'(' * 11}year{' BETWEEN 0 AND 1)' * 11} FROM records",
        f"SELECT {'substr(event_name, length(' * 9}event_name{'))' * 9} FROM records",
        f"SELECT 1 FROM records WHERE {' || '.join(['event_name'] * 40)} IN ({', '.join(['event_name'] * 1_000)})",
    ],
    ids=["case", "between", "substr", "in"],
)
def test_what_an_engine_could_not_read_is_refused(sql: str) -> None:
    """A statement of some thousand characters that becomes one of a hundred thousand."""
    with pytest.raises(QuestionError, match="too large|too often"):
        compile_it(sql)


def test_an_engines_code_is_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """The operator is told it, and nothing else of the failure: that may have texts of the statement in it."""
    assert records._why("Code: 44. DB::Exception: 'ann@example.com'") == (
        "the engine cannot run it: say it in another way, or leave a part of it out"
    )
    told = capsys.readouterr().err

    assert "44" in told
    assert "ann" not in told


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT event, count(*) FROM records GROUP BY event", [("event", EVENT), ("count(*)", PLAIN)]),
        ("select r.PERSON, 'x' AS \"A b\" from Records r", [("person", NUMBER), ("a b", PLAIN)]),
        ("SELECT 1 -- x\n, 2 /* y */ FROM records", [("1", PLAIN), ("2", PLAIN)]),
        ("SELECT 1, 1, 1 AS x", [("1", PLAIN), ("1 2", PLAIN), ("x", PLAIN)]),
        ("SELECT person_id, orig_person, dest_person, orig_person_id FROM records",
         [("person_id", PERSON), ("orig_person", IDENTITY_NUMBER), ("dest_person", IDENTITY_NUMBER),
          ("orig_person_id", IDENTITY)]),
        ("SELECT max_by(event, year) e, max(event) m FROM records", [("e", EVENT), ("m", PLAIN)]),
        ("SELECT CASE WHEN is_set() THEN NULL ELSE event END c FROM records", [("c", EVENT)]),
        ("SELECT a.p FROM (SELECT max_by(property_value(' Plan:'), timestamp_ms) AS p FROM records) a",
         [("p", Meaning(ValueKind.TEXT, "plan"))]),
        ("SELECT CASE WHEN is_set() THEN NULL WHEN 1 THEN email ELSE 'none' END e FROM records",
         [("e", Meaning(ValueKind.TEXT, "email"))]),
    ],
)  # fmt: skip
def test_a_column_is_called_as_it_was_written_and_means_what_it_is_of(sql: str, columns: list[Any]) -> None:
    assert compile_it(sql).columns == [FoundColumn(*column) for column in columns]


def test_what_has_to_be_found_out_is_asked_for() -> None:
    """Persons by their identities, and texts by patterns."""
    noted = Noted()
    compile_it(
        "SELECT 1 FROM records WHERE person IN ('ann', 'bob') AND property_value('plan') LIKE 'G%' AND email ILIKE '%x'",
        noted,
    )

    assert noted.persons == {"ann", "bob"}
    assert {(pattern.property, pattern.text, pattern.is_blind) for pattern in noted.patterns} == {
        ("plan", "G%", False),
        ("email", "%x", True),
    }


def test_there_is_one_row_more_than_there_may_be() -> None:
    """So whoever asks sees that there are more."""
    assert compile_it("SELECT event FROM records").sql.endswith(f"LIMIT {ROWS_MAX + 1} OFFSET 0")
    assert compile_it("SELECT event FROM records LIMIT 5 OFFSET 2").sql.endswith("LIMIT 5 OFFSET 2")


@pytest.mark.parametrize(
    "said", ["soon", "2026-13-01", "2026-02-30", "1969-12-31", "2106-01-01", "2026-10-25T10:00:00Z"]
)
@pytest.mark.parametrize("type_", ["DATE", "TIMESTAMP"])
def test_a_text_that_is_no_date_is_refused(type_: str, said: str) -> None:
    """Nor is one that the engine would make another one of."""
    with pytest.raises(QuestionError, match=r"a text is no (date|time) from 1970 to 2105"):
        compile_it(f"SELECT {type_} '{said}'")


def _words(sql: str) -> set[str]:
    return set(re.findall(r"[A-Za-z_]+", sql))


OURS = {"records", "records.columns", "records.indexes", "records.property"}
VOCABULARY = (
    {"SELECT", "DISTINCT", "AS", "FROM", "WHERE", "GROUP", "BY", "HAVING", "ORDER", "ASC", "DESC", "LIMIT", "OFFSET"}
    | {"INNER", "LEFT", "JOIN", "ON", "UNION", "ALL", "NOT", "AND", "OR", "IN", "LIKE", "ILIKE", "NULL", "CAST"}
    | {"isNull", "isNotNull", "if", "ifNull", "nullIf", "multiIf", "coalesce", "concat", "count", "uniqExact", "unhex"}
    | {"startsWith", "toFloat", "toString", "toInt", "toFloat64OrNull", "OrNull", "OrZero", "substring", "e"}
    | {"Nullable", "UInt", "Int", "String", "Float", "returning", "new", "UTC", "t", "c", "value_", "number_", "has_", "any"}
    | {word for made in (functions.FUNCTIONS, functions.AGGREGATES, functions.CHOOSING, functions.OPERATORS,
                         functions.UNITS, functions.TYPES, {"round": functions.rounded(2)})
       for those in made.values() for one in those for word in _words(one.written)}
    | {word for written, *_ in functions.OF_ONE_KIND.values() for word in _words(written)}
    | {word for written, *_ in sources._OF_RECORDS.values() for word in _words(written)}
    | {"toNullable"}
    | {word for name in OURS for word in _words(statement("api.kissmetrics.records", name))}
)  # fmt: skip
"""Every word that may stand in what the engine is given."""
_UNHEX = re.compile(r"unhex\('(?:[0-9a-f]{2})*'\)")
_FRAGMENTS = [
    *("SELECT", "FROM", "records", "WHERE", "GROUP BY", "ORDER BY", "event", "person", "property_value('plan')"),
    *("is_event('a''); DROP')", "count(*)", "(", ")", ",", "=", "<>", "AND", "OR", "NOT", "'x'", "'\\'", "''''", "1"),
    *(
        "1.5e3",
        "AS",
        "zebra",
        '"zebra"',
        "`zebra`",
        "--zebra\n",
        "/*zebra*/",
        "IN",
        "LIKE",
        "'%zebra'",
        "NULL",
        "UNION",
    ),
    *("LIMIT 5", "WITH zebra AS (", "SELECT event FROM records", "CASE WHEN", "THEN", "END", "coalesce(", "lower("),
    *("max_by(", "timestamp_ms", "BETWEEN", "-", "*", "||", "zebra.event", "JOIN records zebra ON", "IS NULL", ";"),
]
_HEADS = st.sampled_from(
    [
        *("SELECT event FROM records WHERE ", "SELECT count(*) AS zebra FROM records zebra WHERE "),
        *("SELECT ", "WITH zebra AS (SELECT event AS giraffe FROM records) SELECT giraffe FROM zebra WHERE "),
    ]
)


@given(_HEADS, st.lists(st.sampled_from(_FRAGMENTS) | st.text(max_size=5), max_size=8))
def test_nothing_that_was_written_gets_through(head: str, fragments: list[str]) -> None:
    """Whatever it is, it is refused, or becomes words of ours, numbers, and digits of bytes."""
    try:
        sql = compile_it(head + " ".join(fragments)).sql
    except QuestionError:
        return
    _require_ours(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT event AS \"a`b\"\"c'd\" FROM records AS `x\"y` WHERE event = 'a''b\\' /* ' */ -- '",
        "SELECT property_value('a''); DROP TABLE x; --') FROM records",
        "SELECT is_set('$product ${rows} {} %s'), is_event('{0}') FROM records WHERE person = '$known{}'",
        "WITH occurrences AS (SELECT event FROM records) SELECT * FROM occurrences",
        "WITH records AS (SELECT event FROM records) SELECT event FROM records",
        "SELECT event AS file, person AS system FROM records AS url ORDER BY file, system DESC",
        f"SELECT {'NOT ' * 1_000}1, {'- ' * 1_000}1",
        f"SELECT 1 WHERE {' AND '.join(['1 = 1'] * 1_000)}",
    ],
)
def test_strange_names_and_texts_are_harmless(sql: str) -> None:
    _require_ours(compile_it(sql).sql)


def _require_ours(sql: str) -> None:
    without_comments = re.sub(r"--[^\n]*", "", sql)
    written = _UNHEX.sub(" ", without_comments)

    assert _words(written) <= VOCABULARY
    assert set(re.findall(r"'[^']*'", written)) <= {"''", "'UTC'", "'UInt32'", "'Int64'", "'returning'", "'new'"}
    assert not set(written) & set('`"\\;{}[]@#$?&|:')
    assert set(re.findall(r"product = (\d+)", written)) <= {"7"}
