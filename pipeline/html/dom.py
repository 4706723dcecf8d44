"""Payload bytes to one parsed tree from which no text was lost unnoticed, and its elements. Extracts nothing."""

import re
from collections.abc import Mapping
from typing import NamedTuple, cast

from lxml import etree, html
from lxml.etree import _Element

from pipeline.html.encoding import as_utf8
from pipeline.html.loss import loses_text, swallows_text
from pipeline.html.markup import is_markup, open_ended, printable
from pipeline.html.repair import rebuild
from pipeline.html.unpacking import unpacked
from pipeline.model import Refusal

# An element costs 35 microseconds and 2.6 kB: this many 7 s and 530 MB. The largest of 640 real pages has 9,748.
MAX_ELEMENTS = 200_000
_OTHER_MEDIA = re.compile(
    r"(?:image|audio|video|font)/|.*\b(?:json\w*|javascript|ecmascript|css|csv|pdf|rss|atom|rdf)\b", re.IGNORECASE
)
# Unless it is told that a page is huge, libxml2 stops at 10 MB of one text; when told, at 2,048 instead of 256 levels.
_LARGE = 9_000_000
# The parser is at the end of the page, and in no open comment, script or quote, when it reaches this element.
_LAST = "newsmill-end"
# trafilatura wants lxml.html's elements; lxml.html's own parser asks Python for the class of each, every time.
_CLASSES = etree.ElementDefaultClassLookup(element=html.HtmlElement)


class Page(NamedTuple):
    """A parsed page: the root element, and what had to be mended to parse it."""

    root: _Element
    flags: tuple[str, ...]


def parse_page(payload: bytes, declared: tuple[str | None, ...] = (), media_type: str | None = None) -> Page | Refusal:
    """Return the tree of an HTML payload, or a Refusal when it is no text, no HTML, too large or empty."""
    if media_type and _OTHER_MEDIA.match(media_type[:200]):
        return Refusal("not_html", f"served as {media_type[:200]}")
    body = unpacked(payload)
    if isinstance(body, Refusal):
        return body
    found = as_utf8(body, declared)
    if found is None:
        known = ", ".join(filter(None, declared)) or "any detectable encoding"
        return Refusal("undecodable", f"neither UTF-8 nor {known}")
    text, flags = found
    if not is_markup(text):
        return Refusal("not_html", f"no HTML: the text begins with {text[:40].decode(errors='replace')!r}")
    page = _parsed(open_ended(printable(text)), flags)
    # No markup makes an element of two bytes: nine of ten pages are too short for so many.
    if isinstance(page, Refusal) or len(text) <= 2 * MAX_ELEMENTS:
        return page
    count = count_elements(page.root)
    return Refusal("too_large", f"{count} elements, {MAX_ELEMENTS} are allowed") if count > MAX_ELEMENTS else page


def _parsed(markup: bytes, flags: tuple[str, ...]) -> Page | Refusal:
    try:
        root, fault = _tree(markup, huge=len(markup) > _LARGE)
        if fault or swallows_text(markup, root):
            rebuilt, unclosed = rebuild(markup)
            if fault or unclosed:
                flags = (*flags, fault or "unclosed_markup")
                markup = rebuilt
                root, fault = _tree(markup, huge=True)
    except etree.LxmlError:
        return Refusal("empty_body", "no element and no text")
    if fault or loses_text(markup, root):
        flags = (*flags, "truncated_tree")
    return Page(root, flags)


def _tree(markup: bytes, huge: bool = False) -> tuple[_Element, str | None]:
    """Return a tree, and the flag of what kept the parser from the end of the page."""
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, huge_tree=huge
    )
    parser.set_element_class_lookup(_CLASSES)
    root = html.document_fromstring(b"%b<%b>" % (markup, _LAST.encode()), parser=parser)
    last = root
    while len(last):
        last = last[-1]
    parent = last.getparent()
    if last.tag == _LAST and parent is not None:
        parent.remove(last)
        return root, None
    stopped = any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log)
    return root, "flattened_tree" if stopped else "unclosed_markup"


def cut(leaving: Mapping[_Element, str]) -> None:
    """Take elements out of their trees and leave words in the place of each; the text behind them stays."""
    parents = {element: parent for element in leaving if (parent := element.getparent()) is not None}
    for parent in dict.fromkeys(parents.values()):
        _cut_children(parent, leaving)


def _cut_children(parent: _Element, leaving: Mapping[_Element, str]) -> None:
    # Texts are joined once: a thousand joins to one growing text would be quadratic.
    before: _Element | None = None
    words = [parent.text or ""]
    for child in [*parent, None]:
        if child is not None and child in leaving:
            words += [leaving[child], child.tail or ""]
            parent.remove(child)
            continue
        if len(words) > 1 and before is None:
            parent.text = "".join(words) or None
        elif len(words) > 1 and before is not None:
            before.tail = "".join(words) or None
        if child is not None:
            before, words = child, [child.tail or ""]


def select(root: _Element, path: str) -> list[_Element]:
    """Return the elements that an XPath names, in page order."""
    return cast(list[_Element], root.xpath(path))


def text_within(element: _Element) -> str:
    """Return the text of an element and all below it."""
    return "".join(str(part) for part in element.itertext())


def bounded_text(element: _Element, most: int) -> str:
    """Return the text of an element and all below it, or "" when that is longer than `most`."""
    parts: list[str] = []
    length = 0
    for part in element.itertext():
        length += len(part)
        if length > most:
            return ""
        parts.append(str(part))
    return "".join(parts)


def count_elements(root: _Element) -> int:
    """Return how many elements a tree has."""
    return int(cast(float, root.xpath("count(//*)")))
