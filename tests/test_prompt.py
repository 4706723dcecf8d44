"""The prompt as a person meets it, with keys that are typed into a pipe."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from pipeline import prompt


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        made.execute("CREATE VIEW articles AS SELECT 1 AS headline; COMMENT ON VIEW articles IS 'What was published.'")
        yield made


def typed(keys: str, connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> tuple[list[str], list[str]]:
    said: list[str] = []
    with create_pipe_input() as source:
        source.send_text(keys)
        history = tmp_path / "history"
        return list(prompt.statements(connection, said.append, source, DummyOutput(), history)), said


def test_a_statement_may_have_several_lines_and_ends_with_a_semicolon(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    asked, _ = typed("SELECT 1,\r2;\rSELECT 3;\r\x04", connection, tmp_path)
    assert asked == ["SELECT 1,\n2;", "SELECT 3;"]
    assert "SELECT 3;" in (tmp_path / "history").read_text()


def test_ctrl_c_drops_what_was_typed_and_quit_leaves(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert typed("SELECT nonsense\x03SELECT 1;\r.quit\rSELECT 2;\r", connection, tmp_path)[0] == ["SELECT 1;"]


def test_tables_and_columns_are_listed_with_what_they_are(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    asked, said = typed(".tables\r.columns articles\r.columns o'brien\r.help\r.columns\r\x04", connection, tmp_path)
    answers = [connection.execute(statement).fetchall() for statement in asked]
    assert answers == [[("articles", "What was published.")], [("headline", "INTEGER", None)], []]
    assert sum("Ctrl-D leaves" in line for line in said) == 2


def test_a_name_is_completed_wherever_it_stands(connection: duckdb.DuckDBPyConnection) -> None:
    names = prompt.Names(connection)

    def completed(text: str) -> list[str]:
        return [found.text for found in names.get_completions(Document(text), CompleteEvent())]

    assert completed("SELECT head")[0] == "headline"
    assert completed("FROM art")[0] == "articles"
    assert ".tables" in completed(".ta") and completed("SELECT ") == []
