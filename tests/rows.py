"""Rows that fit a contract without saying anything: for tests of what moves rows, not of what makes them."""

from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import pyarrow as pa

from pipeline import contracts, identity

BLANK: dict[pa.DataType, Any] = {
    pa.large_string(): "x",
    pa.int32(): 0,
    pa.int64(): 0,
    pa.float64(): 0.0,
    pa.bool_(): False,
    pa.date32(): date(2026, 3, 1),
    pa.timestamp("us", tz="UTC"): datetime(2026, 3, 1, tzinfo=UTC),
}


def table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    """Return rows as that table, its other required columns filled with something."""
    contract = contracts.contract(name)
    required = {
        c.name: BLANK.get(contract.schema.field(c.name).type, [])
        for c in contract.columns
        if c.required and not c.partition
    }
    return contracts.conform(
        name, pd.DataFrame.from_records([required | row for row in rows], columns=None if rows else list(required))
    )


def article(batch_id: str, key: str, url: str, text: str) -> dict[str, Any]:
    """Return the ids and the text of an article row."""
    article_id = identity.digest32(url)
    version_id = identity.version_id(article_id, text)
    return {"batch_id": batch_id, "capture_id": identity.capture_id(batch_id, key), "article_id": article_id,
            "version_id": version_id, "article_body": text, "source_id": batch_id[:-11], "content_sha256": text}  # fmt: skip
