"""One HTML capture to one article: all is read off one tree; trafilatura is asked where the body is in doubt."""

from typing import NamedTuple

import trafilatura
from lxml.etree import LxmlError, _Element
from trafilatura.metadata import Document, extract_title

from pipeline.html.blocks import Blocks, as_blocks, read_blocks
from pipeline.html.body import CLEARLY, Body, borrow, find_body, is_doubtful, length, unlinked
from pipeline.html.boilerplate import Stated
from pipeline.html.dom import count_elements, cut, parse_page
from pipeline.html.jsonld import MAX_SCRIPT
from pipeline.html.links import find_links
from pipeline.html.metadata import Metadata, read_metadata
from pipeline.html.passage import Passage, compose
from pipeline.html.posts import MAX_POSTS, Place, Post, cut_posts, lift_tokens
from pipeline.html.stated_body import is_missing, paragraphs_of
from pipeline.model import Article, Capture, Embed, Refusal, Source
from pipeline.text.embeds import cut_posts as cut_plain_posts
from pipeline.text.embeds import find_posts
from pipeline.text.language import detect, mix

# trafilatura takes 4 s for 7,000 short paragraphs in boxes, and the square for more; 640 real pages have 9,748 at most.
_MOST_FOR_TRAFILATURA = 15_000
# All its rules take twice as long as the first, and the word lists of a hundred languages, read once, half a second.
_LITTLE = 4
# What trafilatura 2.3, htmldate and lxml raise on hostile trees; ValueError holds the Unicode errors.
_FAILURES = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError, LxmlError)


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
    stated = read_metadata(root, url, source.timezone, capture.captured_at)
    seed = capture.digest.rpartition(":")[2][:12]
    posts = cut_posts(root, seed, source.timezone, capture.captured_at)
    passage, more = _passage(root, seed, stated)
    text, embeds = _embeds(posts[:MAX_POSTS], passage, source.timezone)
    if not text:
        return Refusal("empty_body", "no article text was found" if not passage.text else "nothing but posts")
    flags = (*flags, *more, *(("many_posts",) if len(posts) > MAX_POSTS else ()))
    language, confidence = detect(text)
    return Article(
        article_body=text,
        headline=stated.headline or extract_title(root),
        description=stated.description,
        canonical_url=stated.canonical_url,
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
        flags=flags,
        embeds=embeds,
        links=tuple(find_links(passage.anchors, stated.base_url, url)),
        captions=passage.captions,
        tables=passage.tables,
        rights=stated.rights,
    )


class _Choice(NamedTuple):
    page: Blocks
    body: Body
    places: dict[str, Place]


def _passage(root: _Element, seed: str, metadata: Metadata) -> tuple[Passage, tuple[str, ...]]:
    """Return the text of the article, and flags that tell where it is from if not from the page's own blocks."""
    stated_body = paragraphs_of(metadata.stated_body)
    choice = _chosen(root, seed, metadata)
    if not choice.body.kept and _open_menus(root):
        choice = _chosen(root, seed, metadata)
    page = choice.page
    doubtful = is_doubtful(page, choice.body)
    large = doubtful and count_elements(root) > _MOST_FOR_TRAFILATURA
    flags: tuple[str, ...] = ("many_elements",) if large else ()
    if doubtful and not large:
        other = _borrowed(root, seed, choice)
        choice = other if length(*other[:2]) > CLEARLY * length(*choice[:2]) else choice
    if is_missing(page.blocks, length(*choice[:2]), stated_body):
        page = as_blocks(stated_body)
        choice = _Choice(page, borrow(page, stated_body), {})
        flags = (*flags, "from_jsonld")
    stated = Stated(metadata.headline, metadata.description, metadata.authors, metadata.publisher, metadata.language)
    return compose(*choice, stated, stated_body), flags


def _chosen(root: _Element, seed: str, metadata: Metadata) -> _Choice:
    page, places = lift_tokens(read_blocks(root), seed)
    return _Choice(page, find_body(page, metadata.headline, metadata.description), places)


def _open_menus(root: _Element) -> bool:
    """Make what a page calls its menus and footers plain boxes, and return whether it has any."""
    menus = list(root.iter("nav", "footer"))
    for menu in menus:
        menu.tag = "div"
    return bool(menus)


def _borrowed(root: _Element, seed: str, choice: _Choice) -> _Choice:
    """Return the blocks that trafilatura takes for the article, all its rules tried where the first find little."""
    found = _found(root, seed, choice, fast=True)
    if _LITTLE * length(*found[:2]) < unlinked(choice.page):
        found = _found(root, seed, choice, fast=False)
    return found


def _found(root: _Element, seed: str, choice: _Choice, fast: bool) -> _Choice:
    """Return the blocks of trafilatura's lines; the lines themselves where the page has few of them."""
    lines, places = lift_tokens(as_blocks(line.removeprefix("- ") for line in _lines(root, fast)), seed)
    texts = [block.text for block in lines.blocks]
    found = choice._replace(body=borrow(choice.page, texts))
    own = _Choice(lines, borrow(lines, texts), places)
    return found if 2 * length(*found[:2]) >= length(*own[:2]) else own


def _lines(root: _Element, fast: bool) -> list[str]:
    """Return the lines that trafilatura takes for the article; of the tree only the addresses are left afterwards."""
    elements = root.iter("script", "style", "svg", "iframe", "template")
    cut({one: "" for one in elements if "ld+json" not in one.get("type", "") or len(one.text or "") > MAX_SCRIPT})
    found = trafilatura.bare_extraction(root, fast=fast, include_comments=False, deduplicate=False, with_metadata=False)
    return (found.text or "").splitlines() if isinstance(found, Document) else []


def _embeds(posts: list[Post], passage: Passage, timezone: str) -> tuple[str, tuple[Embed, ...]]:
    """Return the text without the paragraphs that are posts in plain text, and the posts of both kinds in order.

    A post of the tree that stood outside of the article is not the article's.
    """
    found = find_posts(passage.text, timezone)
    text, placed = cut_plain_posts(passage.text, timezone) if found else (passage.text, [])
    gone = _gone(found, placed, len(passage.text))
    embeds: list[tuple[int, Embed]] = []
    for post in posts:
        if post.token in passage.places:
            was = passage.places[post.token]
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
