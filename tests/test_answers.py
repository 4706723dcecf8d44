"""What `newsmill sql` writes for programs: all of it, in a form that other tools read back."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from pipeline import answers
from pipeline.errors import ConfigurationError

ROWS = """SELECT n, 'Zeile "' || n || '"' || chr(10) || 'ü' AS words, [n, n + 1] AS pair, {'at': TIMESTAMPTZ '2026-03-01 02:00:00Z'} AS deep,
NULL AS nothing FROM range({}) numbers(n) ORDER BY n"""


def written(form: str, statement: str, most: int | None = None) -> bytes:
    file = io.BytesIO()
    with duckdb.connect() as connection:
        answers.write(connection.execute("SET TimeZone = 'UTC'"), statement, form, file, most)
    return file.getvalue()


def rows(count: int) -> str:
    return ROWS.replace("{}", str(count))


def test_csv_has_a_header_and_is_read_back_with_line_breaks_and_quotation_marks() -> None:
    found = list(csv.reader(io.StringIO(written("csv", rows(3)).decode())))
    assert found[0] == ["n", "words", "pair", "deep", "nothing"]
    assert found[2][:3] == ["1", 'Zeile "1"\nü', "[1, 2]"]
    assert json.loads(found[2][3]) == {"at": "2026-03-01T02:00:00+00:00"} and found[2][4] == ""


def test_json_is_one_array_with_an_object_in_each_line() -> None:
    text = written("json", rows(2)).decode()
    found = json.loads(text)
    assert [row["n"] for row in found] == [0, 1] and found[0]["nothing"] is None and "ü" in text
    assert len(text.splitlines()) == 4
    assert json.loads(written("json", rows(0))) == []


def test_parquet_keeps_types(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(written("parquet", rows(2)))
    table = pq.read_table(tmp_path / "a.parquet")
    assert table["pair"].to_pylist() == [[0, 1], [1, 2]]
    assert table["deep"][0].as_py()["at"].astimezone(UTC) == datetime(2026, 3, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_as_many_rows_are_written_as_are_asked_for(form: str, tmp_path: Path) -> None:
    def count(most: int | None) -> int:
        (tmp_path / "x").write_bytes(written(form, rows(20_001), most))
        read = {"csv": "read_csv", "json": "read_json", "parquet": "read_parquet"}[form]
        with duckdb.connect() as connection:
            found = connection.execute(f"SELECT count(n) FROM {read}('{tmp_path / 'x'}')").fetchone()
        return int(found[0]) if found else -1

    assert (count(None), count(10_001), count(1)) == (20_001, 10_001, 1)


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
@pytest.mark.parametrize("statement", ["SELECT nonsense", "SELECT error('late') FROM range(3)"])
def test_what_is_wrong_is_said_in_the_words_of_duckdb(form: str, statement: str) -> None:
    with pytest.raises(ConfigurationError, match=r"nonsense|late"):
        written(form, statement)
