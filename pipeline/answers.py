"""The answer to a query as its reader wants it: rows to look at, or CSV, JSON or Parquet for a program."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, TextIO

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import ConfigurationError

PIECE = 10_000
ROW_GROUP = 65_536


def ask(connection: duckdb.DuckDBPyConnection, statement: str) -> duckdb.DuckDBPyConnection:
    """Return the connection with the answer waiting in it; ConfigurationError in DuckDB's words if it is wrong."""
    try:
        return connection.execute(statement)
    except duckdb.Error as error:
        raise ConfigurationError(str(error)) from error


def columns(found: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the names of the answer's columns."""
    return [item[0] for item in found.description or ()]


def some(found: duckdb.DuckDBPyConnection, most: int) -> list[tuple[Any, ...]]:
    """Return at most so many rows; ConfigurationError in DuckDB's words for what goes wrong while they are made."""
    try:
        return found.fetchmany(most)
    except duckdb.Error as error:
        raise ConfigurationError(str(error)) from error


def write(
    connection: duckdb.DuckDBPyConnection, statement: str, form: str, file: BinaryIO, most: int | None = None
) -> None:
    """Write all rows of a query, or so many, as csv, json or parquet; ConfigurationError as `ask`."""
    if form == "parquet":
        _write_parquet(connection, statement, file, most)
        return
    text = io.TextIOWrapper(file, "utf-8", write_through=True)
    {"csv": _write_csv, "json": _write_json}[form](ask(connection, statement), text, most)
    text.detach()


def _write_csv(found: duckdb.DuckDBPyConnection, file: TextIO, most: int | None) -> None:
    # Lists and structs are JSON, times ISO 8601, null is empty.
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns(found))
    writer.writerows([_cell(value) for value in row] for row in _rows(found, most))


def _write_json(found: duckdb.DuckDBPyConnection, file: TextIO, most: int | None) -> None:
    # One array, an object in each line.
    names, separator = columns(found), "[\n"
    for row in _rows(found, most):
        file.write(separator + _json(dict(zip(names, row, strict=True))))
        separator = ",\n"
    file.write("[]\n" if separator == "[\n" else "\n]\n")


def _write_parquet(connection: duckdb.DuckDBPyConnection, statement: str, file: BinaryIO, most: int | None) -> None:
    with _in_words():
        found = connection.sql(statement)
        if found is None:
            raise ConfigurationError("a statement without an answer cannot be written as Parquet")
        reader = found.to_arrow_reader(ROW_GROUP)
    with pq.ParquetWriter(file, reader.schema, compression="zstd") as writer:
        for batch in _first(reader, most):
            writer.write_batch(batch)


def _rows(found: duckdb.DuckDBPyConnection, most: int | None) -> Iterator[tuple[Any, ...]]:
    left = most
    while rows := some(found, PIECE if left is None else min(PIECE, left)):
        yield from rows
        left = None if left is None else left - len(rows)


def _first(batches: Iterable[pa.RecordBatch], most: int | None) -> Iterator[pa.RecordBatch]:
    left = most
    with _in_words():
        for batch in batches:
            if left is not None:
                batch, left = batch.slice(0, left), max(0, left - len(batch))
            if len(batch):
                yield batch
            if left == 0:
                return


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise ConfigurationError(str(error)) from error


def _cell(value: Any) -> Any:
    if isinstance(value, list | tuple | dict):
        return _json(value)
    return value if value is None or isinstance(value, str | int | float) else _plain(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
