"""The words of docs/architecture.md as frozen values. No input or output happens here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple

Kind = Literal["text", "jsonl", "html", "warc", "warc_list", "feed", "sitemap"]
FETCHED: frozenset[Kind] = frozenset({"feed", "sitemap"})
"""Kinds whose documents are asked for over the network; those of the others are files."""
WARC: frozenset[Kind] = frozenset({"warc", "warc_list"})
"""Kinds whose files are WARC files: found by their names, or named by a list."""

Reason = Literal[
    "undecodable",  # bytes are not text in the declared or any detectable encoding
    "empty_payload",  # no bytes, or white space only
    "empty_body",  # a page or record without article text
    "invalid_json",  # a JSONL line that is no JSON object
    "missing_text",  # a JSONL object without a text field
    "too_large",  # more bytes than settings allow
    "too_deep",  # JSON nested deeper than the parser goes
    "not_html",  # magic bytes of an image, PDF, archive, ...
    "http_error",  # the archived response has a status other than 2xx
    "damaged_record",  # truncated or malformed WARC record; detail has the byte range
    "digest_mismatch",  # the record's own digest does not fit its payload
    "no_payload",  # a revisit record whose original is not at hand
    "robots_denied",  # robots.txt forbids the address, could not be had, or asks for longer pauses than we wait
    "refused_url",  # no http(s) URL that may be asked for
    "refused_address",  # the host has an address that is not public
    "dns",  # the host has no address
    "tls",  # no certificate that is trusted for the host
    "timeout",  # no answer, or not a whole one, in time
    "connection",  # refused, reset or closed before the answer was whole
    "bad_response",  # the answer is not HTTP
    "too_many_redirects",  # more than five, or back to an earlier one
    "unlisted",  # an entry of a feed or sitemap that is no address
    "reserved",  # the publisher reserves text and data mining, and the source says to skip such pages
    "missed",  # the batch's day was over before its source was asked
    "cpu_limit",  # took more processor time than any document within the other bounds needs
    "crashed",  # extraction raised, or its process died; detail has the exception
    "contract",  # a row rule of the table's contract; detail names column and rule
]
FAILURES: frozenset[str] = frozenset(
    {
        *("too_large", "not_html", "http_error", "damaged_record", "no_payload"),
        *("robots_denied", "refused_url", "refused_address", "dns", "tls", "timeout", "connection"),
        *("bad_response", "too_many_redirects", "missed"),
    }
)
"""Reasons that are outcomes of their own in `captures`; all others give the outcome `rejected`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One entry of sources.toml: where news comes from. Paths are relative to the folder of that file.

    A fetched source has `urls` of its feeds or sitemaps in place of a path. An article is asked for again for
    `window_days` after its first capture; `delay_seconds` lie between two requests to a host.
    """

    id: str
    kind: Kind
    path: str = ""
    urls: tuple[str, ...] = ()
    base_url: str | None = None
    language: str | None = None
    timezone: str = "UTC"
    charset: str | None = None
    publisher: str | None = None
    usage_terms: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    min_articles: int = 0
    max_pages: int = 1000
    window_days: int = 3
    delay_seconds: float = 1.0
    allow_private: bool = False
    skip_reserved: bool = False
    ca_file: str | None = None
    max_age_hours: int = 0
    names_model: str | None = None
    """The folder of a spaCy pipeline, in a plan with `@` and its digest behind it."""


class Input(NamedTuple):
    """One file of a source as planned: path below the root, size in bytes, sha256; `in_place`: never copied."""

    path: str
    size: int
    sha256: str
    in_place: bool = False


class Target(NamedTuple):
    """An address that a fetched batch asks for. `published` is as the feed writes it; one with a fault is not asked."""

    url: str
    published: str | None = None
    fault: tuple[Reason, str] | None = None


class Chunk(NamedTuple):
    """What one mapped task works on: inputs[first:last]; if that is one file, its bytes start..end.

    Of a fetched batch, targets[first:last].

    `sha256` is over the source keys and payloads of its `documents`, in order: a source that changed since is noticed.
    """

    id: str
    first: int
    last: int
    start: int
    end: int
    documents: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """raw/<batch>/plan.json: all that a batch may ever know; written once. `root` is where input paths start."""

    batch_id: str
    date: date
    source: Source
    root: str
    inputs: tuple[Input, ...]
    chunks: tuple[Chunk, ...]
    repeated: tuple[tuple[str, int, str], ...] = ()
    """(chunk, ordinal, key) of documents whose own source key an earlier document of the batch already has."""
    newest_hours: float | None = None
    """Of a fetched batch, how old the newest article was that its lists state a date of."""


class Document(NamedTuple):
    """What a reader yields: one document's bytes as the source holds them, before it is archived.

    `payload` has HTTP transfer and content encodings removed. `captured_at` is UTC, None when the source does not say.
    `start`, `end` are its byte range in the input. `record` is the verbatim WARC record, of kind warc and fetched ones.
    `beside` are records about how it was fetched, `notes` more fields of its own; `not_modified`: it was a 304.
    `fault` is set when the bytes are damaged: (reason, detail); payload is then what could be read.
    """

    source_key: str
    payload: bytes
    start: int
    end: int
    url: str | None = None
    captured_at: datetime | None = None
    media_type: str | None = None
    charset: str | None = None
    record: bytes | None = None
    fault: tuple[Reason, str] | None = None
    beside: tuple[bytes, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    not_modified: bool = False


class Takedown(NamedTuple):
    """What a record that was taken down still says: its tombstone, and the article that it was of, if of one."""

    tombstone: str
    article_id: str | None


class Capture(NamedTuple):
    """One archived document with its bytes and the place they are at.

    `filename` is relative to raw/<batch>/, or to the plan's root when the WARC is referenced in place. `digest` is
    `sha256:<hex>` of payload. `offset` and `record_length` are of the gzip member (or plain record) in that file.
    `refers_to` is the record id of the original when this is a revisit; `payload` is then the original's. What was
    `taken_down`, or refers to what was, has no payload.
    `stated_date` is what a feed says of its publication, `rights` are the HTTP headers that may reserve some.
    """

    source_key: str
    url: str | None
    final_url: str | None
    captured_at: datetime
    status: int | None
    media_type: str | None
    charset: str | None
    etag: str | None
    last_modified: str | None
    payload: bytes
    digest: str
    filename: str
    record_id: str
    offset: int
    record_length: int
    refers_to: str | None = None
    fault: tuple[Reason, str] | None = None
    robots_decision: str | None = None
    rights: tuple[tuple[str, str], ...] = ()
    stated_date: str | None = None
    taken_down: Takedown | None = None


class Known(NamedTuple):
    """A row of known.parquet: the previous capture of one document by the same source.

    `document_key` is model-wide what makes two captures the same document: the http(s) URL, else the source key.
    `content_sha256` is None when that capture gave no article; `extractor` made it.
    """

    document_key: str
    batch_id: str
    capture_id: str
    record_id: str
    filename: str
    offset: int
    record_length: int
    digest: str
    article_id: str | None
    content_sha256: str | None
    extractor: str
    etag: str | None
    last_modified: str | None


Precision = Literal["second", "minute", "hour", "day", "month", "year"]
Origin = Literal["jsonld", "meta", "url", "header", "text", "feed"]


class NewsDate(NamedTuple):
    """A date as published: UTC instant of its start, the publisher's day, how exact, from where, as written."""

    instant: datetime
    day: date
    precision: Precision
    origin: Origin
    raw: str


class Embed(NamedTuple):
    """A post of another platform in an article; its offsets are equal where it was cut out."""

    char_start: int
    char_end: int
    platform: str
    author_name: str | None = None
    author_handle: str | None = None
    post_id: str | None = None
    post_url: str | None = None
    posted_at: datetime | None = None
    posted_at_precision: Precision | None = None
    text: str | None = None
    in_language: str | None = None
    media_urls: tuple[str, ...] = ()
    short_urls: tuple[str, ...] = ()
    detection: Literal["blockquote", "iframe", "amp", "text_pattern"] = "text_pattern"


class Link(NamedTuple):
    """A hyperlink of the article body, resolved."""

    url: str
    anchor_text: str | None
    is_internal: bool


class Article(NamedTuple):
    r"""What any kind of document becomes, before it has ids; text is NFC, paragraphs are parted by \n\n."""

    article_body: str
    headline: str | None = None
    description: str | None = None
    canonical_url: str | None = None
    authors: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    published: NewsDate | None = None
    modified: datetime | None = None
    in_language: str | None = None
    language_confidence: float | None = None
    language_mix: tuple[tuple[str, float], ...] = ()
    publisher: str | None = None
    article_section: str | None = None
    genre: str | None = None
    keywords: tuple[str, ...] = ()
    image_url: str | None = None
    is_accessible_for_free: bool | None = None
    correction_note: str | None = None
    flags: tuple[str, ...] = ()
    embeds: tuple[Embed, ...] = ()
    links: tuple[Link, ...] = ()
    captions: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    rights: tuple[tuple[str, str], ...] = ()
    """What the page states that may reserve rights, as name and value."""


class Refusal(NamedTuple):
    """Why a capture gave no article."""

    reason: Reason
    detail: str


def document_key(url: str | None, source_key: str) -> str:
    """Return what makes two captures of one source the same document: the http(s) URL, else the source key."""
    return url if url and url.startswith(("http://", "https://")) else source_key
