"""What is fuzzed, by name: each takes any bytes, and raises for nothing but a broken promise."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

from pipeline.model import Article, Capture, Refusal, Source
from pipeline.page import html_article
from pipeline.plain import jsonl_article, text_article
from pipeline.readers import feed, sitemap
from pipeline.readers.listing import Entries
from pipeline.text.normalise import fold
from pipeline.text.targets import target as known_as
from pipeline.warc import payload, record
from pipeline.web import patience, robots
from pipeline.web.failure import Failure
from pipeline.web.target import next_target, read_target
from tests.fields.measures import mine
from tests.fuzz import files
from tests.text.test_offsets import wrong_offsets
from tests.web.test_talk import say

URL = "https://ferry.example/news/story.html"
NOW = datetime(2026, 3, 1, 3, tzinfo=UTC)
CHARSETS = (None, "utf-8", "iso-8859-1", "windows-1252", "utf-16", "shift_jis", "gb18030", "koi8-r", "idna", "x")
LANGUAGES = ("de", "en", "fr", "es", None)
SECONDS = 60


def capture(data: bytes, media_type: str, charset: str | None) -> Capture:
    return Capture(
        source_key="fuzzed",
        url=URL,
        final_url=None,
        captured_at=NOW,
        status=200,
        media_type=media_type,
        charset=charset,
        etag=None,
        last_modified=None,
        payload=data,
        digest="sha256:" + 64 * "0",
        filename="fuzzed",
        record_id="fuzzed",
        offset=0,
        record_length=len(data),
    )


def chosen(data: bytes) -> tuple[int, bytes]:
    """Return a number and the rest of the bytes."""
    return (data[0], data[1:]) if data else (0, b"")


def page(data: bytes) -> None:
    """Any page is an article or a refusal, and no error of ours is behind that."""
    number, data = chosen(data)
    given = capture(data, "text/html", CHARSETS[number % len(CHARSETS)])
    checked(html_article(given, Source(id="fuzzed", kind="html", path=".")))


def text(data: bytes) -> None:
    """Any text file is an article or a refusal."""
    number, data = chosen(data)
    given = capture(data, "text/plain", CHARSETS[number % len(CHARSETS)])
    checked(text_article(given, Source(id="fuzzed", kind="text", path=".")))


def line(data: bytes) -> None:
    """Any line of JSON is an article or a refusal."""
    number, data = chosen(data)
    given = capture(data, "application/json", CHARSETS[number % len(CHARSETS)])
    checked(jsonl_article(given, Source(id="fuzzed", kind="jsonl", path=".")))


def checked(found: Article | Refusal) -> None:
    """An article has a body in one form, and posts within it."""
    if isinstance(found, Refusal):
        assert found.reason != "crashed", found.detail
        return
    body = found.article_body
    assert body
    assert fold(body) == body
    assert all(0 <= post.char_start <= post.char_end <= len(body) for post in found.embeds)
    assert body.encode("utf-8")


def mined(data: bytes) -> None:
    """Rows of any text say what stands at their offsets."""
    number, data = chosen(data)
    body = fold(data.decode("utf-8", "ignore"))
    assert wrong_offsets(body, mine(body, LANGUAGES[number % len(LANGUAGES)])) == []


def listed(read: Callable[[bytes, str, str | None], Entries], data: bytes) -> None:
    """Any list has entries that can be asked for, or says why not."""
    number, data = chosen(data)
    found = read(data, URL, CHARSETS[number % len(CHARSETS)])
    assert found.entries or found.sitemaps or found.faults or data
    for entry in (*found.entries, *found.sitemaps):
        assert known_as(entry.url, URL) == entry.url
        read_target(entry.url)


def warc_record(data: bytes) -> None:
    """Any bytes are a record with a fault, or one without."""
    found = record.parse(data)
    assert found.header == record.header(data)
    assert len(found.block) <= len(data)
    assert found.media_type is None or found.media_type == found.media_type.lower()


def encoded(data: bytes) -> None:
    """Any body comes out of its encodings within the bound."""
    number, data = chosen(data)
    names = ("gzip", "deflate", "br", "zstd", "gzip, br", "x-gzip", "")
    limit = 2**20
    found, fault = payload.decode(data, "chunked" if number & 128 else "", names[number % len(names)], limit)
    assert len(found) <= max(limit, len(data)) or fault
    assert not fault or fault[1]


def answered(data: bytes) -> None:
    """Whatever a server sends, in any pieces, is an exchange or a failure."""
    number, data = chosen(data)
    pieces = [data[start : start + number + 1] for start in range(0, len(data), number + 1)]
    wire, exchange, failure = say(pieces, 4096)
    assert exchange.response in data
    assert exchange.status or failure
    assert wire.closed or failure is None
    exchange.payload(2**20)
    record.content_type(exchange.header("content-type") or "")
    patience.pause(1, exchange.header("retry-after"), NOW)
    if location := exchange.header("location"):
        addressed(location)


def addressed(link: str) -> None:
    """Any link is asked for in one spelling, or refused."""
    try:
        found = next_target(read_target(URL), link)
    except Failure as failure:
        assert failure.outcome == "refused_url"
        return
    assert read_target(found.url) == found
    assert found.path.isascii()
    assert "\n" not in found.url


def link(data: bytes) -> None:
    """Any link in a list is one of these, and known by what it is asked for as."""
    written = data.decode("utf-8", "ignore")
    addressed(written)
    found = known_as(written, URL)
    if isinstance(found, str):
        assert known_as(found, URL) == found
        read_target(found)


def ruled(data: bytes) -> None:
    """Any robots.txt is a decision about any address."""
    rules = robots.read_rules(data, "newsmill")
    assert rules.delay >= 0
    for url in (URL, "https://ferry.example/"):
        decision = robots.decide(rules, url, SECONDS)
        if decision != "allowed":
            robots.refusal(rules, decision, url)


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "text": partial(files.read, "text"),
    "jsonl": partial(files.read, "jsonl"),
    "html": partial(files.read, "html"),
    "warc": partial(files.read, "warc"),
    "archive": files.kept,
    "sources": files.configured,
    "record": warc_record,
    "payload": encoded,
    "feed": partial(listed, feed.entries),
    "sitemap": partial(listed, sitemap.entries),
    "page": page,
    "plain": text,
    "line": line,
    "mine": mined,
    "http": answered,
    "robots": ruled,
    "link": link,
}
