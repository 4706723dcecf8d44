"""Frames in, frames out: captures become articles, articles become quotes, claims and mentions. No files, no clock."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import pandas as pd

from pipeline import identity, tombstones
from pipeline.model import FAILURES, Article, Capture, Known, Plan, Refusal, Source
from pipeline.names_model import Finder
from pipeline.page import html_article
from pipeline.plain import jsonl_article, text_article
from pipeline.rows import Row, article_row, capture_row, children, content, reject_row
from pipeline.text.claims import find_claims
from pipeline.text.dates import parse_date
from pipeline.text.mentions import find_mentions
from pipeline.text.normalise import content_sha256
from pipeline.text.quotes import find_quotes
from pipeline.text.rights import rights
from pipeline.text.urls import normalise_url

Frames = dict[str, pd.DataFrame]
EXTRACTED = ("captures", "articles", "embeds", "links", "rejects")
MINED = ("quotes", "claims", "mentions", "rejects")
Verdicts = Mapping[str, Refusal]
"""By capture id, what an earlier try of a document came to: it is not tried again."""
NO_VERDICTS: Verdicts = MappingProxyType({})
ARTICLE_OF: dict[str, Callable[[Capture, Source], Article | Refusal]] = {
    "text": text_article,
    "jsonl": jsonl_article,
    "html": html_article,
    "warc": html_article,
    "warc_list": html_article,
    "feed": html_article,
    "sitemap": html_article,
}


def unreadable(capture: Capture) -> Refusal | None:
    """Return why a capture is not even looked at, None if it is."""
    if capture.fault:
        return Refusal(*capture.fault)
    if capture.status is not None and not 200 <= capture.status < 300 and not not_modified(capture):
        return Refusal("http_error", f"HTTP status {capture.status}")
    return None


def not_modified(capture: Capture) -> bool:
    """Return whether the server said that the document is as it was; the payload is then the earlier capture's."""
    return capture.status == 304 and capture.refers_to is not None


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
        row = capture_row(capture, plan, extractor)
        if capture.taken_down:
            rows["captures"].append(tombstones.struck(row, capture.taken_down.article_id))
            continue
        rows["captures"].append(row)
        verdict = verdicts.get(row["capture_id"])
        before = None if verdict else previous(row["document_key"])
        if before and before.digest == capture.digest and not unreadable(capture) and not _may_reserve(capture):
            if before.content_sha256:
                row |= content(before.article_id or "", before.content_sha256) | {"outcome": _same(capture)}
                continue
            if not_modified(capture) and before.extractor == extractor:
                row["outcome"] = "not_modified"
                continue
        article = verdict or _with_rights(row, read_article(capture, plan.source, max_bytes), capture, plan.source)
        if isinstance(article, Refusal):
            row["outcome"] = article.reason if article.reason in FAILURES else "rejected"
            rows["rejects"].append(_reject(row, article, "extract"))
            continue
        _add_article(rows, row, _dated(article, capture, plan.source), capture, plan, before)
    return {name: pd.DataFrame(rows[name], dtype=object) for name in EXTRACTED}


def _same(capture: Capture) -> str:
    return "not_modified" if not_modified(capture) else "unchanged"


def _may_reserve(capture: Capture) -> bool:
    """Whether a page or its header may reserve rights, which its capture tells though it says nothing new."""
    sent = " ".join(part for pair in capture.rights for part in pair).lower()
    page = capture.payload.lower()
    return "tdm-" in sent or "noai" in sent or b"tdm-" in page or b"noai" in page


def _with_rights(row: Row, article: Article | Refusal, capture: Capture, source: Source) -> Article | Refusal:
    """Note in the row what header and page reserve; return a refusal if the source says to skip what is reserved."""
    stated: dict[str, list[str]] = {}
    for name, value in () if isinstance(article, Refusal) else article.rights:
        stated.setdefault(name, []).append(value)
    found = rights(capture.rights, stated)
    row |= {"tdm_reserved": found.tdm_reserved, "usage_terms": source.usage_terms or found.terms}
    if source.skip_reserved and not isinstance(article, Refusal) and (found.tdm_reserved or found.no_ai):
        return Refusal("reserved", ", ".join(["text and data mining"] * bool(found.tdm_reserved) + [*found.no_ai]))
    return article


def identify(article: Article, capture: Capture, source: Source) -> Row:
    """Return canonical_url, article_id, version_id and content_sha256 of what a capture says."""
    canonical = normalise_url(article.canonical_url) or normalise_url(capture.final_url or capture.url)
    article_id = identity.article_id(canonical, source.id, capture.source_key)
    sha256 = content_sha256(article.headline, article.description, article.article_body)
    return {"canonical_url": canonical} | content(article_id, sha256)


def mine(
    articles: pd.DataFrame,
    embeds: pd.DataFrame,
    verdicts: Verdicts = NO_VERDICTS,
    names: Finder = find_mentions,
    watch: Callable[[list[Row]], Iterable[Row]] = iter,
) -> Frames:
    """Return quotes, claims, mentions and rejects of article rows; embedded posts inside a body are not read.

    What `watch` makes of the article rows is what is asked for one after the other.
    """
    rows: dict[str, list[Row]] = {name: [] for name in MINED}
    masks = _masks(embeds)
    for article in watch(articles.to_dict("records")):  # type: ignore[arg-type]
        ids = {name: article[name] for name in ("batch_id", "capture_id", "article_id", "version_id")}
        found = verdicts.get(article["capture_id"]) or _find(article, masks.get(article["capture_id"], []), names)
        if isinstance(found, Refusal):  # the article stays, without children
            rows["rejects"].append(_reject(ids | {"source_id": article["source_id"]}, found, "mine"))
            continue
        for name, values in found.items():
            rows[name] += children(ids, f"{name[:-1]}_no", values)
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


def _reject(row: Row, refusal: Refusal, stage: str) -> Row:
    return reject_row(row["batch_id"], row["source_id"], "articles", stage, refusal.reason, refusal.detail, row)


def _add_article(
    rows: dict[str, list[Row]], row: Row, article: Article, capture: Capture, plan: Plan, before: Known | None
) -> None:
    found = identify(article, capture, plan.source)
    canonical = found.pop("canonical_url")
    row |= found
    if before and (before.article_id, before.content_sha256) == (row["article_id"], row["content_sha256"]):
        row["outcome"] = _same(capture)
        return
    row["outcome"] = "extracted"
    rows["articles"].append(article_row(row, article, capture, plan, canonical))
    ids = {name: row[name] for name in ("batch_id", "capture_id", "article_id", "version_id")}
    rows["embeds"] += children(ids, "embed_no", article.embeds)
    rows["links"] += children(ids, "link_no", article.links)


def _dated(article: Article, capture: Capture, source: Source) -> Article:
    """Return an article whose page names no date with the one that the feed states."""
    if article.published is not None or capture.stated_date is None:
        return article
    stated = parse_date(capture.stated_date, "feed", source.timezone, capture.captured_at, article.in_language)
    return article._replace(published=stated)


def _masks(embeds: pd.DataFrame) -> dict[str, list[tuple[int, int]]]:
    masks: dict[str, list[tuple[int, int]]] = {}
    for embed in embeds.to_dict("records"):
        if embed["char_start"] < embed["char_end"]:
            masks.setdefault(embed["capture_id"], []).append((int(embed["char_start"]), int(embed["char_end"])))
    return masks
