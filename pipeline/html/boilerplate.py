"""Which blocks of an extracted body are not the article's own text, and why. Nothing is extracted here."""

from collections.abc import Sequence

from pipeline.html.blocks import Block
from pipeline.html.edges import Stated, head, tail
from pipeline.html.lines import read_line, spoken
from pipeline.html.lists import labels, link_lists, own_boxes
from pipeline.html.marked import marked

__all__ = ["Stated", "boilerplate"]


def boilerplate(blocks: Sequence[Block], stated: Stated) -> list[str | None]:
    """Return for each block of a body, in page order, why it is not the article's text; None for what stays."""
    lines = [read_line(block) for block in blocks]
    reasons = [why or spoken(line) for why, line in zip(marked(blocks), lines, strict=True)]
    own_boxes(lines, reasons)
    link_lists(lines, reasons)
    head(lines, reasons, stated)
    tail(lines, reasons, stated)
    labels(lines, reasons)
    return reasons
