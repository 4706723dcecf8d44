"""What a source captured before, as the lake has it while a batch is planned; frozen in known.parquet."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from pipeline import homes, store
from pipeline.errors import IntegrityError
from pipeline.model import Known
from pipeline.settings import Settings

KNOWN = pa.schema(
    [
        (name, pa.int64() if name in ("offset", "record_length") else pa.large_string())
        for name in ("chunk", *Known._fields)
    ]
)

# Batch ids of one source sort by date. Captures without bytes of the document say nothing of it.
EARLIER = """
FROM read_parquet($files, hive_partitioning = false, union_by_name = true)
WHERE source_id = $source AND batch_id < $batch
"""
HELD = "outcome IN ('extracted', 'unchanged', 'not_modified', 'rejected')"
# The newest earlier capture of each of this batch's documents.
NEWEST = f"""
WITH past AS (
SELECT document_key, batch_id, capture_id, warc_record_id AS record_id, warc_filename AS filename,
       warc_record_offset AS "offset", warc_record_length AS record_length, content_digest AS digest,
       article_id, content_sha256, extractor, etag, last_modified
{EARLIER} AND {HELD} AND document_key IN (SELECT document_key FROM documents)
QUALIFY row_number() OVER (PARTITION BY document_key ORDER BY batch_id DESC, fetch_time DESC, capture_id DESC) = 1
)
SELECT DISTINCT chunk, past.* FROM past JOIN documents USING (document_key) ORDER BY chunk, document_key
"""  # noqa: S608  (of constants)
SEEN = f"""
SELECT document_key, min(try_cast(right(batch_id, 10) AS DATE)) AS first_seen,
       max(fetch_time) FILTER ({HELD}) AS last_asked
{EARLIER} AND document_key LIKE 'http%' GROUP BY document_key ORDER BY document_key
"""


class Seen(NamedTuple):
    """Since when an address is known, and when it last gave a document (UTC), None if it never did."""

    first_seen: date
    last_asked: datetime | None


def freeze(settings: Settings, batch_id: str, source_id: str, keys: Sequence[str], chunks: Sequence[str]) -> None:
    """Write known.parquet: the newest earlier captures of the documents with these keys, which lie in these chunks."""
    documents = pa.table({"document_key": keys, "chunk": chunks})
    found = _asked(settings.lake, NEWEST, source_id, batch_id, documents)
    rows = found.cast(KNOWN) if found else KNOWN.empty_table()
    store.write_rows(settings.raw / batch_id / "known.parquet", rows)


def known(settings: Settings, batch_id: str, chunk_id: str | None = None) -> dict[str, Known]:
    """Return the previous captures of a chunk's documents, or of all, by document key, as frozen with the plan.

    IntegrityError if they are gone.
    """
    filters = [("chunk", "=", chunk_id)] if chunk_id else None
    rows = store.read_table(settings.raw / batch_id / "known.parquet", filters=filters)
    return {row["document_key"]: Known(**row) for row in rows.drop(["chunk"]).to_pylist()}


def seen(settings: Settings, batch_id: str, source_id: str) -> dict[str, Seen]:
    """Return what earlier batches of the source captured, by document key."""
    found = _asked(settings.lake, SEEN, source_id, batch_id, KNOWN.empty_table())
    rows = found.to_pylist() if found else []
    return {row["document_key"]: Seen(row["first_seen"], asked and asked.astimezone(UTC)) for row in rows
            for asked in [row["last_asked"]]}  # fmt: skip


def _asked(lake: Path, query: str, source_id: str, batch_id: str, documents: pa.Table) -> Any:
    """Return the answer as an Arrow table, None without captures; IntegrityError if the lake is unreadable."""
    files = [str(path) for path in sorted(homes.whole(lake / "captures").glob("month=*/data.parquet"))]
    if not files:
        return None
    try:
        with duckdb.connect() as connection:
            connection.register("documents", documents)
            values = {"files": files, "source": source_id, "batch": batch_id}
            return connection.sql(query, params=values).to_arrow_table()
    except duckdb.Error as error:
        raise IntegrityError(f"{lake / 'captures'}: unreadable ({error}); `newsmill rebuild` writes it anew") from error
