"""The blocks of a page that are its article: those in its box that are text, and the lead above it."""

import re
from collections.abc import Collection, Container, Sequence
from functools import partial
from typing import NamedTuple

from pipeline.html.blocks import Block, Blocks, Box
from pipeline.html.container import above, company, find_container, weigh
from pipeline.html.regions import foreign, inherited
from pipeline.html.stories import other_stories

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_MOSTLY_LINKS = 0.8
_SHORT_LINK = 30
_LEAD = 40
# So many equal characters are no accident.
_TELLING = 40
_WORDS = re.compile(r"\w+")
# Shorter lines, such as the items of recipes and the names in an interview, are said more than once.
_REPEATABLE = 80
_PAGE = re.compile(r"(?<!\d)\d{1,2}(?!\d)")
# A longer subhead says something by itself.
_LABEL = 60
# Of 440 pages 7 have a smaller share; trafilatura found more on three of them.
_COVERED = 0.6
_SHORT = 500
# Another choice must hold so much more.
CLEARLY = 1.3


class Body(NamedTuple):
    """What was found: positions of blocks in page order."""

    kept: list[int]
    """The text of the article."""
    within: list[bool]
    """For each block of the page whether it is in the article's box or between its headline and its end."""
    coverage: float
    """Share of the sentences of the page, less those in menus and the like, that the kept blocks hold."""


def find_body(page: Blocks, headline: str | None = None, description: str | None = None) -> Body:
    """Return the article's blocks; no blocks where no box of the page holds sentences."""
    weights = [weigh(block) for block in page.blocks]
    if not any(weights):
        weights = [weigh(block, ()) for block in page.blocks]
    others = other_stories(page, weights, partial(_is_title, headline=headline))
    gone = [one or other for one, other in zip(foreign(page, weights), others, strict=True)]
    apart = [block.box is None or gone[block.box.number] for block in page.blocks]
    clean = [0.0 if out else weight for out, weight in zip(apart, weights, strict=True)]
    if not any(clean):
        return take([False] * len(page.blocks))
    beside = company(page, clean)
    inside = _inside(page, find_container(page, clean, beside))
    kept = {
        at
        for at, block in enumerate(page.blocks)
        if inside[at] and not apart[at] and _is_text(block, beside.get(above(block), 0))
    }
    kept |= _lead(page.blocks[: min(kept, default=0)], apart, headline, description)
    found = take([at in kept for at in range(len(page.blocks))])
    within = [one or other for one, other in zip(inside, found.within, strict=True)]
    return Body(found.kept, within, sum(clean[at] for at in kept) / sum(clean))


def _is_text(block: Block, beside: int) -> bool:
    """Return whether a block is no mere link; a short one among paragraphs is an item of the text."""
    if not block.text or block.text[0] == "<":
        return False
    if block.link_share < _MOSTLY_LINKS:
        return True
    return beside > 2 and (block.tag in HEADINGS or (block.tag == "p" and len(block.text) <= _SHORT_LINK))


def _inside(page: Blocks, container: Box) -> list[bool]:
    """Return for each block whether it is in the container, or in one beside it that is named alike: the next piece."""
    beside = container.above
    pieces = [box is container or (box.above is beside and _is_piece(box, container)) for box in page.boxes]
    boxes = inherited(page.boxes, pieces)
    return [block.box is not None and boxes[block.box.number] for block in page.blocks]


def _is_piece(box: Box, container: Box) -> bool:
    """Return whether two boxes side by side are named alike but for the number of a page.

    What stands above a container without a name is rather its headline or lead.
    """
    return (
        (box.number > container.number or container.named != "")
        and box.tag == container.tag != "article"
        and _PAGE.sub("", box.named) == _PAGE.sub("", container.named)
    )


def _lead(blocks: Sequence[Block], apart: Sequence[bool], headline: str | None, description: str | None) -> set[int]:
    """Return which blocks above the container stand below the headline there, or are the stated description."""
    titles = [at for at, block in enumerate(blocks) if block.tag == "h1" or _is_title(block.text, headline)]
    # Players and lists of what is read most name the article, too.
    starts = [at for at in titles if not apart[at]] or titles
    below = range(starts[-1] + 1 if starts else len(blocks), len(blocks))
    found = {at for at in below if not apart[at] and len(blocks[at].text) >= _LEAD and blocks[at].link_share < 0.5}
    found.update([at for at, block in enumerate(blocks) if says(block.text, description)][-1:])
    return found


def _is_title(text: str, headline: str | None) -> bool:
    return headline is not None and abs(len(text) - len(headline)) < 5 and _key(text) == _key(headline)


def says(text: str, description: str | None) -> bool:
    """Return whether a text begins as the stated description does."""
    if not description or len(text) < _TELLING:
        return False
    stated = _key(description[: 4 * _TELLING])[:_TELLING]
    return len(stated) == _TELLING and _key(text[: 4 * _TELLING]).startswith(stated)


def _key(text: str) -> str:
    return " ".join(_WORDS.findall(text.casefold()))


def tidy(blocks: Sequence[Block], kept: list[int], apart: Container[int] = ()) -> list[int]:
    """Return the kept positions without lines said before, and without subheads of which no text is left.

    A paragraph that is said again beside itself is the author's. Captions and tables that stand `apart` leave a
    subhead its place.
    """
    said: dict[str, int] = {}
    fresh: set[int] = set()
    for at in kept:
        text, box = blocks[at].text, above(blocks[at])
        if text not in said or len(text) < _REPEATABLE or said[text] == box >= 0:
            fresh.add(at)
        said.setdefault(text, box)
    found: list[int] = []
    # From below: whether a subhead has text, and whether anything under it was taken away.
    followed = emptied = False
    for at in range(len(blocks) - 1, -1, -1):
        heading = blocks[at].tag in HEADINGS
        if at in fresh and (followed or not emptied or not heading or len(blocks[at].text) > _LABEL):
            found.append(at)
            followed, emptied = not heading, False
        elif at not in fresh and at not in apart and not heading and blocks[at].text:
            emptied = True
    return found[::-1]


def is_doubtful(page: Blocks, body: Body) -> bool:
    """Return whether so little of the page was chosen that another look is worth its time."""
    size = length(page, body)
    if size >= _SHORT and body.coverage >= _COVERED:
        return False
    return unlinked(page) > CLEARLY * size


def unlinked(page: Blocks) -> float:
    """Return how many characters outside of links a page has."""
    return sum(len(block.text) * (1 - block.link_share) for block in page.blocks)


def borrow(page: Blocks, lines: Collection[str]) -> Body:
    """Return the blocks of a page that another extractor's lines name."""
    wanted = frozenset(lines) - {""}
    return take([block.text in wanted for block in page.blocks])


def take(chosen: Sequence[bool]) -> Body:
    """Return a choice of blocks as a body that reaches from the first to the last of them."""
    kept = [at for at, one in enumerate(chosen) if one]
    first, last = (kept[0], kept[-1]) if kept else (0, -1)
    return Body(kept, [first <= at <= last for at in range(len(chosen))], 0.0)


def length(page: Blocks, body: Body) -> int:
    """Return how many characters the chosen blocks have."""
    return sum(len(page.blocks[at].text) for at in body.kept)
