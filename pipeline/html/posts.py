"""Posts of other platforms in a page: taken out of the tree, a token left in the place of each."""

import re
from datetime import datetime
from itertools import islice
from typing import Literal, NamedTuple

from lxml import html
from lxml.etree import _Element

from pipeline.html.blocks import Blocks
from pipeline.html.dom import bounded_text, cut, select, text_within
from pipeline.html.jsonld import clean
from pipeline.model import Embed, NewsDate
from pipeline.text.dates import parse_date
from pipeline.text.language import code, detect
from pipeline.text.normalise import fold_line
from pipeline.text.post_urls import read_post_url

LONGEST_SIGNATURE = 2_000
MAX_MEDIA = 20
# How many posts leave a token; a page with more is a list of posts, not an article.
MAX_POSTS = 300
# A blockquote with more is a piece of the page.
_MAX_PARTS = 500
_LONGEST = 20_000

_AMP = {
    "amp-twitter": ("data-tweetid", "https://twitter.com/i/status/{}"),
    "amp-youtube": ("data-videoid", "https://www.youtube.com/watch?v={}"),
    "amp-instagram": ("data-shortcode", "https://www.instagram.com/p/{}/"),
    "amp-facebook": ("data-href", "{}"),
    "amp-tiktok": ("data-src", "https://www.tiktok.com/embed/{}"),
    "amp-iframe": ("src", "{}"),
}
_FRAME_ADDRESSES = ("src", "data-src", "data-lazy-src", "data-url", "data-href")
_QUOTE_ADDRESSES = ("data-href", "data-instgrm-permalink", "cite", "data-embed-url", "data-bluesky-uri")
_QUOTE_CLASSES = re.compile(
    r"\b(?:twitter-(?:tweet|video)|instagram-media|tiktok-embed|bluesky-embed|mastodon-embed|fb-(?:xfbml|post|video))"
)
_CANDIDATES = ("blockquote", "iframe", "div", "script", *_AMP)
_SHORT_URL = re.compile(r"(?:https?://(?:t\.co|bit\.ly|buff\.ly|ow\.ly)|pic\.(?:twitter|x)\.com)/\w{1,30}")
_HANDLE = r"\(@(?P<handle>[\w.-]{1,60}(?:@[\w.-]{1,100})?)\)"
_SIGNATURES = (
    re.compile(rf"(?:[—–]|\b(?:by|von|par|por|da|door)\b)\s*(?P<name>[^\n—–()]{{1,100}}?)\s*{_HANDLE}"),
    re.compile(rf"(?P<name>){_HANDLE}"),
)
_CONTAINERS = ("body", "html", "article", "main")
_RUNNING_TEXT = ("p", "span", "h2", "h3", "h4", "b", "strong", "em", "a")


class Post(NamedTuple):
    """One post taken out of the tree: the token that stands for it, and what it says (its offsets are still 0)."""

    token: str
    embed: Embed


def cut_posts(root: _Element, seed: str, timezone: str, captured_at: datetime) -> list[Post]:
    """Return the posts of a page in page order, cut out of it.

    A token, a word made with `seed`, is left in the place of each of the first MAX_POSTS.
    """
    posts: list[Post] = []
    taken: set[_Element] = set()
    leaving: dict[_Element, str] = {}
    for element in [one for one in root.iter(*_CANDIDATES) if one.tag != "div" or "fb-" in one.get("class", "")]:
        embed = None if element in taken else _read(element, timezone, captured_at)
        if embed:
            whole = _wrapper(element)
            taken.update(whole.iter())
            posts.append(Post(f"Post{seed}n{len(posts)}n", embed))
            leaving[whole] = _left(whole, posts[-1].token) if len(posts) <= MAX_POSTS else ""
    cut(leaving)
    return posts


class Place(NamedTuple):
    """Where the token of a post stood: the position of a block and the offset in its text."""

    at: int
    offset: int


def lift_tokens(page: Blocks, seed: str) -> tuple[Blocks, dict[str, Place]]:
    """Return the blocks without the tokens made with `seed`, and where each token stood."""
    mark = f"Post{seed}n"
    places: dict[str, Place] = {}
    lifted = list(page.blocks)
    for at, block in enumerate(page.blocks):
        if mark in block.text:
            text, offsets = _without(block.text, re.compile(rf"{mark}\d+n"))
            places |= {name: Place(at, offset) for name, offset in offsets.items()}
            lifted[at] = block._replace(text=text)
    return page._replace(blocks=lifted), places


def _without(line: str, token: re.Pattern[str]) -> tuple[str, dict[str, int]]:
    """Return a folded line without tokens, and the offset in it at which each token stood."""
    offsets: dict[str, int] = {}
    kept: list[str] = []
    length = end = 0
    for match in [*token.finditer(line), None]:
        words = line[end : match.start() if match else None].strip()
        if words:
            length += len(words) + bool(kept)
            kept.append(words)
        if match:
            offsets[match[0]] = length
            end = match.end()
    return " ".join(kept), offsets


def _read(element: _Element, timezone: str, captured_at: datetime) -> Embed | None:
    tag = str(element.tag)
    if tag in ("blockquote", "div"):
        return _quoted(element, timezone, captured_at)
    if tag in _AMP:
        attribute, form = _AMP[tag]
        return _addressed([form.format(element.get(attribute))], "amp") if element.get(attribute) else None
    if tag == "script":
        post = element.get("data-telegram-post")
        return _addressed([f"https://t.me/{post}"], "iframe") if post is not None else None
    return _addressed([element.get(name) for name in _FRAME_ADDRESSES], "iframe")


def _addressed(addresses: list[str | None], detection: Literal["blockquote", "iframe", "amp"]) -> Embed | None:
    """Return the bare facts of the first address that is a post's; None when none is."""
    post = next((found for address in addresses if (found := read_post_url(address))), None)
    return post and Embed(
        char_start=0,
        char_end=0,
        platform=post.platform,
        author_handle=post.handle,
        post_id=post.post_id,
        post_url=post.url,
        posted_at=post.posted_at,
        posted_at_precision="second" if post.posted_at else None,
        detection=detection,
    )


def _quoted(element: _Element, timezone: str, captured_at: datetime) -> Embed | None:
    """Return the post that a blockquote or Facebook's div quotes; None for a quotation of anything else."""
    if len(list(islice(element.iter(), _MAX_PARTS + 1))) > _MAX_PARTS:
        return None
    anchors = list(element.iter("a"))
    addresses = [
        *(element.get(name) for name in _QUOTE_ADDRESSES),
        *(anchor.get("href") for anchor in anchors[:-21:-1]),
    ]
    embed = _addressed(addresses, "blockquote")
    if embed is None:
        return None
    tail = bounded_text(element, _LONGEST)[-LONGEST_SIGNATURE:]
    signed = next((found for rule in _SIGNATURES if (found := rule.search(tail))), None)
    if not (signed and signed["name"]) and not _QUOTE_CLASSES.search(element.get("class", "")):
        return None
    # Instagram signs in a paragraph of its own.
    said_by = f"(@{signed['handle']})" if signed else "\n"
    text = " ".join(words for part in element.iter("p") if said_by not in (words := fold_line(text_within(part))))
    said = fold_line(_SHORT_URL.sub(" ", text))
    shown = None if embed.posted_at else _shown_date(element, anchors, timezone, captured_at)
    return embed._replace(
        author_name=(clean(signed["name"], 100) if signed else None),
        author_handle=signed["handle"] if signed else embed.author_handle,
        posted_at=shown.instant if shown else embed.posted_at,
        posted_at_precision=shown.precision if shown else embed.posted_at_precision,
        text=said or None,
        in_language=code(next((part.get("lang") for part in select(element, ".//p[@lang]")), None)) or detect(said)[0],
        media_urls=_media(element),
        short_urls=tuple(dict.fromkeys(_SHORT_URL.findall(text))),
    )


def _shown_date(element: _Element, anchors: list[_Element], timezone: str, captured_at: datetime) -> NewsDate | None:
    written = [
        *(stamp.get("datetime") for stamp in element.iter("time")),
        *(text_within(last) for last in anchors[-1:]),
    ]
    dates = (parse_date(value, "text", timezone, captured_at) for value in written if value)
    return next((found for found in dates if found), None)


def _media(element: _Element) -> tuple[str, ...]:
    sources = (image.get("src", "") for image in element.iter("img"))
    return tuple(dict.fromkeys(source for source in sources if source.startswith("https://")))[:MAX_MEDIA]


def _wrapper(element: _Element) -> _Element:
    """Return the outermost element that holds nothing but this one."""
    while (parent := element.getparent()) is not None and parent.tag not in _CONTAINERS and _wraps(parent):
        element = parent
    return element


def _left(element: _Element, token: str) -> str:
    """Return what to leave in the place of an element: a word in running text; elsewhere a paragraph now stands there.

    A paragraph goes before a whole figure, not into it.
    """
    parent = element.getparent()
    figure = next(element.iterancestors("figure"), None)
    if figure is None and parent is not None and parent.tag in _RUNNING_TEXT:
        return f" {token} "
    if parent is not None:
        place = html.Element("p")
        place.text = token
        (element if figure is None else figure).addprevious(place)
    return ""


def _wraps(parent: _Element) -> bool:
    """Return whether an element holds one thing and no words of its own."""
    if len(parent) > 3:
        return False
    telling = [child for child in parent if len(child) or (child.text or "").strip() or child.tag in ("img", "iframe")]
    loose = [parent.text or "", *(child.tail or "" for child in parent)]
    return len(telling) <= 1 and not "".join(loose).strip()
