"""Where on a page its headline stands, and the small elements around it. What they say is read elsewhere."""

import re
from collections.abc import Iterator
from itertools import chain, islice

from lxml.etree import _Element

from pipeline.html.bylines import bare
from pipeline.text.normalise import fold_line

MAX_HEADINGS = 20
MAX_DEPTH = 40
# Larger boxes are neither a byline nor a dateline.
LONGEST = 220
MOST_ELEMENTS = 60

_INLINE = frozenset({
    "a", "abbr", "b", "cite", "em", "font", "i", "small", "span", "strong", "time", "u",
})  # fmt: skip
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
# Boxes that tell of something else than the article of the page.
_ELSEWHERE = frozenset({
    "comment", "comments", "commentlist", "respond", "reply", "replies", "related", "recommended",
    "recommendations", "recent", "sidebar", "nav", "navigation", "menu", "popular", "trending", "newsletter",
    "caption", "figcaption", "footnote", "footnotes", "event", "events",
    "quote", "quotes", "blockquote", "book", "books", "teaser", "teasers", "discussion", "discussions",
})  # fmt: skip
_NEVER = frozenset({"nav", "aside", "figure", "figcaption", "form", "blockquote", "template", "script", "style"})
_OF_POST = frozenset({"post", "entry", "article", "content"})


def find_heading(root: _Element) -> _Element | None:
    """Return the heading that the title of the page repeats, else the first <h1>; None on a page without one."""
    title = bare((root.findtext(".//title") or "")[:1000])
    headings = [*islice(root.iter("h1", "h2"), MAX_HEADINGS)]
    texts = [bare(small_text(heading)) for heading in headings]
    repeated = [(len(text), -place) for place, text in enumerate(texts) if len(text) > 8 and text in title]
    if repeated:
        return headings[-max(repeated)[1]]
    return next((one for one in headings if one.tag == "h1"), None)


def following(element: _Element) -> Iterator[_Element]:
    """Return the elements that begin behind the end of an element, in page order."""
    parent: _Element | None = element
    while parent is not None:
        for sibling in parent.itersiblings():
            yield from sibling.iter()
        parent = parent.getparent()


def small_text(element: _Element) -> str:
    """Return the lines of a small element; "" for a large one."""
    parts: list[str] = []
    length = 0
    for number, one in enumerate(element.iter()):
        tail = "" if one is element else one.tail or ""
        length += len(one.text or "") + len(tail)
        if number > MOST_ELEMENTS or length > 4 * LONGEST:
            return ""
        if one.tag not in ("script", "style"):
            parts.append(f"{'' if one.tag in _INLINE else chr(10)}{' '.join((one.text or '').split())} ")
        parts.append(" ".join(tail.split()) + " " if tail else "")
    text = "\n".join(filter(None, map(fold_line, "".join(parts).split("\n"))))
    return text if len(text) <= LONGEST else ""


def words(element: _Element) -> set[str]:
    """Return the lower-cased words of the class and id of an element."""
    return {word.casefold() for word in _WORD.findall(f"{element.get('class', '')} {element.get('id', '')}"[:300])}


def is_elsewhere(element: _Element, around: frozenset[_Element]) -> bool:
    """Return whether an element is or is in a box of something else, as comments; not those `around` the headline."""
    for box in islice(chain((element,), element.iterancestors()), MAX_DEPTH):
        if box in around or box.tag == "body":
            return False
        named = words(box)
        if box.tag in _NEVER or named & _ELSEWHERE:
            return True
        if box.tag == "footer" or "footer" in named:
            return not named & _OF_POST and next(box.iterancestors("article"), None) is None
    return False
