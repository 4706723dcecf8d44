"""Boxes among the lines of an article: what a heading such as "Related" owns, runs of mere links, mere labels."""

import re
from collections.abc import Sequence

from pipeline.html.blocks import Box
from pipeline.html.container import above
from pipeline.html.lines import HEADINGS, Line, is_label, is_sentence

_OWNERS = frozenset(("related", "call", "comments", "tags", "share", "wall"))
_BOX_LINES = 15
_LONGEST_BOX = 1_500
# An article that is more than this a list of links is one.
_MOST_LINKS = 0.4
# How many boxes around a heading are looked at.
_DEEPEST = 30
# A heading owns its box only where some line of it is linked so much: sections of prose begin with such words, too.
_LINKED = 0.3
_SHORTEST_LINK = 25
_LEAD = re.compile(r"[^:|»>]{2,60}[:|»>](?!//|\s?(?:@|https?:))")
# Where so much of the text is in paragraphs, what is in none and beside none is said by the page.
_MOST_PARAGRAPHS = 0.8
_PLAIN = frozenset(("div", "section", "form", "button"))
_FOR_TEXT = frozenset(("li", "dl", "table", "blockquote"))
_LONGEST_LABEL = 60
_ADDRESS = re.compile(r"https?://|www\.")


def own_boxes(lines: Sequence[Line], reasons: list[str | None]) -> None:
    """Give what follows a heading such as "Related" its reason: its box, if that has links, and links right behind."""
    most = min(_LONGEST_BOX, sum(len(line.block.text) for line in lines if line.prose) // 4)
    for at, line in enumerate(lines):
        if reasons[at] and _owns(line):
            for owned in _owned(lines, at, most):
                reasons[owned] = reasons[owned] or reasons[at]


def link_lists(lines: Sequence[Line], reasons: list[str | None]) -> None:
    """Mark paragraphs that are one link, and items and headings that are one beside others of the kind."""
    linked = [_is_link(line) for line in lines]
    size = sum(len(line.block.text) for line, link in zip(lines, linked, strict=True) if link)
    if size > _MOST_LINKS * sum(len(line.block.text) for line in lines):
        return
    for at, line in enumerate(lines):
        listed = line.block.tag in HEADINGS or (line.block.tag == "li" and line.block.link_share >= 0.9)
        beside = (at > 0 and (linked[at - 1] or reasons[at - 1])) or (at + 1 < len(lines) and linked[at + 1])
        if linked[at] and (beside or not listed):
            reasons[at] = reasons[at] or "related"


def labels(lines: Sequence[Line], reasons: list[str | None]) -> None:
    """Mark short lines that are no sentences, in boxes of their own, where the text is in paragraphs."""
    prose = [line.block for line, reason in zip(lines, reasons, strict=True) if line.prose and not reason]
    paragraphs = sum(len(block.text) for block in prose if block.tag == "p")
    if not paragraphs or paragraphs < _MOST_PARAGRAPHS * sum(len(block.text) for block in prose):
        return
    boxes = {above(block) for block in prose} | {block.box.number for block in prose if block.box}
    for at, line in enumerate(lines):
        if _is_plain(line) and boxes.isdisjoint((above(line.block), line.block.box and line.block.box.number)):
            reasons[at] = reasons[at] or "label"


def _is_plain(line: Line) -> bool:
    """Return whether a line is short, no sentence, and in no element that is for text."""
    block = line.block
    return (
        block.tag in _PLAIN
        and len(block.text) <= _LONGEST_LABEL
        and _FOR_TEXT.isdisjoint(block.inside.split())
        and not is_sentence(block.text)
    )


def _owns(line: Line) -> bool:
    return any(
        phrase.kind in _OWNERS and (phrase.place == "whole" or (phrase.place == "start" and is_label(line)))
        for phrase in line.phrases
    )


def _owned(lines: Sequence[Line], at: int, most: int) -> list[int]:
    following = range(at + 1, min(len(lines), at + 1 + _BOX_LINES))
    box = _box(lines[at].block.box, lines[at - 1].block.box if at else None)
    inside = 0
    while box and inside < len(following) and _is_in(lines[following[inside]].block.box, box):
        inside += 1
    linked = _is_wall(lines[at]) or any(lines[k].block.link_share >= _LINKED for k in following[:inside])
    if not linked or sum(len(lines[k].block.text) for k in following[:inside]) > most:
        inside = 0
    for k in following[inside:]:
        if lines[k].block.link_share < (_LINKED if lines[k].block.tag == "li" else 0.6):
            break
        inside += 1
    return list(following[:inside])


def _is_wall(line: Line) -> bool:
    """Return whether a line asks for a subscription: what follows is an offer even where its button is no link."""
    return any(phrase.kind == "wall" and phrase.strong and phrase.place != "within" for phrase in line.phrases)


def _box(heading: Box | None, before: Box | None) -> Box | None:
    """Return the largest box that begins with a heading: what is before the heading is not in it."""
    if heading is None or before is None:
        return None
    # A box has a lower number than what is in it or behind it.
    for _ in range(_DEEPEST):
        if heading.above is None or heading.above.number <= before.number:
            break
        heading = heading.above
    return heading


def _is_in(box: Box | None, outer: Box) -> bool:
    for _ in range(_DEEPEST):
        if box is None or box.number <= outer.number:
            break
        box = box.above
    return box is outer


def _is_link(line: Line) -> bool:
    """Return whether a line is one link, with no more before it than a few words and a colon."""
    block = line.block
    if len(block.text) < _SHORTEST_LINK or block.link_share < 0.5 or _ADDRESS.match(line.bare):
        return False
    if block.link_share >= 0.9:
        return True
    return len(block.anchors) < 2 and not block.text.endswith((".", "!", "?")) and _LEAD.match(block.text) is not None
