"""A page as a list of blocks: what a reader sees as one paragraph, subhead, list item, cell or caption each."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple, cast

from lxml import etree
from lxml.etree import _Element

from pipeline.text.normalise import fold_line

# Everything else parts text: unknown and custom elements are blocks on nearly every page that has them.
_INLINE = frozenset(("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em"))
_INLINE |= {"font", "i", "ins", "kbd", "label", "mark", "nobr", "q", "rb", "rp", "rt", "ruby", "s", "samp", "small"}
_INLINE |= {"span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "o:p", "st1:place"}
_INLINE |= {"img", "picture", "input", "source"}
# What browsers do not show, or not as text; its tail is text again.
_SILENT = frozenset(("script", "style", "template", "textarea", "select", "head", "title", "svg", "math"))
_SILENT |= {"iframe", "object", "audio", "video", "canvas", "datalist"}
# Half of the blocks of a page are in its menus.
_SILENT |= {"nav", "footer"}
# These neither begin nor end a line or a link.
_WITHIN = (_INLINE | _SILENT) - {"a"}
_STRUCTURE = frozenset(("article", "main", "aside", "nav", "header", "footer", "form", "figure", "figcaption", "table"))
_STRUCTURE |= {"th", "td", "ul", "ol", "li", "dl", "blockquote", "details", "button", "address"}
_NAMING = ("class", "id", "role", "itemprop", "data-component")
_UNSEEN_NAMES = re.compile(r"(?:^|\s)(?:sr-only|visually-hidden|screen-reader-text)(?=\s|$)")
_UNSEEN = re.compile(r"display\s{0,3}:\s{0,3}none", re.IGNORECASE)
_MAX_MARKS = 1_000
_MAX_ANCHORS = 200


class Box(NamedTuple):
    """An element with text in it or below it, and the box that it is in."""

    number: int
    """Boxes are numbered as they are met: what a box is in has a lower number."""
    above: "Box | None"
    element: _Element
    tag: str
    named: str
    """Its own lower-cased class, id, role, itemprop and data-component; "hidden" where an attribute hides it."""
    marks: str
    """What it and the boxes that it is in are named, outermost first."""
    inside: str


class Block(NamedTuple):
    """One line of a page; `element` and `box` are None where a text came from elsewhere."""

    text: str
    """Folded into one line."""
    tag: str
    """The block-level element that it came from: p h2 li blockquote td dd figcaption pre div ..."""
    link_share: float
    """Characters inside of links / characters."""
    marks: str
    """What the block and the boxes that it is in are named, outermost first."""
    element: _Element | None = None
    inside: str = ""
    """The tags of structure that it is in (article aside li table ...), outermost first, its own last."""
    anchors: tuple[_Element, ...] = ()
    box: Box | None = None


class Blocks(NamedTuple):
    """The blocks of a page in page order, and all boxes that they are in, by number."""

    blocks: list[Block]
    boxes: list[Box]


def as_blocks(lines: Iterable[str]) -> Blocks:
    """Return lines of text as blocks that come from no element, empty ones left out."""
    return Blocks([Block(text, "p", 0.0, "") for text in map(fold_line, lines) if text], [])


def read_blocks(root: _Element) -> Blocks:
    """Return the blocks of a page's body, without empty ones; nothing of scripts, form values and menus."""
    body = root.find("body")
    reader = _Reader()
    walk = etree.iterwalk(root if body is None else body, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        within = tag in _WITHIN
        if event == "end":
            if not within:
                reader.leave(tag)
            text = element.tail
        elif within and (tag in _SILENT or _is_unseen(element)):
            walk.skip_subtree()
            continue
        else:
            if not within:
                reader.enter(element, tag)
            text = element.text
        if text and (reader.pieces or not text.isspace()):
            reader.add(text)
    reader.part()
    return Blocks(reader.blocks, reader.boxes)


class _Reader:
    """Collects pieces of text until a block-level element or a line break parts them."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.boxes: list[Box] = []
        self.pieces: list[str] = []
        self._open: list[tuple[_Element, str]] = []
        self._boxed: list[Box] = []
        self._links: list[_Element] = []
        self._anchors: dict[_Element, None] = {}
        self._size = self._linked = self._preformatted = 0

    def enter(self, element: _Element, tag: str) -> None:
        """Begin a link, or a line."""
        if tag == "a":
            self._links.append(element)
            return
        if self.pieces:
            self.part()
        if tag != "br":
            self._open.append((element, tag))
        self._preformatted += tag == "pre"

    def leave(self, tag: str) -> None:
        """End a link, or a line."""
        if tag == "a":
            self._links.pop()
        elif tag != "br":
            if self.pieces:
                self.part()
            self._open.pop()
            self._preformatted -= tag == "pre"
            del self._boxed[len(self._open) :]

    def part(self) -> None:
        """End the line that is being collected."""
        text = fold_line("".join(self.pieces))
        if text and self._open:
            box = self._box()
            share = self._linked / max(1, self._size)
            anchors = tuple(self._anchors)[:_MAX_ANCHORS]
            self.blocks.append(Block(text, box.tag, share, box.marks, box.element, box.inside, anchors, box))
        self.pieces, self._anchors = [], {}
        self._size = self._linked = 0

    def add(self, text: str) -> None:
        """Add to the line that is being collected; in preformatted text a line ends where it does there."""
        if self._preformatted and "\n" in text:
            *lines, text = text.split("\n")
            for one in lines:
                self.add(one)
                self.part()
        size = len(text.strip())
        if size or self.pieces:
            self.pieces.append(text)
            self._size += size
        if size and self._links:
            self._linked += size
            self._anchors[self._links[-1]] = None

    def _box(self) -> Box:
        """Return the box of the innermost open element; boxes are made for what has text only."""
        box = self._boxed[-1] if self._boxed else None
        for element, tag in self._open[len(self._boxed) :]:
            box = _below(box, element, tag, len(self.boxes))
            self.boxes.append(box)
            self._boxed.append(box)
        return self._boxed[-1]


def _below(above: Box | None, element: _Element, tag: str, number: int) -> Box:
    attributes = element.items()
    named = _named(cast("dict[str, str]", dict(attributes))) if attributes else ""
    if above is None:
        return Box(number, None, element, tag, named, "", "")
    marks = f"{above.marks} {named}"[-_MAX_MARKS:] if named else above.marks
    inside = above.inside
    if tag in _STRUCTURE and not inside.endswith(tag):
        inside = f"{inside} {tag}"[-_MAX_MARKS:]
    return Box(number, above, element, tag, named, marks, inside)


def _named(attributes: Mapping[str, str]) -> str:
    names = [value for name in _NAMING if (value := attributes.get(name))]
    if "hidden" in attributes or ("style" in attributes and _UNSEEN.search(attributes["style"][:500])):
        names.append("hidden")
    return " ".join(names).lower()[:_MAX_MARKS]


def _is_hidden(element: _Element) -> bool:
    style = element.get("style")
    return element.get("hidden") is not None or (style is not None and bool(_UNSEEN.search(style[:500])))


def _is_unseen(element: _Element) -> bool:
    """Return whether a piece of a line is hidden, from all or from those who can see."""
    return _is_hidden(element) or bool(_UNSEEN_NAMES.search(element.get("class", "")[:_MAX_MARKS]))
