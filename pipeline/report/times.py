"""What a report says of time: seconds by stage, and the documents that took longest."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import duckdb

LEAST_SECONDS = 0.1
"""A document that takes less is not slow: a page of a gold set takes 0.02 on average."""
MOST = 10


class Time(NamedTuple):
    """What a stage took: seconds of all chunks together, and processor seconds in documents alone."""

    stage: str
    seconds: float
    processor_seconds: float


class Slow(NamedTuple):
    """A document, the article it shows if any, and the processor seconds that a stage took with it."""

    document: str
    article_id: str | None
    stage: str
    seconds: float


def stages(timings: Mapping[str, Any]) -> list[Time]:
    """Return what each stage took by a batch's timings.json; nothing if there is none."""
    return [Time(one["stage"], one["seconds"], one["processor_seconds"]) for one in timings.get("stages", ())]


def slowest(timings: Mapping[str, Any], connection: duckdb.DuckDBPyConnection) -> list[Slow]:
    """Return the slowest documents, slowest first, as the view own_captures calls them."""
    found = [
        (seconds, capture_id, one["stage"])
        for one in timings.get("stages", ())
        for capture_id, seconds in one["slowest"]
        if seconds >= LEAST_SECONDS
    ]
    known = _known(connection, [capture_id for _, capture_id, _ in found])
    return [
        Slow(document, article_id, stage, seconds)
        for seconds, capture_id, stage in sorted(found, reverse=True)[:MOST]
        for document, article_id in [known.get(capture_id, (capture_id, None))]
    ]


def _known(connection: duckdb.DuckDBPyConnection, capture_ids: Sequence[str]) -> dict[str, tuple[str, str | None]]:
    if not capture_ids:
        return {}
    among = duckdb.ColumnExpression("capture_id").isin(*map(duckdb.ConstantExpression, capture_ids))
    rows = connection.table("own_captures").filter(among).select("capture_id, coalesce(url, document_key), article_id")
    return {capture_id: (document, article_id) for capture_id, document, article_id in rows.fetchall()}
