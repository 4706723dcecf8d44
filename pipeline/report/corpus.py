"""What the corpus page says: what the lake holds, since when, of how good quality, and what it takes on disk."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import duckdb

from pipeline import homes, lookup, query
from pipeline.errors import IntegrityError
from pipeline.settings import Settings

_COVERAGE = """
SELECT source_id, month, count(DISTINCT article_id) FROM articles
WHERE source_id IN (SELECT source_id FROM articles GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 60)
GROUP BY 1, 2 ORDER BY 1, 2
"""
_GROWTH = "SELECT left(right(batch_id, 10), 7) AS month, count(*) FROM articles GROUP BY 1 ORDER BY 1"
_QUALITY = """
SELECT
    left(right(batch_id, 10), 7) AS month,
    100 * avg((published_on IS NOT NULL)::INT) AS "dated, %",
    100 * avg((len(authors) > 0)::INT) AS "with an author, %",
    100 * avg((language_confidence >= 0.5)::INT) AS "language sure, %",
    median(word_count) AS "median words"
FROM articles GROUP BY 1 ORDER BY 1
"""
_REFUSED = """
SELECT
    month,
    100.0 * count(*) FILTER (outcome NOT IN ('extracted', 'unchanged', 'not_modified', 'taken_down')) / count(*) AS lost
FROM captures GROUP BY 1 ORDER BY 1
"""
_SOURCES = """
SELECT
    source_id, count(DISTINCT batch_id) AS batches, max(right(batch_id, 10)) AS last,
    count(*) AS captures, count(*) FILTER (outcome = 'extracted') AS extracted,
    count(*) FILTER (outcome NOT IN ('extracted', 'unchanged', 'not_modified', 'taken_down')) AS lost
FROM captures GROUP BY 1 ORDER BY captures DESC, 1
"""


class Stored(NamedTuple):
    """A table: rows, months that have some, bytes of their files."""

    table: str
    rows: int
    months: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Corpus:
    """The lake as its page shows it."""

    articles: int
    versions: int
    stories: int
    coverage: list[tuple[str, str, int]]
    growth: list[tuple[str, int]]
    quality: dict[str, list[tuple[str, float]]]
    sources: list[dict[str, Any]]
    storage: list[Stored]
    raw_bytes: int


def read(settings: Settings) -> Corpus:
    """Return what the whole lake holds; IntegrityError if a file cannot be read."""
    with query.connect(settings.home) as connection:
        try:
            return _read(settings, connection)
        except duckdb.Error as error:
            raise IntegrityError(f"{settings.lake}: {error}; `newsmill verify` names the file") from error


def _read(settings: Settings, connection: duckdb.DuckDBPyConnection) -> Corpus:
    counts = "SELECT count(DISTINCT article_id), count(DISTINCT (article_id, version_id)) FROM articles"
    articles, versions = connection.sql(counts).fetchall()[0]
    copies = "SELECT count(DISTINCT article_id) FROM duplicates WHERE NOT is_representative"
    quality = connection.sql(_QUALITY)
    names = quality.columns[1:]
    measured = {
        name: [(str(row[0]), float(row[at])) for row in quality.fetchall() if row[at] is not None]
        for at, name in enumerate(names, 1)
    }
    refused = [(str(month), float(share)) for month, share in connection.sql(_REFUSED).fetchall()]
    return Corpus(
        articles=articles, versions=versions, stories=articles - connection.sql(copies).fetchall()[0][0],
        coverage=connection.sql(_COVERAGE).fetchall(), growth=connection.sql(_GROWTH).fetchall(),
        quality=measured | {"captures lost, %": refused},
        sources=connection.sql(_SOURCES).to_arrow_table().to_pylist(),
        storage=[Stored(name, rows, months, _bytes(settings, name)) for name, rows, months in lookup.sizes(settings)],
        raw_bytes=sum(item.size for item in homes.items(settings.raw) if item.path.name.endswith(".warc.gz")),
    )  # fmt: skip


def _bytes(settings: Settings, table: str) -> int:
    return sum(item.size for item in homes.items(settings.lake / table) if item.path.name == "data.parquet")
