"""Questions to the lake: how much is in it, one article by its id and the very bytes it came from."""

from typing import Any

import duckdb

from pipeline import contracts, earlier, identity, query, tombstones
from pipeline.errors import ConfigurationError, IntegrityError
from pipeline.settings import Settings

LAST_CAPTURE = """
SELECT batch_id, warc_filename, warc_record_offset FROM captures
WHERE article_id = ? AND outcome IN ('extracted', 'unchanged', 'not_modified')
ORDER BY fetch_time DESC, capture_id DESC LIMIT 1
"""


def sizes(settings: Settings) -> list[tuple[str, int, int]]:
    """Return (table, rows, months) of every table; IntegrityError if a file cannot be read."""
    counts = [f"SELECT '{name}', count(*), count(DISTINCT month) FROM {name}" for name in contracts.TABLES]  # noqa: S608
    with query.connect(settings.home) as connection:
        try:
            return connection.execute(" UNION ALL ".join(counts)).fetchall()
        except duckdb.Error as error:
            raise IntegrityError(f"{settings.lake}: {error}; `newsmill verify` names the file") from error


def article(settings: Settings, article_id: str) -> dict[str, Any]:
    """Return the article's current row; ConfigurationError if the lake has none, or none any more."""
    with query.connect(settings.home) as connection:
        found = connection.sql("FROM articles_current WHERE article_id = ?", params=[article_id])
        rows = found.to_arrow_table().to_pylist()
    if not rows:
        raise _missing(settings, article_id)
    return rows[0]  # type: ignore[no-any-return]


def payload(settings: Settings, article_id: str) -> bytes:
    """Return the archived payload of the article's last capture; IntegrityError if raw/ does not hold it any more."""
    with query.connect(settings.home) as connection:
        row = connection.execute(LAST_CAPTURE, [article_id]).fetchone()
    if row is None:
        raise _missing(settings, article_id)
    found = earlier.reread(settings, *row)
    if found.fault is not None:
        raise IntegrityError(found.fault[1])
    return found.payload


def _missing(settings: Settings, article_id: str) -> ConfigurationError:
    if identity.tombstone(article_id) in tombstones.read(settings):
        return ConfigurationError(
            f"article {article_id} was taken down; {settings.reports / 'takedowns'} has the proof"
        )
    return ConfigurationError(
        f"no article {article_id!r} in {settings.home}; `newsmill sql 'FROM articles_current'` lists them"
    )
