import pytest

from pipeline.html.blocks import read_blocks
from pipeline.html.figures import Apart, set_apart
from tests.html import PARAGRAPHS, tree

STORY = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
TABLE = "<table><tr><th>Port<th>Ships<tr><td>Altwarp<td>12<tr><td><p>Neu</p><p>dorf</p><td>7</table>"


def apart(markup: str) -> tuple[Apart, list[str]]:
    blocks = read_blocks(tree(f"<body>{markup}</body>")).blocks
    found = set_apart(blocks, range(len(blocks)))
    return found, [block.text for at, block in enumerate(blocks) if at not in found.taken]


@pytest.mark.parametrize(
    "caption",
    [
        "<figure><img><figcaption>Ships at the quay</figcaption></figure>",
        "<figure><div>Ships at the quay</div></figure>",
        "<p class=wp-caption-text>Ships at the quay</p>",
        "<div class=image><p>Ships at the quay</p></div>",
    ],
)
def test_captions_stand_apart(caption: str) -> None:
    found, rest = apart(STORY + caption + caption)
    assert (found.captions, rest) == (("Ships at the quay",), list(PARAGRAPHS))


def test_sentences_without_a_picture_and_a_quotation_in_a_figure_are_no_captions() -> None:
    said = "The harbour of Altwarp stood still on Monday, and no ship was unloaded."
    for box in ("<div class=text-with-image><p>", "<div class=legend>"):
        assert apart(f"{STORY}{box}{said}")[1] == [*PARAGRAPHS, said], box
    assert apart(f"{STORY}<figure><blockquote><p>{said}</blockquote></figure>")[1] == [*PARAGRAPHS, said]


def test_a_story_in_a_box_named_after_its_pictures_is_no_caption() -> None:
    for box in ("<div class='post has-images'>", "<div class=photo-story><div>"):
        assert apart(box + STORY)[1] == list(PARAGRAPHS)


def test_a_table_stands_apart_as_tab_separated_lines() -> None:
    found, rest = apart(STORY + TABLE)
    assert (found.tables, rest) == (("Port\tShips\nAltwarp\t12\nNeu dorf\t7",), list(PARAGRAPHS))


def test_a_table_for_the_layout_is_text() -> None:
    assert apart(f"<table><tr><td>{PARAGRAPHS[0] * 3}</td><td>{PARAGRAPHS[1] * 3}</table>")[0].tables == ()
    nested = f"<table><tr><td>Menu</td><td>x<tr><td>{TABLE}</td><td>y</table>"
    assert len(apart(STORY + nested)[0].tables) == 1
    assert apart(f"{STORY}<table><tr><td>One<tr><td>Two</table>")[0].tables == ()


def test_a_table_that_is_most_of_the_text_is_in_the_text_too() -> None:
    found, _ = apart(f"<p>The results:</p>{TABLE}")
    assert list(found.rows.values()) == ["Port Ships", "Altwarp 12", "Neu dorf 7"]
    assert len(found.tables) == 1
