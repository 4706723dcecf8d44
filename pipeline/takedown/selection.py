"""Which captures a takedown is of: all of the articles that were asked for, of every batch, published or not."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from pipeline import blanking, commits, contracts, homes, identity, plan, query, store, tombstones, vacated
from pipeline.errors import ConfigurationError, IntegrityError
from pipeline.model import Capture
from pipeline.place import Place, captures
from pipeline.rows import capture_row
from pipeline.settings import Settings
from pipeline.takedown import unfinished
from pipeline.text.normalise import fold_line
from pipeline.text.post_urls import read_post_url
from pipeline.text.urls import normalise_url

Connection = duckdb.DuckDBPyConnection


class Wanted(NamedTuple):
    """What is asked for: each kind narrows what the others found, several values of one kind widen it.

    `again` stands for all that was taken down before.
    """

    articles: Sequence[str] = ()
    urls: Sequence[str] = ()
    """What addresses begin with."""
    sources: Sequence[str] = ()
    authors: Sequence[str] = ()
    speakers: Sequence[str] = ()
    posts: Sequence[str] = ()
    """Addresses of embedded posts, or handles of who wrote them."""
    again: bool = False


class Taken(NamedTuple):
    """A capture that is to be taken down, and the place of its record."""

    batch_id: str
    capture_id: str
    article_id: str | None
    source_key: str
    url: str | None
    fetch_time: str
    filename: str
    record_id: str
    offset: int
    length: int

    @property
    def is_unfinished(self) -> bool:
        """Whether its record is in the file of a fetch that did not end: its place says nothing of the batch's."""
        return self.filename.endswith(unfinished.SUFFIX)

    @property
    def fetched(self) -> datetime:
        """The capture's `fetch_time`, UTC."""
        return datetime.fromisoformat(self.fetch_time).astimezone(UTC)

    @property
    def vacant(self) -> Capture:
        """What is left of the capture."""
        gone = blanking.takedown(self.article_id, self.capture_id)
        place = self.filename, self.offset, self.length
        return vacated.blank(*place, self.record_id, self.source_key, self.url, self.fetched, gone)


SEEN = {
    "captures": (
        *("batch_id", "capture_id", "article_id", "source_id", "source_key", "document_key", "url", "final_url"),
        *("fetch_time", "outcome", "content_length", "refers_to"),
        *("warc_filename", "warc_record_id", "warc_record_offset", "warc_record_length"),
    ),
    "articles": ("article_id", "url", "canonical_url", "headline", "authors"),
    "quotes": ("article_id", "speaker", "speaker_surface"),
    "embeds": ("article_id", "platform", "post_id", "post_url", "author_handle"),
}
"""Columns by which something is found."""
DERIVED = {
    "captures": (
        "coalesce(article_id, capture_id) AS key",
        "content_length > 0 OR outcome IN ('damaged_record', 'too_large') AS has_bytes",
    )
}
"""The `key` of a capture is its article, and without one its own id. Of a record that was not read whole no payload is
counted, and yet most of its bytes may be there."""
FOUND = {
    "articles": "SELECT key FROM seen_captures WHERE article_id = $value",
    "urls": """SELECT key FROM seen_captures WHERE starts_with(url, $value) OR starts_with(final_url, $value)
        OR starts_with(document_key, $value) UNION
        SELECT article_id FROM seen_articles WHERE starts_with(url, $value) OR starts_with(canonical_url, $value)""",
    "sources": "SELECT key FROM seen_captures WHERE source_id = $value",
    "authors": """SELECT article_id FROM (SELECT article_id, unnest(authors) AS author FROM seen_articles)
        WHERE lower(author) = lower($value)""",
    "speakers": """SELECT article_id FROM seen_quotes
        WHERE lower(speaker) = lower($value) OR lower(speaker_surface) = lower($value)""",
    "posts": """SELECT article_id FROM seen_embeds
        WHERE post_url = $value OR platform || ' ' || post_id = $value
        OR lower(ltrim(author_handle, '@')) = lower(ltrim($value, '@'))""",
}
AGAIN = "SELECT key FROM seen_captures WHERE outcome = 'taken_down' OR sha256(key) IN (FROM tombstones)"
# What has the bytes of a capture that is taken down goes with it: revisits, their originals, and the captures of the
# same address that gave no article but have bytes.
GOES = """
WITH dead AS (SELECT * FROM seen_captures WHERE key IN (SELECT key FROM keys))
SELECT DISTINCT key FROM seen_captures
WHERE refers_to IN (SELECT warc_record_id FROM dead) OR warc_record_id IN (SELECT refers_to FROM dead)
    OR (article_id IS NULL AND has_bytes AND (document_key LIKE 'http%' OR source_id IN (
            SELECT source_id FROM dead WHERE dead.document_key = seen_captures.document_key))
        AND document_key IN (SELECT document_key FROM dead))
"""
TAKEN = """
SELECT DISTINCT batch_id, capture_id, article_id, source_key, url, fetch_time::VARCHAR, warc_filename,
    warc_record_id, warc_record_offset, warc_record_length
FROM seen_captures WHERE key IN (SELECT key FROM keys)
    AND (article_id IS NOT NULL OR has_bytes OR outcome = 'taken_down')
ORDER BY ALL
"""
TOLD = """
SELECT DISTINCT unnest([url, final_url, document_key]) FROM seen_captures WHERE key IN (SELECT key FROM keys)
UNION SELECT DISTINCT unnest([url, canonical_url, headline]) FROM seen_articles
WHERE article_id IN (SELECT key FROM keys)
"""


def connect(settings: Settings) -> tuple[Connection, tuple[str, ...]]:
    """Return a DuckDB with what the lake has, and what batches have that were not published yet, as `seen_<table>`.

    With it why some of these batches cannot be read: what they have of anything is not seen.
    """
    connection, unread = query.connect(settings.home), set[str]()
    dead = pa.array(sorted(tombstones.read(settings)), pa.large_string())
    connection.register("tombstones", pa.table({"sha256": dead}))
    places = list(_places(settings, unread))
    for table, columns in SEEN.items():
        connection.register(f"unpublished_{table}", _unpublished(table, columns, places, unread))
        names = ", ".join((*columns, *DERIVED.get(table, ())))
        both = " UNION ALL BY NAME ".join(f"SELECT {names} FROM {each}" for each in (table, f"unpublished_{table}"))  # noqa: S608
        connection.execute(f"CREATE VIEW seen_{table} AS {both}")
    return connection, tuple(sorted(unread))


def _places(settings: Settings, unread: set[str]) -> Iterator[Place]:
    """Yield the chunks of batches that were not published yet."""
    for batch in plan.batches(settings):
        try:
            made = None if commits.last(settings, batch) else plan.load(settings, batch)
        except IntegrityError as error:
            unread.add(f"{batch}: {error}")
            continue
        yield from (Place(settings, made, chunk) for chunk in made.chunks) if made else ()


def _unpublished(table: str, columns: Sequence[str], places: Sequence[Place], unread: set[str]) -> pa.Table:
    schema = contracts.contract(table).schema
    parts = [pa.schema([schema.field(name) for name in columns]).empty_table()]
    for here in places:
        path = here.output("mine" if table == "quotes" else "extract", table)
        try:
            if homes.exists(path):
                parts.append(store.read_table(path, list(columns)))
            elif table == "captures":
                parts.append(pa.Table.from_pylist(list(_unread(here)), parts[0].schema))
        except IntegrityError as error:
            unread.add(f"{here.ref}: {error}")
    return pa.concat_tables(parts)


def _unread(here: Place) -> Iterator[dict[str, Any]]:
    """Yield rows of captures that were not extracted yet: of what article, their address is all that tells."""
    for capture in captures(here) if homes.exists(here.warc) else unfinished.captures(here):
        row = capture_row(capture, here.plan, "")
        url = normalise_url(capture.final_url or capture.url)
        told = identity.article_id(url, here.plan.source.id, capture.source_key)
        gone = capture.taken_down
        yield row | {"outcome": "extracted", "article_id": gone.article_id if gone else told}


def select(connection: Connection, wanted: Wanted) -> list[Taken]:
    """Return all captures to take down, and leave their keys in `keys`; ConfigurationError if nothing was asked for."""
    found = list(_found(connection, wanted))
    values = [value for kind in FOUND for value in getattr(wanted, kind)]
    if not found or not all(map(str.strip, values)):  # every address begins with an empty prefix
        raise ConfigurationError("say what to take down; `newsmill takedown --help` lists the ways to")
    keys = set.intersection(*found)
    before = -1
    while len(keys) != before:  # what goes along may be of another article, and then that goes as a whole
        before = len(keys)
        connection.register("keys", pa.table({"key": pa.array(sorted(keys), pa.large_string())}))
        keys |= {key for (key,) in connection.execute(GOES).fetchall()}
    return [Taken(*row) for row in connection.execute(TAKEN).fetchall()]


def told(connection: Connection) -> set[str]:
    """Return what a list would say of the captures that were selected: addresses and headlines."""
    return {text for (text,) in connection.execute(TOLD).fetchall() if text}


def _folded(kind: str, value: str) -> str:
    """Return what is asked for as the lake has it: a terminal may decompose letters, and a post has many addresses."""
    post = read_post_url(value) if kind == "posts" else None
    if post:
        return f"{post.platform} {post.post_id}"
    return fold_line(value) if kind in ("authors", "speakers", "posts") else value.strip()


def _found(connection: Connection, wanted: Wanted) -> Iterator[set[str]]:
    for kind, statement in FOUND.items():
        if values := getattr(wanted, kind):
            given = [_folded(kind, value) for value in values]
            rows = [row for value in given for row in connection.execute(statement, {"value": value}).fetchall()]
            yield {key for (key,) in rows}
    if wanted.again:
        yield {key for (key,) in connection.execute(AGAIN).fetchall()}
