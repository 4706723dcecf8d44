"""Captures, articles and rejects as rows of their tables. Pure: no files, no clock."""

import json
import re
from collections.abc import Iterable
from typing import Any

from pipeline import identity
from pipeline.model import Article, Capture, NewsDate, Plan, document_key

Row = dict[str, Any]
WORD = re.compile(r"\w+")
VALUE, DETAIL = 200, 2000  # characters of a rejected row's values and of the detail that go into `rejects`
PLAIN = (
    "headline",
    "description",
    "article_body",
    "in_language",
    "language_confidence",
    "article_section",
    "genre",
    "image_url",
    "is_accessible_for_free",
    "correction_note",
)
"""Fields of an Article that are columns as they are; those of LISTS as lists."""
LISTS = ("authors", "agencies", "keywords", "captions", "tables")


def capture_row(capture: Capture, plan: Plan, extractor: str) -> Row:
    """Return the row of a capture before it was looked at."""
    return {
        "batch_id": plan.batch_id,
        "capture_id": identity.capture_id(plan.batch_id, capture.source_key),
        "source_id": plan.source.id,
        "source_key": capture.source_key,
        "document_key": document_key(capture.url, capture.source_key),
        "url": capture.url,
        "final_url": capture.final_url,
        "fetch_time": capture.captured_at,
        "fetch_status": capture.status,
        "robots_decision": capture.robots_decision,
        "usage_terms": plan.source.usage_terms,
        "content_mime_type": capture.media_type,
        "content_charset": capture.charset,
        "content_digest": capture.digest,
        "content_length": len(capture.payload),
        "warc_filename": capture.filename,
        "warc_record_id": capture.record_id,
        "warc_record_offset": capture.offset,
        "warc_record_length": capture.record_length,
        "refers_to": capture.refers_to,
        "etag": capture.etag,
        "last_modified": capture.last_modified,
        "extractor": extractor,
        "article_id": None,
        "version_id": None,
        "content_sha256": None,
    }


def content(article_id: str, content: str) -> Row:
    """Return the ids of a text of an article."""
    return {"article_id": article_id, "content_sha256": content, "version_id": identity.version_id(article_id, content)}


def article_row(row: Row, article: Article, capture: Capture, plan: Plan, canonical: str | None) -> Row:
    """Return the row of an article; a date that cannot be is left out, with a flag."""
    kept = identity.plausible(article.published, capture.captured_at)
    flags = article.flags if kept else (*article.flags, "date_out_of_range")
    return (
        {
            name: row[name]
            for name in (
                "batch_id",
                "capture_id",
                "article_id",
                "version_id",
                "source_id",
                "content_sha256",
                "extractor",
            )
        }
        | {name: getattr(article, name) for name in PLAIN}
        | {name: list(getattr(article, name)) for name in LISTS}
        | _dates(article.published, kept)
        | {
            "url": capture.final_url or capture.url,
            "canonical_url": canonical,
            "date_modified": article.modified,
            "language_mix": [{"lang": language, "share": share} for language, share in article.language_mix],
            "publisher": article.publisher or plan.source.publisher,
            "word_count": len(WORD.findall(article.article_body)),
            "flags": sorted(set(flags)),
            "valid_from": capture.captured_at,
        }
    )


def _dates(published: NewsDate | None, kept: bool) -> Row:
    shown = published if kept else None
    return {
        "date_published": shown.instant if shown else None,
        "published_on": shown.day if shown else None,
        "date_published_precision": shown.precision if shown else None,
        "date_published_origin": shown.origin if shown else None,
        "date_published_raw": published.raw if published else None,
    }


def children(ids: Row, number: str, values: Iterable[Any]) -> list[Row]:
    """Return the rows of what an article has many of, numbered from 0."""
    return [ids | {number: count} | value._asdict() for count, value in enumerate(values)]


def reject_row(batch_id: str, source_id: str, table: str, stage: str, reason: str, detail: str, row: Row) -> Row:
    """Return a row of `rejects` for a refused row of `table`, whose values are cut at 200 characters in its JSON."""
    shown = {key: _short(value) for key, value in row.items() if value is not None}
    return {
        "batch_id": batch_id,
        "capture_id": row["capture_id"],
        "source_id": source_id,
        "table_name": table,
        "stage": stage,
        "reason": reason,
        "detail": detail[:DETAIL],
        "article_id": row.get("article_id"),
        "row_json": json.dumps(shown, ensure_ascii=False),
    }


def _short(value: object) -> object:
    if isinstance(value, bool | int | float):
        return value
    return str(value)[:VALUE]


def month_of(article: Row) -> str:
    """Return the month of an article row, and of all rows of its capture."""
    return identity.month(article["published_on"], article["valid_from"])
