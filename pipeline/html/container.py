"""The box of a page that holds its article: named as such, or the innermost with most of the page's sentences."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from pipeline.html.blocks import Block, Blocks, Box
from pipeline.html.regions import summed

_LINES = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "p", "li", "blockquote", "td", "th", "dd", "dt", "pre"))
_LINES |= {"figcaption"}
# Rows, unlike their cells, are never what the article is in.
_LINES |= {"table", "tbody", "tr"}
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_OTHERS = ("nav", "button", "footer", "aside", "figcaption")
_SENTENCE = re.compile(r"[.!?…。！？,،]")
_SHORTEST = 30
_MOSTLY_LINKS = 0.6
_LABEL = 0.2
_ALONE = 0.4
# Standard names of what holds the text and nothing else: itemprop=articleBody and those of the large systems.
_NAMES = re.compile(
    r"(?:^|\s)(?:articlebody|(?:article|story|post|entry)[-_]{1,2}(?:body|content|text)"
    r"|(?:article|story)(?:text|content))(?=\s|$)"
)
_ENOUGH = 0.4
# Two thirds or nine tenths score 0.1 points less on real pages.
_MOST = 0.75


def weigh(block: Block, others: tuple[str, ...] = _OTHERS) -> float:
    """Return how many characters of sentences a block has; little for what may be a label, nothing for links."""
    if len(block.text) < _SHORTEST or block.link_share > _MOSTLY_LINKS:
        return 0.0
    if block.text[0] == "<" or block.inside.endswith(others):
        return 0.0
    weight = len(block.text) * (1 - block.link_share)
    return weight if _SENTENCE.search(block.text) else weight * _LABEL


def company(page: Blocks, weights: Sequence[float]) -> Mapping[int, int]:
    """Return how many blocks of sentences stand directly in each box, by its number."""
    return Counter(above(block) for block, weight in zip(page.blocks, weights, strict=True) if weight)


def above(block: Block) -> int:
    """Return the number of the box that a block stands in; -1 where it comes from no element."""
    box = block.box and (block.box.above or block.box)
    return box.number if box else -1


def find_container(page: Blocks, weights: Sequence[float], beside: Mapping[int, int]) -> Box:
    """Return the box of the article; the page itself where none stands out.

    A teaser is alone in its box, a paragraph of an article rarely: what is alone counts less.
    """
    own = [0.0] * len(page.boxes)
    for block, weight in zip(page.blocks, weights, strict=True):
        if block.box:
            own[block.box.number] += weight if beside.get(above(block), 0) > 1 else weight * _ALONE
    sums = summed(page.boxes, own)
    heavy = [box for box in page.boxes if sums[box.number] >= _ENOUGH * sums[0] and box.tag not in _LINES]
    named = [box for box in heavy if _NAMES.search(box.named)]
    if named:
        return max(named, key=lambda box: (sums[box.number], box.number))
    articles = [box for box in heavy if box.tag == "article"]
    start = max(articles, key=lambda box: (sums[box.number], -box.number), default=page.boxes[0])
    return _innermost(page, weights, start, heavy, sums)


def _innermost(page: Blocks, weights: Sequence[float], box: Box, heavy: Sequence[Box], sums: Sequence[float]) -> Box:
    heaviest: dict[int, Box] = {}
    for one in heavy:
        if one.above and (
            one.above.number not in heaviest or sums[one.number] > sums[heaviest[one.above.number].number]
        ):
            heaviest[one.above.number] = one
    ends = _ends(page)
    while (below := heaviest.get(box.number)) and sums[below.number] >= _MOST * sums[box.number]:
        rest = range(ends[below.number], ends[box.number])
        if _goes_on([page.blocks[at] for at in rest], [weights[at] for at in rest], box):
            break
        box = below
    return box


def _ends(page: Blocks) -> list[int]:
    """Return for each box the position behind its last block."""
    ends = [0] * len(page.boxes)
    for at, block in enumerate(page.blocks):
        if block.box:
            ends[block.box.number] = at + 1
    for box in reversed(page.boxes):
        if box.above:
            ends[box.above.number] = max(ends[box.above.number], ends[box.number])
    return ends


def _goes_on(rest: Sequence[Block], weights: Sequence[float], box: Box) -> bool:
    """Return whether paragraphs directly in a box, without links or a heading among them, are all that tells here."""
    if any(block.tag in _HEADINGS for block in rest):
        return False
    telling = [block for block, weight in zip(rest, weights, strict=True) if weight]
    return bool(telling) and all(
        block.tag == "p" and not block.link_share and above(block) == box.number for block in telling
    )
