"""Tombstones: what was taken down, by hash, and what is left of rows of it. Every table is told of them in one way."""

from collections.abc import Collection, Iterable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline import identity, lines, mirrors
from pipeline.settings import Settings

TAKEN_DOWN = "taken_down"
IDS = ("article_id", "capture_id", "matched_article_id")
"""Columns by which a row belongs to what was taken down. A capture that gave no article has a tombstone of its own."""
STAYS = frozenset(
    {
        *("batch_id", "capture_id", "source_id", "source_key", "document_key", "article_id", "url", "fetch_time"),
        *("warc_filename", "warc_record_id", "warc_record_offset", "warc_record_length", "outcome"),
    }
)
"""Columns of a capture that its ledger and its place need; the others tell of what it held."""
COUNTS = ("rows_in", "rows_out", "rows_rejected")


def read(settings: Settings) -> frozenset[str]:
    """Return the hashes of all that was taken down; none without a folder of them."""
    found = frozenset(lines.names(settings.raw / "tombstones"))
    mirrors.obey(settings)
    return found


def add(settings: Settings, ids: Iterable[str]) -> None:
    """Set up tombstones of articles and captures, durably; one that stands is left alone."""
    lines.add_names(settings.raw / "tombstones", map(identity.tombstone, ids))


def marked(rows: pa.Table, dead: Collection[str]) -> pa.Array:
    """Return for each row whether it belongs to something with a tombstone."""
    found = pa.array([False] * len(rows), pa.bool_())
    for name in IDS if dead else ():
        if name in rows.column_names:
            ids = (value for value in pc.unique(rows[name]).to_pylist() if value is not None)
            gone = pa.array([value for value in ids if identity.tombstone(value) in dead], rows[name].type)
            found = pc.or_(found, pc.is_in(rows[name].combine_chunks(), gone))
    return found


def bury(rows: pa.Table, table: str, dead: Collection[str]) -> pa.Table:
    """Return the rows without those that were taken down; of a capture its row stays, and tells nothing of it."""
    gone = marked(rows, dead)
    if not pc.any(gone).as_py():
        return rows
    if table != "captures":
        return rows.filter(pc.invert(gone))
    columns = [
        rows[item.name]
        if item.name in STAYS - {"outcome"}
        else pc.if_else(gone, pa.scalar(TAKEN_DOWN if item.name == "outcome" else None, item.type), rows[item.name])
        for item in rows.schema
    ]
    return pa.Table.from_arrays(columns, schema=rows.schema)


def struck(capture: dict[str, Any], article_id: str | None) -> dict[str, Any]:
    """Return what is left of the row of a capture that was taken down as part of an article, if of one."""
    kept = {name: value if name in STAYS else None for name, value in capture.items()}
    return kept | {"outcome": TAKEN_DOWN, "article_id": article_id}


def uncount(runs: pa.Table, batch_ids: Collection[str]) -> pa.Table:
    """Return rows of `runs` without what the stages of these batches counted: it would tell of what was taken down."""
    gone = pc.and_(
        pc.is_in(runs["batch_id"], pa.array(batch_ids, runs["batch_id"].type)), pc.not_equal(runs["stage"], "capture")
    )
    columns = [
        pc.if_else(gone, pa.scalar(None, item.type), runs[item.name]) if item.name in COUNTS else runs[item.name]
        for item in runs.schema
    ]
    return pa.Table.from_arrays(columns, schema=runs.schema)
