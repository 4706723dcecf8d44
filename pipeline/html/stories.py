"""Which articles of a page are others than the one that its headline names, such as the next one, shown below."""

from collections.abc import Callable, Iterator, Sequence

from pipeline.html.blocks import Block, Blocks, Box
from pipeline.html.regions import inherited, own_weights, summed

_TITLES = ("h1", "h2")
_LEAST = 200
# One that says so much less than another is a teaser whose text stands elsewhere.
_SHARE = 0.25


def other_stories(page: Blocks, weights: Sequence[float], is_title: Callable[[str], bool]) -> list[bool]:
    """Return for each box whether it is, or is in, an article element with a main heading that is not the title.

    None is where the title is in no article element, or in one that hardly says anything.
    """
    nothing = [False] * len(page.boxes)
    title = next((block for block in page.blocks if block.tag in _TITLES and is_title(block.text)), None)
    mine = list(_articles(title)) if title else []
    sums = summed(page.boxes, own_weights(page, weights))
    if title is None or not mine or sums[mine[0].number] < _LEAST:
        return nothing
    outer = _outermost(page.boxes, mine)
    others = {outer[block.box.number] for block in page.blocks if block.tag == title.tag and block.box}
    most = sums[mine[0].number] / _SHARE
    return inherited(page.boxes, [box.number in others and sums[box.number] <= most for box in page.boxes])


def _articles(block: Block) -> Iterator[Box]:
    """Yield the article elements that a block is in, innermost first."""
    box = block.box
    while box is not None:
        if box.tag == "article":
            yield box
        box = box.above


def _outermost(boxes: Sequence[Box], mine: Sequence[Box]) -> list[int]:
    """Return for each box the number of the outermost article element around it that is none of `mine`.

    -1 is where there is none, and within the innermost of `mine`.
    """
    kin = {box.number for box in mine}
    within: list[bool] = []
    found: list[int] = []
    for box in boxes:
        above = box.above.number if box.above else -1
        within.append(box.number == mine[0].number or (above >= 0 and within[above]))
        is_other = box.tag == "article" and box.number not in kin and not within[-1]
        found.append(found[above] if above >= 0 and found[above] >= 0 else box.number if is_other else -1)
    return found
