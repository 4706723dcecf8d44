"""One HTML capture to one article: trafilatura reads the body, everything else is read off the same tree."""

import re
from typing import NamedTuple

import trafilatura
from lxml.etree import LxmlError, _Element
from trafilatura.metadata import Document, extract_author, extract_title

from pipeline.html.dom import bounded_text, cut, parse_page
from pipeline.html.jsonld import MAX_SCRIPT
from pipeline.html.links import canonical_url, find_links
from pipeline.html.metadata import read_metadata
from pipeline.html.posts import MAX_POSTS, Post, cut_posts
from pipeline.model import Article, Capture, Embed, Refusal, Source
from pipeline.text.embeds import cut_posts as cut_plain_posts
from pipeline.text.embeds import find_posts
from pipeline.text.language import detect, mix
from pipeline.text.normalise import fold_line

# What trafilatura 2.3, htmldate and lxml raise on hostile trees; ValueError holds the Unicode errors.
_FAILURES = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError, LxmlError)
_TABLE_RULE = re.compile(r"[|\s-]+")
_LONGEST_BLOCK = 20_000
_BLOCKS = ("p", "h1", "h2", "h3", "h4", "li", "blockquote")


class _Body(NamedTuple):
    text: str
    places: dict[str, int]


def html_article(capture: Capture, source: Source) -> Article | Refusal:
    """Return the article of an HTML page, or why there is none; never raises on any bytes."""
    page = parse_page(capture.payload, (source.charset, capture.charset), capture.media_type)
    if isinstance(page, Refusal):
        return page
    try:
        return _article(page.root, page.flags, capture, source)
    except _FAILURES as error:
        return Refusal("crashed", f"{type(error).__name__}: {error}"[:500])


def _article(root: _Element, flags: tuple[str, ...], capture: Capture, source: Source) -> Article | Refusal:
    url = capture.final_url or capture.url
    stated = read_metadata(root, url, source.timezone, capture.captured_at, extract_author)
    seed = capture.digest.rpartition(":")[2][:12]
    posts = cut_posts(root, seed, source.timezone, capture.captured_at)
    _slim(root)
    body = _body(root, seed)
    text, embeds = _embeds(posts[:MAX_POSTS], body, root, source.timezone)
    if not text:
        return Refusal("empty_body", "no article text was found" if not body.text else "nothing but posts")
    language, confidence = detect(text)
    return Article(
        article_body=text,
        headline=stated.headline or extract_title(root),
        description=stated.description,
        canonical_url=canonical_url(root, url),
        authors=stated.authors,
        agencies=stated.agencies,
        published=stated.published,
        modified=stated.modified,
        in_language=language or stated.language or source.language,
        language_confidence=confidence if language else None,
        language_mix=mix(text),
        publisher=stated.publisher or source.publisher,
        article_section=stated.article_section,
        genre=stated.genre,
        keywords=stated.keywords,
        image_url=stated.image_url,
        is_accessible_for_free=stated.is_accessible_for_free,
        correction_note=stated.correction_note,
        flags=(*flags, "many_posts") if len(posts) > MAX_POSTS else flags,
        embeds=embeds,
        links=tuple(find_links(root, text, url)),
    )


def _slim(root: _Element) -> None:
    """Drop what trafilatura drops later, before it copies the tree several times; JSON-LD stays, as its last resort."""
    elements = root.iter("script", "style", "svg", "iframe", "template")
    cut({one: "" for one in elements if "ld+json" not in one.get("type", "") or len(one.text or "") > MAX_SCRIPT})


def _body(root: _Element, seed: str) -> _Body:
    """Return the text of the article with paragraphs parted, and where in it the posts' tokens stood."""
    found = trafilatura.bare_extraction(root, include_comments=False, deduplicate=False, with_metadata=False)
    lines = (found.text or "").splitlines() if isinstance(found, Document) else []
    token = re.compile(rf"Post{seed}n\d+n")
    paragraphs: list[str] = []
    places: dict[str, int] = {}
    length = 0
    for line in lines:
        paragraph, inner = _without_tokens(line, token)
        places |= {name: length + at for name, at in inner.items()}
        if paragraph and not _TABLE_RULE.fullmatch(paragraph):
            paragraphs.append(paragraph)
            length += len(paragraph) + 2
    text = "\n\n".join(paragraphs)
    return _Body(text, {name: min(at, len(text)) for name, at in places.items()})


def _without_tokens(line: str, token: re.Pattern[str]) -> tuple[str, dict[str, int]]:
    """Return a folded line without tokens, and the offset in it at which each token stood."""
    places: dict[str, int] = {}
    kept: list[str] = []
    length = end = 0
    for match in [*token.finditer(line), None]:
        words = fold_line(line[end : match.start() if match else None])
        if words:
            length += len(words) + bool(kept)
            kept.append(words)
        if match:
            places[match[0]] = length
            end = match.end()
    return " ".join(kept), places


def _embeds(posts: list[Post], body: _Body, root: _Element, timezone: str) -> tuple[str, tuple[Embed, ...]]:
    """Return the body without the paragraphs that are posts in plain text, and the posts of both kinds in order.

    A post of the tree whose token trafilatura dropped with its surroundings stays when it is inside an element that
    holds paragraphs of the body, behind the last of these before it (or before the first); else it is not the
    article's.
    """
    lost = {post.token for post in posts} - body.places.keys()
    places = body.places | (_beside(lost, body.text, root) if lost else {})
    found = find_posts(body.text, timezone)
    text, placed = cut_plain_posts(body.text, timezone) if found else (body.text, [])
    gone = _gone(found, placed, len(body.text))
    embeds: list[tuple[int, Embed]] = []
    for post in posts:
        if post.token in places:
            was = places[post.token]
            at = min(was - sum(min(was, end) - start for start, end in gone if start < was), len(text))
            embeds.append((was, post.embed._replace(char_start=at, char_end=at)))
    embeds += [(before.char_start, after) for before, after in zip(found, placed, strict=True)]
    return text, tuple(embed for _, embed in sorted(embeds, key=lambda one: one[0]))


def _gone(found: list[Embed], placed: list[Embed], length: int) -> list[tuple[int, int]]:
    """Return the spans that posts in plain text were cut from: each with the break behind it, none overlapping."""
    nexts = [*(post.char_start for post in found[1:]), length]
    return [
        (before.char_start, min(before.char_end + 2, following))
        for before, after, following in zip(found, placed, nexts, strict=False)
        if after.char_start == after.char_end
    ]


def _beside(lost: set[str], body: str, root: _Element) -> dict[str, int]:
    starts = _starts(body)
    blocks = [(block, fold_line(bounded_text(block, _LONGEST_BLOCK))) for block in root.iter(*_BLOCKS)]
    here: dict[_Element, int] = {}
    for block, text in reversed(blocks):
        if text in starts:
            here[_container(block)] = starts[text][0]
    places: dict[str, int] = {}
    for block, text in blocks:
        if text in starts:
            here[_container(block)] = min(starts[text][1], len(body))
        for token in lost.intersection(text.split()):
            places |= next(({token: here[parent]} for parent in block.iterancestors() if parent in here), {})
    return places


def _container(block: _Element) -> _Element:
    """Return what holds a paragraph beside others: its parent, or further up where each has a box of its own."""
    parent = block.getparent()
    while parent is not None and len(parent) == 1:
        block, parent = parent, parent.getparent()
    return block if parent is None else parent


def _starts(body: str) -> dict[str, tuple[int, int]]:
    """Return where each paragraph of the body begins and where the next one does."""
    starts: dict[str, tuple[int, int]] = {}
    at = 0
    for paragraph in body.split("\n\n"):
        starts.setdefault(paragraph.removeprefix("- "), (at, at + len(paragraph) + 2))
        at += len(paragraph) + 2
    return starts
