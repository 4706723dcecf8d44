"""The present state of the lake as a few Parquet files with a manifest, for others to cite and to check."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipeline import contracts, homes, lines, query, store, version
from pipeline.errors import ConfigurationError, IntegrityError, TransientError
from pipeline.progress import Progress, during, silent
from pipeline.settings import Settings

CHILDREN = ("quotes", "claims", "mentions", "embeds", "links")
TABLES = ("articles", *CHILDREN)
BATCH_ROWS = 4096
SHOWN = "CREATE TEMP TABLE chosen AS SELECT article_id, capture_id FROM articles_current WHERE "


def export(
    settings: Settings,
    into: Path,
    tables: Sequence[str] = TABLES,
    where: str = "true",
    progress: Progress = silent,
) -> dict[str, Any]:
    """Write the present articles for which `where` holds, and their children, to a new directory; return its manifest.

    ConfigurationError if the directory exists or `where` is no condition; TransientError if something was published
    meanwhile: what was written is removed then.
    """
    if into.exists():
        raise ConfigurationError(f"{into}: exists; an export goes to a directory of its own")
    if unknown := set(tables) - set(TABLES):
        raise ConfigurationError(f"{', '.join(sorted(unknown))}: not to be exported; choose from {', '.join(TABLES)}")
    before = state(settings)
    with _all_or_nothing(into), query.connect(settings.home) as connection:
        with during(progress, "choose"):
            _choose(connection, where)
        files = {name: _write(connection, into / f"{name}.parquet", name, progress) for name in tables}
        if state(settings) != before:
            raise TransientError(f"{settings.lake}: something was published while it was exported; export it again")
        manifest = {"newsmill": version.code_version(), "where": where, "files": files, "lake": before}
        store.write_json(into / "manifest.json", manifest)
    return manifest


def state(settings: Settings) -> dict[str, str]:
    """Return the digest of every commit and tombstone; TransientError while a batch is being published."""
    publishing = [path.name for path in homes.matching(settings.commits / "intents", "*")]
    if publishing:
        raise TransientError(f"{', '.join(publishing)}: being published, or left half-way; let it end, or run it again")
    digests = {path.stem: store.sha256(path) for path in homes.matching(settings.commits, "*.json")}
    return digests | {f"tombstone {name}": "" for name in lines.names(settings.raw / "tombstones")}


@contextmanager
def _all_or_nothing(into: Path) -> Iterator[None]:
    store.make_directory(into)
    try:
        yield
    except BaseException:
        for path in into.iterdir():
            path.unlink()
        into.rmdir()
        raise


def _choose(connection: duckdb.DuckDBPyConnection, where: str) -> None:
    try:
        connection.execute(f"{SHOWN} ({where}\n)")
    except duckdb.Error as error:
        raise ConfigurationError(f"--where {where}: {error}") from error


def _write(connection: duckdb.DuckDBPyConnection, path: Path, name: str, progress: Progress) -> dict[str, Any]:
    contract = contracts.contract(name)
    extra = [pa.field("last_seen", pa.timestamp("us", tz="UTC"))] if name == "articles" else []
    schema = pa.schema([*contract.schema, *extra, pa.field("month", pa.large_string())])
    order = ", ".join(contract.sort_key)
    names = ", ".join(schema.names)
    chosen = f"SELECT {names} FROM {name}_current SEMI JOIN chosen USING (article_id, capture_id)"  # noqa: S608  (our names)
    try:
        progress(name, 0, 0)  # until the first rows are sorted
        total = connection.sql(f"SELECT count(*) FROM ({chosen})").fetchall()[0][0]  # noqa: S608
        found = connection.sql(f"{chosen} ORDER BY {order}").to_arrow_reader(BATCH_ROWS)
        batches = _told(found, progress, name, total)
        rows = store.write_tables(path, schema, (pa.Table.from_batches([batch]).cast(schema) for batch in batches))
    except duckdb.Error as error:
        raise IntegrityError(f"{name}: {error}; `newsmill verify` names the file") from error
    if not rows:
        store.write_rows(path, schema.empty_table())
    return {"rows": rows, "sha256": store.sha256(path), "contract": contract.version}


def _told(found: pa.RecordBatchReader, progress: Progress, name: str, total: int) -> Iterator[pa.RecordBatch]:
    rows = 0
    for batch in found:
        yield batch
        rows += len(batch)
        progress(name, rows, total)
