"""An article of paragraphs about a bridge, and what becomes of lines in it."""

from pipeline.html.blocks import Block
from pipeline.html.boilerplate import Stated, boilerplate

TEXT = (
    "The council of Elmtown voted on Monday to rebuild the old bridge over the river, and the work is to begin in May."
)
MORE = "Engineers had warned for years that the arches would not last, the mayor told the meeting, which went on until late."
STATED = Stated(
    "Elmtown rebuilds its bridge", "After years of warnings the old bridge goes.", ("Ann Example",), "Elm Post"
)


def line(text: str, tag: str = "p", link_share: float = 0.0, marks: str = "") -> Block:
    return Block(text, tag, link_share, marks)


def article(*between: Block) -> list[Block]:
    """Return an article of ten paragraphs with some lines in its middle."""
    return [*map(paragraph, range(5)), *between, *map(paragraph, range(5, 10))]


def paragraph(number: int) -> Block:
    return line(f"{TEXT} {number} {MORE}")


def reasons(*between: Block, stated: Stated = STATED) -> list[str | None]:
    """Return what lines in the middle of an article are; the paragraphs around them must stay."""
    found = boilerplate(article(*between), stated)
    assert found[:5] == found[-5:] == [None] * 5
    return found[5:-5]


def after(*last: Block, stated: Stated = STATED) -> list[str | None]:
    return boilerplate([*map(paragraph, range(9)), *last], stated)[9:]


def before(*first: Block, stated: Stated = STATED) -> list[str | None]:
    return boilerplate([*first, *map(paragraph, range(9))], stated)[: len(first)]
