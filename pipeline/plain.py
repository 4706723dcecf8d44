"""Documents without markup: a text file or one line of JSON becomes an Article, or a Refusal that says why not."""

import codecs
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.html.bylines import bare, find_authors
from pipeline.model import Article, Capture, NewsDate, Refusal, Source
from pipeline.text.dates import parse_date, split_header
from pipeline.text.embeds import cut_posts, find_posts
from pipeline.text.fields import at, json_object, keys_of, value_of
from pipeline.text.language import code, detect, mix
from pipeline.text.normalise import fold, fold_line
from pipeline.text.urls import normalise_url

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# These name no encoding of text, or decode in quadratic time (a HTTP header may name any codec of Python).
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})
_BETWEEN_TERMS = re.compile(r"\s*[,;|]\s*")


def text_article(capture: Capture, source: Source) -> Article | Refusal:
    """Return a text file as an article: header line taken off, paragraphs that are posts cut out."""
    decoded = _decode(capture.payload, source.charset, capture.charset)
    if isinstance(decoded, Refusal):
        return decoded
    text = fold(decoded)
    if not text:
        return Refusal("empty_payload", f"{len(capture.payload)} bytes without a printing character")
    published, text = split_header(text, source.timezone)
    body, embeds = cut_posts(text, source.timezone)
    if not body:
        return Refusal("empty_body", "nothing but a header and embedded posts")
    language, confidence = detect(body)
    return Article(
        article_body=body,
        published=published,
        in_language=language or code(source.language),
        language_confidence=confidence,
        language_mix=mix(body),
        publisher=source.publisher,
        embeds=tuple(embeds),
    )


def jsonl_article(capture: Capture, source: Source) -> Article | Refusal:
    """Return a JSON object as an article: the text is kept but for white space and NFC, posts in it get spans."""
    record = _record(capture, source)
    if isinstance(record, Refusal):
        return record
    body = _body(record, source)
    if isinstance(body, Refusal):
        return body
    language, confidence = _language(_line(record, "in_language", source), body, source)
    published = _date(record, "date_published", capture, source, language)
    modified = _date(record, "date_modified", capture, source, language)
    free = value_of(record, "is_accessible_for_free", source.fields)
    publisher = _line(record, "publisher", source) or source.publisher
    authors, agencies = find_authors(
        [list(_lines(value_of(record, "authors", source.fields)))], {bare(publisher or "")}
    )
    return Article(
        article_body=body,
        headline=_line(record, "headline", source),
        description=_line(record, "description", source),
        canonical_url=normalise_url(_line(record, "url", source)),
        authors=authors,
        agencies=agencies,
        published=published,
        modified=modified and modified.instant,
        in_language=language,
        language_confidence=confidence,
        language_mix=mix(body),
        publisher=publisher,
        article_section=_line(record, "article_section", source),
        genre=_line(record, "genre", source),
        keywords=_terms(value_of(record, "keywords", source.fields)),
        image_url=normalise_url(_line(record, "image_url", source)),
        is_accessible_for_free=free if isinstance(free, bool) else None,
        embeds=tuple(find_posts(body, source.timezone)),
    )


def _decode(payload: bytes, *charsets: str | None) -> str | Refusal:
    """Return the text by its byte order mark, as UTF-8, or in the first of the declared charsets that fits."""
    for mark, charset in _BYTE_ORDER_MARKS:
        if payload.startswith(mark):
            return _decoded(payload[len(mark) :], charset, len(mark))
    first = text = _decoded(payload, "utf-8")
    for charset in filter(None, charsets):
        if isinstance(text, str):
            break
        text = _decoded(payload, charset)
    return text if isinstance(text, str) else first


def _decoded(payload: bytes, charset: str, offset: int = 0) -> str | Refusal:
    try:
        codec = codecs.lookup(charset).name
        if codec in _NO_CHARSETS:
            raise LookupError(charset)
        return payload.decode(codec)
    except UnicodeDecodeError as error:
        at = error.start + offset
        hint = "set `charset` of the source if it is another encoding"
        return Refusal("undecodable", f"byte {at} (0x{payload[error.start]:02x}) is not {charset}; {hint}")
    except (LookupError, UnicodeError, ValueError):
        return Refusal("undecodable", f"charset {charset!r} is unknown")


def _record(capture: Capture, source: Source) -> dict[str, Any] | Refusal:
    decoded = _decode(capture.payload, source.charset, capture.charset)
    if isinstance(decoded, Refusal):
        return decoded
    if not decoded.strip():
        return Refusal("empty_payload", f"{len(capture.payload)} bytes of white space")
    return json_object(decoded)


def _body(record: Mapping[str, Any], source: Source) -> str | Refusal:
    """Return the first text with words under the keys of article_body; lists and objects are no texts."""
    keys = keys_of("article_body", source.fields)
    values = {key: value for key in keys if (value := at(record, key)) is not None}
    texts = [value for value in values.values() if isinstance(value, str)]
    if body := next(filter(None, map(fold, texts)), None):
        return body
    if texts:
        return Refusal("empty_body", "the text field is blank")
    found = ", ".join(f"`{key}` is a JSON {type(value).__name__}" for key, value in values.items())
    return Refusal("missing_text", found or f"no text in any of {', '.join(keys)}")


def _line(record: Mapping[str, Any], name: str, source: Source) -> str | None:
    """Return a value as one line of text; of a list its first, of an object its name or address."""
    value = value_of(record, name, source.fields)
    return next(iter(_lines(value)), None)


def _lines(value: Any) -> Iterable[str]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            item = item.get("name") or item.get("url")
        if isinstance(item, str) and (line := fold_line(item)):
            yield line


def _terms(value: Any) -> tuple[str, ...]:
    """Return the terms of a list, or of a string that lists them; each once."""
    lines = _lines(value)
    terms = lines if isinstance(value, list) else (term for line in lines for term in _BETWEEN_TERMS.split(line))
    return tuple(dict.fromkeys(term for term in terms if term))


def _date(
    record: Mapping[str, Any], name: str, capture: Capture, source: Source, language: str | None
) -> NewsDate | None:
    value = value_of(record, name, source.fields)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return parse_date(str(value), "meta", source.timezone, capture.captured_at, language)


def _language(declared: str | None, body: str, source: Source) -> tuple[str | None, float | None]:
    """Return the declared language, else the detected one, else the source's; the score only where detection agrees."""
    detected, score = detect(body)
    language = code(declared) or detected or code(source.language)
    return language, score if language == detected else None
