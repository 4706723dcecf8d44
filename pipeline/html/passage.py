"""The chosen blocks as one text: boilerplate, captions and tables taken out, offsets of what stood between kept."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from lxml.etree import _Element

from pipeline.html.blocks import Block, Blocks
from pipeline.html.body import Body, says, tidy
from pipeline.html.boilerplate import Stated, boilerplate
from pipeline.html.figures import set_apart
from pipeline.html.posts import Place
from pipeline.html.stated_body import without_strangers
from pipeline.text.embeds import find_posts

_OPENS_ITEM = ("p", "div", "h1", "h2", "h3", "h4", "h5", "h6")


class Passage(NamedTuple):
    """The text of an article with paragraphs parted, and what stands in it or beside it."""

    text: str
    places: dict[str, int]
    """Where in the text the token of each post stood."""
    anchors: list[_Element]
    captions: tuple[str, ...]
    tables: tuple[str, ...]


class _Text(NamedTuple):
    blocks: Sequence[Block]
    kept: list[int]
    captions: tuple[str, ...]
    tables: tuple[str, ...]


def compose(
    page: Blocks, body: Body, places: Mapping[str, Place], stated: Stated, stated_body: Sequence[str] = ()
) -> Passage:
    """Return the text of the chosen blocks without boilerplate; no text where none were chosen."""
    blocks, kept, captions, tables = sift(page.blocks, body.kept, stated, stated_body)
    lines = [_mark(blocks[at]) + blocks[at].text for at in kept]
    starts = dict(zip(kept, accumulate((len(line) + 2 for line in lines), initial=0), strict=False))
    text = "\n\n".join(lines)
    anchors = [anchor for at in kept for anchor in blocks[at].anchors]
    return Passage(text, _offsets(blocks, body, places, starts, len(text)), anchors, captions, tables)


def sift(blocks: Sequence[Block], chosen: Sequence[int], stated: Stated, stated_body: Sequence[str]) -> _Text:
    """Return which of the chosen blocks are running text, and the captions and tables among the others."""
    apart = set_apart(blocks, chosen)
    if apart.rows:
        blocks = [block._replace(text=apart.rows.get(at, block.text)) for at, block in enumerate(blocks)]
    kept = [at for at in chosen if at not in apart.taken and blocks[at].text] or [
        at for at in chosen if blocks[at].text
    ]
    reasons = dict(zip(kept, _reasons([blocks[at] for at in kept], stated), strict=True))
    captions = [blocks[at].text for at in kept if reasons[at] == "caption"]
    kept = without_strangers(blocks, [at for at in kept if reasons[at] is None], stated_body)
    return _Text(
        blocks, tidy(blocks, kept, apart.taken), tuple(dict.fromkeys((*apart.captions, *captions))), apart.tables
    )


def _reasons(blocks: Sequence[Block], stated: Stated) -> list[str | None]:
    """Return why each block is not text; posts stay, to be told from text later, and so does all where all would go."""
    found = [
        None if reason and (_is_post(block.text) or says(block.text, stated.description)) else reason
        for block, reason in zip(blocks, boilerplate(blocks, stated), strict=True)
    ]
    return found if None in found else [None] * len(found)


def _is_post(text: str) -> bool:
    return bool(find_posts(text, "UTC"))


def _mark(block: Block) -> str:
    """Return what marks an item of a list: before its line, or before the first of its paragraphs."""
    box = block.box
    while box is not None and box.tag in _OPENS_ITEM and _is_first(box.element):
        box = box.above
    return "- " if box is not None and box.tag == "li" else ""


def _is_first(element: _Element) -> bool:
    """Return whether nothing but pictures stands before an element in the one that it is in."""
    before = element.getprevious()
    return before is None or (before.tag in ("img", "picture") and before.getprevious() is None)


def _offsets(
    blocks: Sequence[Block], body: Body, places: Mapping[str, Place], starts: dict[int, int], length: int
) -> dict[str, int]:
    """Return where in the text each token stood: in its block, or before the next one that was kept."""
    kept = sorted(starts)
    offsets: dict[str, int] = {}
    for token, (at, offset) in places.items():
        if at in starts:
            offsets[token] = starts[at] + len(_mark(blocks[at])) + offset
        elif body.within[at]:
            following = bisect_left(kept, at)
            offsets[token] = starts[kept[following]] if following < len(kept) else length
    return offsets
