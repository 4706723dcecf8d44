"""Copies as rows of `duplicates`: each with the cluster that its original is in. Pure: no files."""

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from pipeline.copies import Copy

Row = dict[str, Any]


def rows(copies: Iterable[Copy], earlier: Iterable[pa.Table]) -> Iterator[Row]:
    """Yield the rows of a month's copies, which are in the order of publication, given those of earlier months.

    A cluster is called by the version that it begins with. That one gets a row beside the first copy of it, as its own
    month may be over when that comes.
    """
    firsts, repeated = _known(earlier)
    for copy in copies:
        matched = copy.matched_version_id
        first = firsts.get(matched, matched)
        if first == matched and matched not in repeated:
            yield _row(copy.matched_article_id, matched, matched)
        repeated.add(matched)
        firsts.setdefault(copy.version_id, first)
        yield _row(copy.article_id, copy.version_id, first) | copy._asdict() | {"is_representative": False}


def _known(earlier: Iterable[pa.Table]) -> tuple[dict[str, str], set[str]]:
    """Return the first version of the cluster of each copy, and all versions that have copies."""
    firsts: dict[str, str] = {}
    repeated: set[str] = set()
    for table in earlier:
        for row in table.select(["version_id", "cluster_id", "matched_version_id"]).to_pylist():
            if row["matched_version_id"] is not None:
                firsts.setdefault(row["version_id"], row["cluster_id"])
                repeated.add(row["matched_version_id"])
    return firsts, repeated


def _row(article_id: str, version_id: str, cluster_id: str) -> Row:
    return {"article_id": article_id, "version_id": version_id, "cluster_id": cluster_id, "is_representative": True}
