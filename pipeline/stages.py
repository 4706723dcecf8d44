"""Frames in, frames out: captures become articles, articles become quotes, claims and mentions. No files, no clock."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import pandas as pd

from pipeline import identity
from pipeline.model import FAILURES, Article, Capture, Known, NewsDate, Plan, Refusal, Source, document_key
from pipeline.names_model import Finder
from pipeline.page import html_article
from pipeline.plain import jsonl_article, text_article
from pipeline.text.claims import find_claims
from pipeline.text.mentions import find_mentions
from pipeline.text.normalise import content_sha256
from pipeline.text.quotes import find_quotes
from pipeline.text.urls import normalise_url

Row = dict[str, Any]
Frames = dict[str, pd.DataFrame]
EXTRACTED = ("captures", "articles", "embeds", "links", "rejects")
MINED = ("quotes", "claims", "mentions", "rejects")
Verdicts = Mapping[str, Refusal]
"""By capture id, what an earlier try of a document came to: it is not tried again."""
NO_VERDICTS: Verdicts = MappingProxyType({})
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

ARTICLE_OF: dict[str, Callable[[Capture, Source], Article | Refusal]] = {
    "text": text_article,
    "jsonl": jsonl_article,
    "html": html_article,
    "warc": html_article,
}


def unreadable(capture: Capture) -> Refusal | None:
    """Return why a capture is not even looked at, None if it is."""
    if capture.fault:
        return Refusal(*capture.fault)
    if capture.status is not None and not 200 <= capture.status < 300:
        return Refusal("http_error", f"HTTP status {capture.status}")
    return None


def read_article(capture: Capture, source: Source, max_bytes: int) -> Article | Refusal:
    """Return what a capture says, or why it says nothing; never raises on any payload."""
    if refusal := unreadable(capture):
        return refusal
    if len(capture.payload) > max_bytes:
        return Refusal("too_large", f"{len(capture.payload)} bytes, {max_bytes} are allowed")
    if not capture.payload.strip():
        return Refusal("empty_payload", f"{len(capture.payload)} bytes, no text")
    try:
        return ARTICLE_OF[source.kind](capture, source)
    except MemoryError:
        raise
    except (
        Exception
    ) as error:  # whatever a hostile document provokes in three parsers, its chunk goes on and a reject says so
        return Refusal("crashed", f"{type(error).__name__}: {error}")


def extract(
    captures: Iterable[Capture],
    plan: Plan,
    previous: Callable[[str], Known | None],
    extractor: str,
    max_bytes: int,
    verdicts: Verdicts = NO_VERDICTS,
) -> Frames:
    """Return the frames captures, articles, embeds, links and rejects of some captures of one batch.

    `previous` gives a document's previous capture by document key, with the content hash that this very extractor
    makes of it. Equal text gives the outcome `unchanged` and no article row; equal bytes are not even read again.
    """
    rows: dict[str, list[Row]] = {name: [] for name in EXTRACTED}
    for capture in captures:
        row = _capture_row(capture, plan, extractor)
        rows["captures"].append(row)
        verdict = verdicts.get(row["capture_id"])
        before = None if verdict else previous(row["document_key"])
        if before and before.content_sha256 and before.digest == capture.digest and not unreadable(capture):
            row |= _content(before.article_id or "", before.content_sha256) | {"outcome": "unchanged"}
            continue
        article = verdict or read_article(capture, plan.source, max_bytes)
        if isinstance(article, Refusal):
            row["outcome"] = article.reason if article.reason in FAILURES else "rejected"
            rows["rejects"].append(_reject(row, article, "extract"))
            continue
        _add_article(rows, row, article, capture, plan, before)
    return {name: pd.DataFrame(rows[name], dtype=object) for name in EXTRACTED}


def identify(article: Article, capture: Capture, source: Source) -> Row:
    """Return canonical_url, article_id, version_id and content_sha256 of what a capture says."""
    canonical = normalise_url(article.canonical_url) or normalise_url(capture.final_url or capture.url)
    article_id = identity.article_id(canonical, source.id, capture.source_key)
    content = content_sha256(article.headline, article.description, article.article_body)
    return {"canonical_url": canonical} | _content(article_id, content)


def mine(
    articles: pd.DataFrame, embeds: pd.DataFrame, verdicts: Verdicts = NO_VERDICTS, names: Finder = find_mentions
) -> Frames:
    """Return quotes, claims, mentions and rejects of article rows; embedded posts inside a body are not read."""
    rows: dict[str, list[Row]] = {name: [] for name in MINED}
    masks = _masks(embeds)
    for article in articles.to_dict("records"):
        ids = {name: article[name] for name in ("batch_id", "capture_id", "article_id", "version_id")}
        found = verdicts.get(article["capture_id"]) or _find(article, masks.get(article["capture_id"], []), names)
        if isinstance(found, Refusal):  # the article stays, without children
            rows["rejects"].append(_reject(ids | {"source_id": article["source_id"]}, found, "mine"))
            continue
        for name, values in found.items():
            rows[name] += _children(ids, f"{name[:-1]}_no", values)
    return {name: pd.DataFrame(rows[name], dtype=object) for name in MINED}


def _find(
    article: Mapping[Any, Any], masked: list[tuple[int, int]], names: Finder = find_mentions
) -> dict[str, Iterable[Any]] | Refusal:
    body, language = article["article_body"], article["in_language"]
    language = language if isinstance(language, str) else None
    try:
        quotes = find_quotes(body, language, masked)
        claims = find_claims(body, language, masked, quotes)
        return {"quotes": quotes, "claims": claims, "mentions": names(body, language, masked)}
    except MemoryError:
        raise
    except Exception as error:  # as in read_article
        return Refusal("crashed", f"{type(error).__name__}: {error}")


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


def _capture_row(capture: Capture, plan: Plan, extractor: str) -> Row:
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


def _content(article_id: str, content: str) -> Row:
    return {"article_id": article_id, "content_sha256": content, "version_id": identity.version_id(article_id, content)}


def _reject(row: Row, refusal: Refusal, stage: str) -> Row:
    return reject_row(row["batch_id"], row["source_id"], "articles", stage, refusal.reason, refusal.detail, row)


def _add_article(
    rows: dict[str, list[Row]], row: Row, article: Article, capture: Capture, plan: Plan, before: Known | None
) -> None:
    found = identify(article, capture, plan.source)
    canonical = found.pop("canonical_url")
    row |= found
    if before and (before.article_id, before.content_sha256) == (row["article_id"], row["content_sha256"]):
        row["outcome"] = "unchanged"
        return
    row["outcome"] = "extracted"
    rows["articles"].append(_article_row(row, article, capture, plan, canonical))
    ids = {name: row[name] for name in ("batch_id", "capture_id", "article_id", "version_id")}
    rows["embeds"] += _children(ids, "embed_no", article.embeds)
    rows["links"] += _children(ids, "link_no", article.links)


def _article_row(row: Row, article: Article, capture: Capture, plan: Plan, canonical: str | None) -> Row:
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


def _children(ids: Row, number: str, values: Iterable[Any]) -> list[Row]:
    return [ids | {number: count} | value._asdict() for count, value in enumerate(values)]


def _masks(embeds: pd.DataFrame) -> dict[str, list[tuple[int, int]]]:
    masks: dict[str, list[tuple[int, int]]] = {}
    for embed in embeds.to_dict("records"):
        if embed["char_start"] < embed["char_end"]:
            masks.setdefault(embed["capture_id"], []).append((int(embed["char_start"]), int(embed["char_end"])))
    return masks


def month_of(article: Row) -> str:
    """Return the month of an article row, and of all rows of its capture."""
    return identity.month(article["published_on"], article["valid_from"])
