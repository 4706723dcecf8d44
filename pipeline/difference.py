"""What differs between two states of a lake: rows added, changed and gone, by table, source and month."""

import filecmp
from pathlib import Path
from typing import NamedTuple

import duckdb

from pipeline import contracts, query

OURS = frozenset({"extractor", "code_version", "row_json"})
"""Columns that say which code made a row: they differ after every upgrade, and tell nothing of what it did."""
HEAD = "SET autoinstall_known_extensions = false; SET TimeZone = 'UTC'; SET memory_limit = '1GB';"


class Difference(NamedTuple):
    """Rows of one table, source and month. A row is the same by its table's key; one that moved to a month changed."""

    table: str
    source_id: str
    month: str
    added: int
    changed: int
    gone: int


class Turn(NamedTuple):
    """In how many changed rows of a table a column is another."""

    table: str
    column: str
    rows: int


def compare(before: Path, after: Path, scratch: Path) -> tuple[list[Difference], list[Turn]]:
    """Return what differs between the lakes below two homes; files with equal bytes are not read."""
    with duckdb.connect() as connection:
        connection.execute(f"{HEAD} SET temp_directory = '{str(scratch).replace(chr(39), chr(39) * 2)}'")
        for name, home in (("before", before), ("after", after)):
            connection.execute(f"CREATE SCHEMA {name}; USE {name}; {query.tables_sql(home.absolute().as_posix())}")
        differences: list[Difference] = []
        turns: list[Turn] = []
        for table in contracts.TABLES:
            if months := _differing(before, after, table):
                connection.execute(_joined(table), {"months": months})
                differences += [Difference(table, *row) for row in connection.execute(COUNTED).fetchall()]
                turns += _turns(connection, table)
    return differences, turns


COUNTED = """
SELECT coalesce(source_id, ''), month, count(*) FILTER (was IS NULL), count(*) FILTER (now <> was),
       count(*) FILTER (now IS NULL)
FROM joined GROUP BY ALL HAVING count(*) FILTER (now IS DISTINCT FROM was) > 0 ORDER BY ALL
"""


def _differing(before: Path, after: Path, table: str) -> list[str]:
    folders = [home / "lake" / table for home in (before, after)]
    months = sorted({path.name for folder in folders for path in folder.glob("month=*")})
    return [month.removeprefix("month=") for month in months if not _same(*(folder / month for folder in folders))]


def _same(*folders: Path) -> bool:
    first, second = (folder / "data.parquet" for folder in folders)
    return first.exists() and second.exists() and filecmp.cmp(first, second, shallow=False)


def _joined(table: str) -> str:
    columns = [column.name for column in contracts.contract(table).columns]
    said = [name for name in columns if name not in OURS]  # with the month: a row that moved has changed
    key = ", ".join(contracts.contract(table).key)
    made = key or f"hash({', '.join(name for name in said if name != 'month')}) AS whole"  # no key: all that is said
    source = "left(batch_id, -11)" if "batch_id" in columns else "NULL"
    rows = f"SELECT {made}, {source} AS source_id, month, hash({', '.join(said)}) AS h"
    return f"""CREATE OR REPLACE TEMP TABLE joined AS
        SELECT {key or "whole"}, coalesce(b.source_id, a.source_id) AS source_id, coalesce(b.month, a.month) AS month,
               a.h AS was, b.h AS now
        FROM ({rows} FROM before.{table} WHERE month IN $months) a
        FULL JOIN ({rows} FROM after.{table} WHERE month IN $months) b USING ({key or "whole"})"""  # noqa: S608  (ours)


def _turns(connection: duckdb.DuckDBPyConnection, table: str) -> list[Turn]:
    key = contracts.contract(table).key
    columns = [column.name for column in contracts.contract(table).columns if column.name not in {*key, *OURS}]
    counts = ", ".join(f"count(*) FILTER (a.{name} IS DISTINCT FROM b.{name})" for name in columns)
    if not key:
        return []
    row = connection.execute(
        f"""SELECT {counts} FROM before.{table} a JOIN after.{table} b USING ({", ".join(key)})
        SEMI JOIN (FROM joined WHERE now <> was) USING ({", ".join(key)})"""  # noqa: S608
    ).fetchone()
    found = zip(columns, row or (), strict=True)
    return sorted((Turn(table, name, rows) for name, rows in found if rows), key=lambda turn: (-turn.rows, turn.column))
