import time

from hypothesis import given
from hypothesis import strategies as st

from pipeline.html.blocks import Block, as_blocks, read_blocks
from pipeline.html.dom import text_within
from pipeline.text.normalise import fold_line
from tests.html import tree


def blocks(markup: str) -> list[Block]:
    return read_blocks(tree(f"<body>{markup}</body>")).blocks


def texts(markup: str) -> list[str]:
    return [block.text for block in blocks(markup)]


def test_block_level_elements_and_line_breaks_part_lines() -> None:
    assert texts("<div>One<br>two <b>bold</b> words<p>three</p>four</div>five") == [
        "One",
        "two bold words",
        "three",
        "four",
        "five",
    ]


def test_what_is_no_text_leaves_its_tail_in_the_line() -> None:
    markup = "<p>Before<script>code()</script> and <img alt=x>after <svg><title>icon</title></svg>it</p>"
    assert texts(markup) == ["Before and after it"]
    assert texts("<select><option>1</select><textarea>x</textarea>") == []


def test_line_breaks_part_preformatted_lines() -> None:
    assert texts("<pre>One\ntwo <b>bold</b>\n\nthree</pre>four\nfive") == ["One", "two bold", "three", "four five"]


def test_hidden_pieces_of_a_line_are_left_out() -> None:
    for hidden in ("hidden", "style='display: none'", "class='x sr-only'", "class=visually-hidden"):
        assert texts(f"<p>One <span {hidden}>(opens <b>there</b>)</span> two</p>") == ["One two"]


def test_menus_and_page_footers_are_left_out() -> None:
    assert texts("<nav><a href=/>Home</a></nav><p>Text</p><footer>Imprint</footer>") == ["Text"]


def test_a_block_knows_its_element_its_links_and_what_it_is_in() -> None:
    found = blocks('<article class="Story" id=top><ul role=list><li>Go <a href=/a>there</a></li></ul></article>')[0]
    assert (found.text, found.tag, found.inside) == ("Go there", "li", " article ul li")
    assert found.marks.split() == ["story", "top", "list"]
    assert found.link_share == 5 / 7
    assert [anchor.get("href") for anchor in found.anchors] == ["/a"]
    assert found.element is not None
    assert found.element.tag == "li"


def test_what_an_attribute_hides_is_named_hidden() -> None:
    assert [block.marks for block in blocks("<p hidden>a</p><p style='color:red;DISPLAY : none'>b</p><p>c</p>")] == [
        " hidden",
        " hidden",
        "",
    ]


def test_boxes_are_numbered_outermost_first() -> None:
    page = read_blocks(tree("<body><div><p>a</p><img></div><section><p>b</p></section></body>"))
    assert [box.tag for box in page.boxes] == ["body", "div", "p", "section", "p"]
    assert [box.number for box in page.boxes] == list(range(5))
    assert all(box.above is None or box.above.number < box.number for box in page.boxes)


def test_lines_from_elsewhere_are_blocks_without_an_element() -> None:
    assert [(block.text, block.element) for block in as_blocks(["a  b", " ", "c"]).blocks] == [
        ("a b", None),
        ("c", None),
    ]


def test_time_is_linear_in_siblings_depth_and_pieces() -> None:
    worst = (
        "<div class=x>y</div>" * 50_000,
        "<div class=x>y" * 2_000,
        "<p>" + "<b>x</b> <a href=y>z</a>" * 20_000,
        "a<br>" * 50_000,
        "<table>" * 300 + "x",
        "<p>" + "word " * 400_000,
    )
    for markup in worst:
        root = tree(f"<body>{markup}")
        began = time.process_time()
        read_blocks(root)
        assert time.process_time() - began < 3


def test_lines_have_the_form_that_all_text_has() -> None:
    line = "Harbour" + "\u0652" * 100 + " cafe\u0301\x1f bar"
    assert texts(f"<p>{line}</p>") == [fold_line(line)] == ["Harbour" + "\u0652" * 30 + " café bar"]


PARTS = st.sampled_from(["<p>", "</p>", "<b>", "</b>", "<br>", "<div>", "</div>", "<a href=x>", "</a>", "<li>", "<td>"])


@given(st.lists(PARTS | st.sampled_from(["one ", "two", " ", "ü", "3.\n"]), max_size=40))
def test_blocks_hold_the_words_of_the_page_in_their_order(parts: list[str]) -> None:
    root = tree("<body>" + "".join(parts) + "<p>end</p></body>")
    found = "".join(block.text for block in read_blocks(root).blocks)
    assert "".join(found.split()) == "".join(text_within(root).split())
