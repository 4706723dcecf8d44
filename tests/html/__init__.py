"""Pages written for these tests."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from lxml import html
from lxml.etree import _Element

from pipeline.model import Article, Capture, Refusal, Source
from pipeline.page import html_article

URL = "https://www.kuestenbote.example/wirtschaft/streik.html"
SOURCE = Source(id="kuestenbote", kind="html", path="pages")
CAPTURED = datetime(2023, 3, 7, 6, 0, tzinfo=UTC)
PARAGRAPHS = tuple(
    f"Paragraph {number} tells how the harbour strike went on that day, and what the mayor of the town said about it."
    for number in range(1, 7)
)


def stored(name: str) -> str:
    """Return a page of this folder."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def page(middle: str = "", head: str = "") -> str:
    """Return a small news page of six paragraphs, with something after the third."""
    first, last = ("".join(f"<p>{text}</p>" for text in part) for part in (PARAGRAPHS[:3], PARAGRAPHS[3:]))
    return f"<!DOCTYPE html><html><head>{head}</head><body><article>{first}{middle}{last}</article></body></html>"


def capture(payload: str | bytes, url: str | None = URL, charset: str | None = None) -> Capture:
    """Return a capture of some bytes."""
    payload = payload.encode() if isinstance(payload, str) else payload
    digest = f"sha256:{hashlib.sha256(payload).hexdigest()}"
    return Capture(
        "strike", url, url, CAPTURED, 200, "text/html", charset, None, None, payload, digest, "f", "<urn:r>", 0, 0
    )


def article(payload: str | bytes, url: str | None = URL, charset: str | None = None) -> Article:
    """Return the article of a page that must be one."""
    found = html_article(capture(payload, url, charset), SOURCE)
    assert isinstance(found, Article), found
    return found


def refusal(payload: str | bytes) -> Refusal:
    """Return why a page gives no article, when it must not."""
    found = html_article(capture(payload), SOURCE)
    assert isinstance(found, Refusal)
    return found


def tree(markup: str) -> _Element:
    """Return the root of a page."""
    return html.document_fromstring(markup)
