"""Promises of the views and macros, on lakes of a few rows."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.contracts import TABLES, contract
from pipeline.errors import ConfigurationError
from pipeline.query import connect, views_sql

Row = dict[str, Any]


def at(day: int) -> datetime:
    return datetime(2026, 11, day, 6, tzinfo=UTC)


def store(home: Path, table: str, rows: list[Row], month: str = "2026-11") -> None:
    path = home / "lake" / table / f"month={month}" / "data.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=contract(table).schema), path)


def capture(
    day: int, outcome: str, version: str | None, article: str = "story", source: str = "paper", **more: Any
) -> Row:
    batch_id = f"{source}-2026-11-{day:02d}"
    return {
        "batch_id": batch_id,
        "capture_id": f"{article}/{batch_id}",
        "source_id": source,
        "article_id": article,
        "version_id": version,
        "fetch_time": at(day),
        "outcome": outcome,
        **more,
    }


def article(of: Row, **more: Any) -> Row:
    """The article row of an extracted capture."""
    ids = {name: of[name] for name in ("batch_id", "capture_id", "source_id", "article_id", "version_id")}
    return {**ids, "valid_from": of["fetch_time"], "headline": f"Headline {of['version_id']}", "word_count": 9, **more}


def lake(home: Path, captures: list[Row], **of_day: Row) -> duckdb.DuckDBPyConnection:
    """A lake of captures and the articles of those extracted; `day3={...}` sets columns of the article of that day."""
    rows = [
        article(row, **of_day.get(f"day{row['fetch_time'].day}", {}))
        for row in captures
        if row["outcome"] == "extracted"
    ]
    store(home, "captures", captures)
    store(home, "articles", rows)
    return connect(home)


def versions(connection: duckdb.DuckDBPyConnection, relation: str) -> list[tuple[Any, ...]]:
    return connection.sql(f"SELECT article_id, version_id, capture_id FROM {relation} ORDER BY ALL").fetchall()


def test_a_lake_that_is_not_there_has_every_table_empty_and_typed(tmp_path: Path) -> None:
    connection = connect(tmp_path / "nothing")
    for name in TABLES:
        shown = connection.sql(f'FROM "{name}"')
        assert shown.columns == [column.name for column in contract(name).columns]
        assert shown.fetchall() == []
    assert connection.sql(
        "SELECT DISTINCT typeof(authors), typeof(valid_from) FROM (SELECT 1) LEFT JOIN articles ON true"
    ).fetchall() == [("VARCHAR[]", "TIMESTAMP WITH TIME ZONE")]


def test_every_view_and_macro_answers_on_an_empty_lake(tmp_path: Path) -> None:
    connection = connect(tmp_path)
    views = [name for (name,) in connection.sql("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()]
    assert len(views) == len(TABLES) + 12
    for relation in [*views, "articles_asof('2026-11-20')", "since('2026-11-20')", "since('paper-2026-11-20')"]:
        assert connection.sql(f"FROM {relation}").fetchall() == []


def test_every_view_column_and_macro_is_described(tmp_path: Path) -> None:
    connection = connect(tmp_path)
    bare = """
        SELECT view_name FROM duckdb_views() WHERE NOT internal AND comment IS NULL
        UNION ALL SELECT table_name || '.' || column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL
        UNION ALL SELECT function_name FROM duckdb_functions() WHERE NOT internal AND comment IS NULL
    """
    assert connection.sql(bare).fetchall() == []


def test_the_first_file_of_a_table_shows_without_new_views(tmp_path: Path) -> None:
    connection = connect(tmp_path)
    store(tmp_path, "runs", [{"batch_id": "paper-2026-11-01", "source_id": "paper", "stage": "extract"}])
    assert connection.sql("SELECT batch_id, month FROM runs").fetchall() == [("paper-2026-11-01", "2026-11")]


def test_a_column_that_old_files_lack_is_null_and_one_that_no_contract_has_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "lake" / "runs" / "month=2020-01" / "data.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table({"batch_id": ["paper-2020-01-01"], "colour": ["red"]}), path)
    shown = connect(tmp_path).sql("FROM runs")
    assert shown.columns == [column.name for column in contract("runs").columns]
    assert shown.project("batch_id, stage, month").fetchall() == [("paper-2020-01-01", None, "2020-01")]


@pytest.mark.parametrize("name", ["it's", "a b", "[x]", "**", "?", "{a,b}", "k=v", '"', "--", "Zürich"])
def test_any_name_of_the_home_directory_will_do(tmp_path: Path, name: str) -> None:
    home = tmp_path / name / "var"
    store(tmp_path / "x" / "var", "runs", [{"batch_id": "other"}])
    store(home, "runs", [{"batch_id": "paper-2026-11-01"}])
    assert connect(home).sql("SELECT batch_id, month FROM runs").fetchall() == [("paper-2026-11-01", "2026-11")]


@pytest.mark.parametrize("name", ["month=2019-01", "back\\slash"])
def test_a_home_that_duckdb_would_misread_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="choose a home without"):
        connect(tmp_path / name)


def test_a_relative_home_is_found_from_any_other_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store(tmp_path / "var", "runs", [{"batch_id": "paper-2026-11-01"}])
    monkeypatch.chdir(tmp_path)
    connection = connect(Path("var"))
    monkeypatch.chdir("/")
    assert connection.sql("SELECT count(*) FROM runs").fetchall() == [(1,)]


def test_newsmill_sql_can_be_read_twice_and_needs_no_other_extension(tmp_path: Path) -> None:
    lake(tmp_path, [capture(1, "extracted", "A")])
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    for _ in range(2):
        connection.execute(views_sql(str(tmp_path)))
    assert versions(connection, "articles_current") == [("story", "A", "story/paper-2026-11-01")]


def test_a_session_is_offline_in_utc_and_reads_footers_anew(tmp_path: Path) -> None:
    connection = connect(tmp_path)
    names = ("TimeZone", "autoinstall_known_extensions", "parquet_metadata_cache")
    shown = [connection.sql(f"SELECT current_setting('{name}')").fetchall() for name in names]
    assert shown == [[("UTC",)], [(False,)], [(False,)]]


def test_a_month_in_the_question_opens_the_files_of_that_month_only(tmp_path: Path) -> None:
    rows = [capture(1, "extracted", "A", name) for name in ("one", "two")]
    store(tmp_path, "captures", rows)
    for month, row in zip(("2026-10", "2026-11"), rows, strict=True):
        store(tmp_path, "articles", [article(row)], month)
    connection = connect(tmp_path)
    for relation in ("articles", "articles_current"):
        plan = connection.sql(f"EXPLAIN SELECT headline FROM {relation} WHERE month = '2026-10'").fetchall()[0][1]
        assert "1/2" in plan
        assert connection.sql(f"SELECT article_id FROM {relation} WHERE month = '2026-10'").fetchall() == [("one",)]


def test_text_that_goes_a_b_a_is_a_again(tmp_path: Path) -> None:
    connection = lake(
        tmp_path, [capture(1, "extracted", "A"), capture(2, "extracted", "B"), capture(3, "extracted", "A")]
    )
    assert versions(connection, "articles_current") == [("story", "A", "story/paper-2026-11-03")]
    assert versions(connection, "articles_asof('2026-11-02 12:00')") == [("story", "B", "story/paper-2026-11-02")]
    assert versions(connection, "articles_asof('2026-11-01 06:00')") == [("story", "A", "story/paper-2026-11-01")]
    assert versions(connection, "articles_asof(TIMESTAMP '2026-11-01 05:59')") == []
    columns = "old_version_id, new_version_id, old_headline, new_headline, old_last_seen, changed_at"
    assert connection.sql(f"SELECT {columns} FROM changes ORDER BY changed_at").fetchall() == [
        ("A", "B", "Headline A", "Headline B", at(1), at(2)),
        ("B", "A", "Headline B", "Headline A", at(2), at(3)),
    ]


def test_every_version_is_shown_once_by_its_earliest_capture(tmp_path: Path) -> None:
    twice = [capture(2, "extracted", "A", source="wire"), capture(1, "extracted", "A"), capture(3, "extracted", "B")]
    connection = lake(tmp_path, twice)
    assert versions(connection, "article_versions") == [
        ("story", "A", "story/paper-2026-11-01"),
        ("story", "B", "story/paper-2026-11-03"),
    ]


def test_a_version_that_two_batches_stored_is_current_once_and_so_are_its_children(tmp_path: Path) -> None:
    twice = [capture(1, "extracted", "A"), capture(2, "extracted", "A", source="wire")]
    connection = lake(tmp_path, twice)
    for name in ("quotes", "embeds", "claims", "mentions", "links"):
        ids = ("batch_id", "capture_id", "article_id", "version_id")
        store(tmp_path, name, [{i: row[i] for i in ids} | {f"{name[:-1]}_no": n} for row in twice for n in (0, 1)])
        shown = connection.sql(f"SELECT capture_id, {name[:-1]}_no FROM {name}_current ORDER BY ALL").fetchall()
        assert shown == [("story/wire-2026-11-02", 0), ("story/wire-2026-11-02", 1)]
    assert versions(connection, "articles_current") == [("story", "A", "story/wire-2026-11-02")]
    assert connection.sql("FROM changes").fetchall() == []


def test_children_of_a_text_that_was_replaced_are_not_current(tmp_path: Path) -> None:
    rows = [capture(1, "extracted", "A"), capture(2, "extracted", "B")]
    connection = lake(tmp_path, rows)
    store(
        tmp_path,
        "claims",
        [{"article_id": "story", "capture_id": rows[0]["capture_id"], "version_id": "A", "claim_no": 0}],
    )
    assert connection.sql("FROM claims_current").fetchall() == []
    asked = "SELECT claim_no FROM claims SEMI JOIN articles_asof('2026-11-02') USING (article_id, capture_id)"
    assert connection.sql(asked).fetchall() == [(0,)]


def test_an_unchanged_capture_moves_the_last_sight_and_makes_no_change(tmp_path: Path) -> None:
    connection = lake(
        tmp_path, [capture(1, "extracted", "A"), capture(2, "unchanged", "A"), capture(3, "not_modified", "A")]
    )
    seen = "SELECT version_id, valid_from, last_seen FROM"
    assert connection.sql(f"{seen} articles_asof('2026-11-02')").fetchall() == [("A", at(1), at(1))]
    assert connection.sql(f"{seen} articles_asof('2026-11-03')").fetchall() == [("A", at(1), at(2))]
    assert connection.sql(f"{seen} articles_current").fetchall() == [("A", at(1), at(3))]
    assert connection.sql("FROM changes").fetchall() == []


def test_an_unchanged_capture_of_another_source_brings_its_text_back(tmp_path: Path) -> None:
    rows = [capture(1, "extracted", "A"), capture(2, "extracted", "B", source="wire"), capture(3, "unchanged", "A")]
    connection = lake(tmp_path, rows)
    assert versions(connection, "articles_current") == [("story", "A", "story/paper-2026-11-01")]
    told = "SELECT old_version_id, new_version_id, old_source_id, new_source_id FROM changes ORDER BY changed_at"
    assert connection.sql(told).fetchall() == [("A", "B", "paper", "wire"), ("B", "A", "wire", "paper")]


def test_a_confirmed_text_that_no_row_holds_leaves_the_article_as_it_was(tmp_path: Path) -> None:
    connection = lake(tmp_path, [capture(1, "extracted", "A"), capture(2, "unchanged", "A by a newer extractor")])
    assert versions(connection, "articles_current") == [("story", "A", "story/paper-2026-11-01")]
    assert connection.sql("FROM changes").fetchall() == []


def test_a_rejected_or_failed_capture_leaves_the_article_as_it_was(tmp_path: Path) -> None:
    connection = lake(
        tmp_path, [capture(1, "extracted", "A"), capture(2, "rejected", "B"), capture(3, "http_error", None)]
    )
    assert versions(connection, "articles_current") == [("story", "A", "story/paper-2026-11-01")]


def test_an_article_that_was_taken_down_is_hidden_from_then_on(tmp_path: Path) -> None:
    connection = lake(
        tmp_path, [capture(1, "extracted", "A"), capture(2, "taken_down", None), capture(1, "extracted", "A", "other")]
    )
    store(tmp_path, "quotes", [{"article_id": "story", "capture_id": "story/paper-2026-11-01", "quote_no": 0}])
    assert versions(connection, "articles_current") == [("other", "A", "other/paper-2026-11-01")]
    assert connection.sql("FROM quotes_current").fetchall() == []
    assert len(versions(connection, "articles_asof('2026-11-02')")) == 2
    assert connection.sql("FROM changes").fetchall() == []


def test_of_captures_at_one_time_that_of_the_later_batch_counts(tmp_path: Path) -> None:
    corpus = [capture(day, "extracted", version, fetch_time=at(1)) for day, version in ((2, "A"), (5, "B"), (3, "C"))]
    assert versions(lake(tmp_path, corpus), "articles_current") == [("story", "B", "story/paper-2026-11-05")]


@pytest.mark.parametrize(
    ("before", "after", "declared"),
    [
        ({}, {}, False),
        ({"date_modified": at(1)}, {"date_modified": at(1)}, False),
        ({"date_modified": at(1)}, {}, False),
        ({"date_modified": at(1)}, {"date_modified": at(2)}, True),
        ({}, {"date_modified": at(2)}, True),
        ({}, {"correction_note": "An earlier version misstated a name."}, True),
        ({"correction_note": "An old note."}, {"correction_note": "An old note."}, False),
        ({"correction_note": "An old note."}, {"correction_note": "Another note."}, True),
    ],
)
def test_an_edit_is_declared_by_a_new_modification_date_or_correction_note(
    tmp_path: Path, before: Row, after: Row, declared: bool
) -> None:
    connection = lake(tmp_path, [capture(1, "extracted", "A"), capture(2, "extracted", "B")], day1=before, day2=after)
    assert connection.sql("SELECT declared FROM changes").fetchall() == [(declared,)]


def test_a_silent_return_to_an_old_text_is_not_declared_by_the_old_date(tmp_path: Path) -> None:
    rows = [capture(1, "extracted", "A"), capture(2, "extracted", "B"), capture(3, "extracted", "A")]
    connection = lake(
        tmp_path, rows, day1={"date_modified": at(1)}, day2={"date_modified": at(2)}, day3={"date_modified": at(2)}
    )
    assert connection.sql("SELECT declared FROM changes ORDER BY changed_at").fetchall() == [(True,), (False,)]


@pytest.fixture
def week(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    return lake(
        tmp_path,
        [
            capture(1, "extracted", "A", "same"),
            capture(3, "unchanged", "A", "same"),
            capture(1, "extracted", "A", "edited"),
            capture(3, "extracted", "B", "edited"),
            capture(1, "extracted", "A", "back"),
            capture(2, "extracted", "B", "back"),
            capture(3, "extracted", "A", "back"),
            capture(2, "extracted", "A", "fresh", source="wire"),
            capture(1, "extracted", "A", "gone"),
            capture(3, "taken_down", None, "gone"),
            capture(4, "extracted", "A", "archive", fetch_time=datetime(2017, 8, 17, tzinfo=UTC)),
        ],
    )


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("'2026-11-02'", [("changed", "edited"), ("new", "fresh")]),
        ("TIMESTAMP '2026-11-02 12:00'", [("changed", "back"), ("changed", "edited")]),
        ("TIMESTAMPTZ '2026-11-02 08:00+01'", [("changed", "back"), ("changed", "edited")]),
        ("'2026-11-04'", []),
        ("'paper-2026-11-02'", [("changed", "edited"), ("new", "archive"), ("new", "fresh")]),
        ("'paper-2026-11-03'", [("changed", "back"), ("changed", "edited"), ("new", "archive")]),
        ("'paper-2026-11-04'", [("new", "archive")]),
    ],
)
def test_since_tells_what_is_new_or_changed(
    week: duckdb.DuckDBPyConnection, start: str, expected: list[tuple[str, str]]
) -> None:
    assert week.sql(f"SELECT change, article_id FROM since({start}) ORDER BY ALL").fetchall() == expected


@pytest.mark.parametrize("start", ["'yesterday'", "''", "NULL", "'paper-2026-13-01'", "42"])
def test_since_refuses_what_is_neither_time_nor_batch(week: duckdb.DuckDBPyConnection, start: str) -> None:
    with pytest.raises(duckdb.Error, match="neither a time nor a batch id"):
        week.sql(f"SELECT count(*) FROM since({start})").fetchall()


def test_source_stats_balance_and_show_a_night_without_captures(tmp_path: Path) -> None:
    rows = [
        capture(1, "extracted", "A", "one"),
        capture(1, "extracted", "A", "two"),
        capture(1, "rejected", None, "three"),
        capture(1, "timeout", None, "four"),
        capture(1, "taken_down", None, "five"),
        capture(1, "unchanged", "A", "six"),
    ]
    connection = lake(tmp_path, rows, day1={"in_language": "de"})
    store(tmp_path, "rejects", [{"batch_id": "paper-2026-11-01", "reason": "empty_body"}])
    store(
        tmp_path,
        "runs",
        [{"batch_id": f"paper-2026-11-0{day}", "source_id": "paper", "stage": "extract"} for day in (1, 2)],
    )
    shown = connection.sql("SELECT * EXCLUDE (source_id, month) FROM source_stats").fetchall()
    outcomes = {"extracted": 2, "rejected": 1, "taken_down": 1, "timeout": 1, "unchanged": 1}
    assert shown == [
        ("paper-2026-11-01", date(2026, 11, 1), 6, 2, 1, 0, 1, 1, 1, outcomes, 2, {"de": 2}, 1, {"empty_body": 1}),
        ("paper-2026-11-02", date(2026, 11, 2), 0, 0, 0, 0, 0, 0, 0, {}, 0, {}, 0, {}),
    ]


class Sight(NamedTuple):
    """A capture that counts: its order, the text and the row that shows it (None: taken down)."""

    order: tuple[datetime, str, str]
    batch_date: str
    version: str | None
    row: str | None


def sights(captures: list[Row]) -> dict[str, list[Sight]]:
    """The rules of views.sql, told a second time."""
    rows: dict[tuple[str, str], str] = {}
    found: dict[str, list[Sight]] = defaultdict(list)
    for row in sorted(captures, key=lambda c: (c["fetch_time"], c["batch_id"][-10:], c["capture_id"])):
        batch_date, text = row["batch_id"][-10:], (row["article_id"], row["version_id"])
        if row["outcome"] == "extracted":
            rows[text] = row["capture_id"]
        hidden = row["outcome"] == "taken_down"
        shown = None if hidden else rows.get(text)
        if row["outcome"] == "rejected" or not (shown or hidden):
            continue
        version = None if hidden else row["version_id"]
        found[row["article_id"]].append(
            Sight((row["fetch_time"], batch_date, row["capture_id"]), batch_date, version, shown)
        )
    return found


def as_of(captures: list[Row], moment: datetime) -> list[tuple[Any, ...]]:
    last = {
        article_id: seen[-1]
        for article_id, all_seen in sights(captures).items()
        if (seen := [sight for sight in all_seen if sight.order[0] <= moment])
    }
    return sorted((a, s.version, s.row, s.order[0]) for a, s in last.items() if s.row is not None)


def turns(captures: list[Row]) -> list[tuple[Any, ...]]:
    shown = {article_id: [sight for sight in seen if sight.row] for article_id, seen in sights(captures).items()}
    pairs = [(a, old, new) for a, seen in shown.items() for old, new in pairwise(seen)]
    return sorted((a, old.row, new.row, new.order[0]) for a, old, new in pairs if old.version != new.version)


def repeated(
    home: Path, captures: list[Row], copies: list[tuple[str, str, str]], **of: Row
) -> duckdb.DuckDBPyConnection:
    """A lake of captures, of which (article, version) repeat the version of another article; `wire={...}` sets columns."""
    rows = [article(row, **of.get(row["article_id"], {})) for row in captures]
    articles = {row["version_id"]: row["article_id"] for row in rows}
    firsts = sorted({first for _, first, _ in copies})
    store(home, "captures", captures)
    store(home, "articles", rows)
    made = [
        {"article_id": articles[version], "version_id": version, "cluster_id": first, "kind": "near",
         "matched_article_id": articles[matched], "matched_version_id": matched, "is_representative": False}
        for version, first, matched in copies
    ]  # fmt: skip
    made += [
        {"article_id": articles[first], "version_id": first, "cluster_id": first, "is_representative": True}
        for first in firsts
    ]
    store(home, "duplicates", made)
    return connect(home)


def shown(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return connection.sql("SELECT article_id, version_id FROM articles_unique ORDER BY ALL").fetchall()


def test_a_story_is_shown_once_by_whoever_had_it_first(tmp_path: Path) -> None:
    captures = [capture(day, "extracted", name.upper(), name) for day, name in enumerate("abcd", 1)]
    assert shown(repeated(tmp_path, captures, [("B", "A", "A"), ("C", "A", "B")])) == [("a", "A"), ("d", "D")]


def test_whoever_had_it_first_is_shown_in_the_version_of_now(tmp_path: Path) -> None:
    captures = [capture(1, "extracted", "A", "a"), capture(2, "extracted", "B", "b"), capture(3, "extracted", "X", "a")]
    assert shown(repeated(tmp_path, captures, [("B", "A", "A")])) == [("a", "X")]


def test_whoever_had_it_first_and_tells_something_else_now_is_shown_beside_the_next_who_had_it(tmp_path: Path) -> None:
    captures = [capture(1, "extracted", "A", "a"), capture(2, "extracted", "B", "b"), capture(3, "extracted", "C", "c")]
    captures += [capture(4, "extracted", "X", "a")]
    connection = repeated(tmp_path, captures, [("B", "A", "A"), ("C", "A", "A")])
    headlines = {"A": "Flood reaches the harbour", "X": "Mayor opens new library", "B": "Flood", "C": "Flood"}
    rows = [article(row, headline=headlines[row["version_id"]]) for row in captures]
    store(tmp_path, "articles", rows)
    assert shown(connection) == [("a", "X"), ("b", "B")]
    store(
        tmp_path,
        "articles",
        [row | {"headline": "Harbour dry again"} if row["version_id"] == "X" else row for row in rows],
    )
    assert shown(connection) == [("a", "X")]


@pytest.mark.parametrize(
    ("then", "now"),
    [("Наводнение дошло до гавани", "Наводнение в гавани"), ("港口洪水", "洪水退去"), ("홍수 온다", "비가 온다")],
)
def test_whoever_had_it_first_tells_the_same_under_a_new_headline_in_any_script(
    tmp_path: Path, then: str, now: str
) -> None:
    captures = [capture(1, "extracted", "A", "a"), capture(2, "extracted", "B", "b"), capture(3, "extracted", "X", "a")]
    connection = repeated(tmp_path, captures, [("B", "A", "A")])
    headlines = {"A": then, "X": now, "B": then}
    store(tmp_path, "articles", [article(row, headline=headlines[row["version_id"]]) for row in captures])
    assert shown(connection) == [("a", "X")]


def test_a_version_that_is_in_two_clusters_is_shown_once(tmp_path: Path) -> None:
    captures = [capture(1, "extracted", name.upper(), name) for name in "abc"]
    captures += [capture(4, "extracted", "X", "a"), capture(4, "extracted", "Y", "c")]
    connection = repeated(tmp_path, captures, [("B", "A", "A"), ("B", "C", "C")])
    headlines = {"A": "Flood", "B": "Flood", "C": "Flood", "X": "Mayor opens library", "Y": "Theatre closes"}
    store(tmp_path, "articles", [article(row, headline=headlines[row["version_id"]]) for row in captures])
    assert shown(connection) == [("a", "X"), ("b", "B"), ("c", "Y")]


def test_a_text_of_hardly_a_word_is_nobodys_copy(tmp_path: Path) -> None:
    captures = [capture(day, "extracted", name.upper(), name) for day, name in enumerate("ab", 1)]
    connection = repeated(tmp_path, captures, [("B", "A", "A")], b={"word_count": 4})
    assert shown(connection) == [("a", "A"), ("b", "B")]


def test_a_version_in_two_months_is_one_wire_copy(tmp_path: Path) -> None:
    captures = [capture(1, "extracted", name.upper(), name, f"source-{name}") for name in "ab"]
    connection = repeated(tmp_path, captures, [("B", "A", "A"), ("B", "A", "A")], b={"publisher": "Paper"})
    assert connection.sql("SELECT article_id FROM wire_copies").fetchall() == [("b",)]


def test_a_copy_that_has_become_another_text_is_shown_and_so_is_the_next_copy_of_what_is_gone(tmp_path: Path) -> None:
    captures = [capture(day, "extracted", name.upper(), name) for day, name in enumerate("abc", 1)]
    captures += [capture(5, "extracted", "X", "b")]
    connection = repeated(tmp_path, captures, [("B", "A", "A"), ("C", "A", "A")])
    assert shown(connection) == [("a", "A"), ("b", "X")]
    store(tmp_path, "captures", [*captures, capture(6, "taken_down", None, "a")])
    assert shown(connection) == [("b", "X"), ("c", "C")]


def test_a_wire_copy_is_one_at_another_publisher(tmp_path: Path) -> None:
    captures = [capture(1, "extracted", name.upper(), name, f"source-{name}") for name in "abcde"]
    connection = repeated(
        tmp_path,
        captures,
        [(name, "A", "A") for name in "BCDE"],
        a={"url": "https://www.wire.example/1", "publisher": "Wire"},
        b={"url": "https://wire.example/2"},
        c={"url": "https://m.wire.example/3", "publisher": "Wire"},
        d={"url": "https://paper.example/4", "publisher": "Paper"},
    )
    columns = "article_id, publisher, original_article_id, original_publisher"
    assert connection.sql(f"SELECT {columns} FROM wire_copies ORDER BY ALL").fetchall() == [
        ("d", "Paper", "a", "Wire"),
        ("e", None, "a", "Wire"),
    ]


EVENTS = st.tuples(
    st.tuples(st.integers(1, 6), st.sampled_from("stuvwxyz"), st.sampled_from(["paper", "wire"])),
    st.sampled_from(["extracted", "extracted", "unchanged", "not_modified", "taken_down", "rejected"]),
    st.sampled_from("AB"),
    st.integers(0, 5),
)
HISTORIES = st.lists(EVENTS, unique_by=lambda event: event[0], max_size=60)
"""Captures of eight articles: ((day, article, source), outcome, text, hour); hours do not follow the days."""


def history(events: list[Any]) -> list[Row]:
    return [
        capture(
            day,
            outcome,
            None if outcome == "taken_down" else text,
            name,
            source,
            fetch_time=at(1) + timedelta(hours=hour),
        )
        for (day, name, source), outcome, text, hour in events
    ]


def test_any_history_is_told_as_a_plain_walk_through_it_tells_it(tmp_path: Path) -> None:
    connection = connect(tmp_path)

    @settings(max_examples=30, deadline=None)
    @given(events=HISTORIES)
    def told_alike(events: list[Any]) -> None:
        captures = history(events)
        store(tmp_path, "captures", captures)
        store(tmp_path, "articles", [article(row) for row in captures if row["outcome"] == "extracted"])
        shown = "SELECT article_id, version_id, capture_id, last_seen FROM"
        for hour in (0, 2, 5):
            moment = at(1) + timedelta(hours=hour)
            asked = f"{shown} articles_asof('{moment.isoformat()}') ORDER BY ALL"
            assert connection.sql(asked).fetchall() == as_of(captures, moment)
        assert connection.sql(f"{shown} articles_current ORDER BY ALL").fetchall() == as_of(captures, at(30))
        asked = "SELECT article_id, old_capture_id, new_capture_id, changed_at FROM changes ORDER BY ALL"
        assert connection.sql(asked).fetchall() == turns(captures)
        seen_before = {a: [s for s in seen if s.batch_date < "2026-11-03"] for a, seen in sights(captures).items()}
        known = {(a, seen[-1].version) for a, seen in seen_before.items() if seen}
        asked = "SELECT article_id FROM since('paper-2026-11-03') ORDER BY ALL"
        assert connection.sql(asked).fetchall() == [
            (a,) for a, v, _, _ in as_of(captures, at(30)) if (a, v) not in known
        ]

    told_alike()
