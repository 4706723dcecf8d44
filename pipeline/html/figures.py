"""What stands in an article apart from its text: captions of pictures, and tables of data as tab-separated lines."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from pipeline.html.blocks import Block, Box

MAX_TABLES = 50
MAX_ROWS = 2_000
_CAPTION = re.compile(
    r"(?<![a-z])(?:(?:wp-|image-?|img-?|photo-?|media-?|figure-?)?(?:captions?|credits?)"
    r"|bildunterschrift|bildtext)(?![a-z])"
)
# These also name boxes of text beside a picture.
_PICTURE = re.compile(r"(?<![a-z])(?:(?:wp-|image-?|photo-?)?legend|images?|photos?|pictures?)(?![a-z])")
_SENTENCE_ENDS = (".", "!", "?", "…", '."', ".”", ".“", ".»")
_LONGEST_CAPTION = 300
_SUBHEADS = frozenset(("h1", "h2", "h3", "h4"))
_ROW = frozenset(("tr",))
_CELLS = frozenset(("td", "th"))
# Cells with more are paragraphs: the table is there for the layout.
_CELL = 200


class Apart(NamedTuple):
    """Captions and tables, and the positions of the blocks that they were made of."""

    captions: tuple[str, ...]
    tables: tuple[str, ...]
    taken: frozenset[int]
    rows: dict[int, str]
    """Where tables are most of the text: each row by the position of its first block. These are not in `taken`."""


def set_apart(blocks: Sequence[Block], kept: Sequence[int]) -> Apart:
    """Return the captions and the data tables among the kept blocks; neither is part of the text."""
    tables = _tables(blocks, kept)
    cells = {at for table in tables for at in table}
    captions = _captions(blocks, [at for at in kept if at not in cells])
    taken = cells.union(captions)
    rest = sum(len(blocks[at].text) for at in kept if at not in taken)
    rows: dict[int, str] = {}
    if sum(len(blocks[at].text) for at in cells) > rest:
        rows = {row[0]: " ".join(blocks[at].text for at in row) for table in tables for row in _rows(blocks, table)}
    written = tuple(_written(blocks, table) for table in tables)
    return Apart(
        tuple(dict.fromkeys(blocks[at].text for at in captions)), written, frozenset(taken - rows.keys()), rows
    )


def _captions(blocks: Sequence[Block], kept: Sequence[int]) -> list[int]:
    """Return the positions of what says what a picture shows or who took it."""
    sizes: Counter[int] = Counter()
    for at in kept:
        for box in _near(blocks[at]):
            sizes[box.number] += len(blocks[at].text)
    return [
        at
        for at in kept
        if blocks[at].tag == "figcaption"
        or ("figure" in (inside := blocks[at].inside.split()) and "blockquote" not in inside)
        or (
            blocks[at].tag not in _SUBHEADS
            and any(sizes[box.number] <= _LONGEST_CAPTION and _is_named(box, blocks[at]) for box in _near(blocks[at]))
        )
    ]


def _is_named(box: Box, block: Block) -> bool:
    """Return whether a box is named after captions, or after pictures; sentences there need a picture beside them."""
    if _CAPTION.search(box.named):
        return True
    if not _PICTURE.search(box.named):
        return False
    return not block.text.endswith(_SENTENCE_ENDS) or next(box.element.iter("img"), None) is not None


def _near(block: Block) -> list[Box]:
    return [box for box in (block.box, block.box and block.box.above) if box]


def _tables(blocks: Sequence[Block], kept: Sequence[int]) -> list[list[int]]:
    """Return the positions of the blocks of each table that holds data: two rows and columns or more, short cells."""
    found: dict[int, list[int]] = {}
    layout: set[int] = set()
    for at in kept:
        table = _around(blocks[at].box, frozenset(("table",))) if "table" in blocks[at].inside else None
        if table is not None:
            found.setdefault(table.number, []).append(at)
            outer = _around(table.above, frozenset(("table",)))
            layout.update([outer.number] if outer else [])
    return [table for number, table in found.items() if number not in layout and _is_data(blocks, table)][:MAX_TABLES]


def _is_data(blocks: Sequence[Block], table: list[int]) -> bool:
    rows = _written(blocks, table).split("\n")
    cells = [cell for row in rows for cell in row.split("\t")]
    return len(rows) > 1 and len(cells) > len(rows) and sum(map(len, cells)) <= _CELL * len(cells)


def _written(blocks: Sequence[Block], table: list[int]) -> str:
    return "\n".join(_row(blocks, row) for row in _rows(blocks, table)[:MAX_ROWS])


def _row(blocks: Sequence[Block], row: list[int]) -> str:
    cells: dict[int, list[str]] = {}
    for at in row:
        cell = _around(blocks[at].box, _CELLS)
        cells.setdefault(cell.number if cell else -1, []).append(blocks[at].text)
    return "\t".join(" ".join(cell) for cell in cells.values())


def _rows(blocks: Sequence[Block], table: list[int]) -> list[list[int]]:
    rows: dict[int, list[int]] = {}
    for at in table:
        row = _around(blocks[at].box, _ROW)
        rows.setdefault(row.number if row else -1, []).append(at)
    return list(rows.values())


def _around(box: Box | None, tags: frozenset[str]) -> Box | None:
    while box is not None and box.tag not in tags:
        box = box.above
    return box
