"""The lake as DuckDB sees it: a view for each table, and those of views.sql on top. Nothing here writes to the lake."""

from importlib.resources import files
from pathlib import Path

import duckdb

from pipeline import homes
from pipeline.contracts import TABLES, Contract, comments, contract
from pipeline.errors import ConfigurationError

SAME_COLUMNS = {
    "article_versions": "articles",
    "articles_current": "articles",
    "articles_unique": "articles",
    "quotes_current": "quotes",
    "embeds_current": "embeds",
    "claims_current": "claims",
    "mentions_current": "mentions",
    "links_current": "links",
}
"""Views of views.sql that have the columns of a table, and so their descriptions."""

_HEAD = """\
-- Newsmill's lake in DuckDB: run `duckdb -init newsmill.sql`, or `.read newsmill.sql` in its shell.
-- Written anew after each commit: do not edit. Reads files in place and copies nothing.
SET autoinstall_known_extensions = false;
SET TimeZone = 'UTC';
SET parquet_metadata_cache = true;  -- while the views are made, which looks at the same file footers many times


-- The tables. A column that no file has yet is null, and a table without files is empty.
"""

_TAIL = """
RESET parquet_metadata_cache;
"""


def connect(home: Path) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB in memory with all views and macros of the lake at `home`; all are empty if nothing is there."""
    connection = duckdb.connect()
    connection.execute(views_sql(homes.whole(home / "lake").parent.absolute().as_posix()))
    return connection


def views_sql(home: str) -> str:
    """Return the text of newsmill.sql, whatever the lake holds; ConfigurationError if DuckDB would misread `home`."""
    derived = files("pipeline").joinpath("views.sql").read_text(encoding="utf-8")
    return f"{_HEAD}{tables_sql(home)}\n\n{derived}\n\n{_comments()}{_TAIL}"


def tables_sql(home: str) -> str:
    """Return the statements that make a view of each table."""
    return "".join(_table_view(home, contract(name)) for name in TABLES)


def _table_view(home: str, table: Contract) -> str:
    names = ", ".join(_identifier(column.name) for column in table.columns)
    typed = ",\n        ".join(f"NULL::{column.type} AS {_identifier(column.name)}" for column in table.columns)
    return f"""
CREATE OR REPLACE VIEW {_identifier(table.name)} AS
SELECT {names}
FROM (
    (SELECT
        {typed}
    LIMIT 0)
    UNION ALL BY NAME
    FROM read_parquet(
        {_literal(_glob(f"{home}/lake/{table.name}"))},
        hive_partitioning = true, hive_types = {{'month': VARCHAR}}, union_by_name = true, allow_empty = true
    )
);
"""  # noqa: S608 (names are the contracts', the path is quoted)


def _comments() -> str:
    described = comments()
    inherited = [
        (view, column, text)
        for view, table in SAME_COLUMNS.items()
        for name, column, text in described
        if name == table and column
    ]
    lines = [_comment(*row) for row in [*described, *inherited]]
    return "-- The descriptions of tables and columns, from their contracts.\n" + "".join(lines)


def _comment(view: str, column: str | None, text: str) -> str:
    if column is None:
        return f"COMMENT ON VIEW {_identifier(view)} IS {_literal(text)};\n"
    return f"COMMENT ON COLUMN {_identifier(view)}.{_identifier(column)} IS {_literal(text)};\n"


def _glob(table: str) -> str:
    """Return a pattern for the month files of a table; ConfigurationError for a path that DuckDB would misread."""
    if "\\" in table or "/month=" in table.lower():
        raise ConfigurationError(
            f"DuckDB cannot read a lake below {table!r}: choose a home without backslash and without month= in its path"
        )
    return "".join(f"[{character}]" if character in "*?[" else character for character in table) + "/*/*.parquet"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
