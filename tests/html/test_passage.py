from hypothesis import given
from hypothesis import strategies as st

from pipeline.html.blocks import as_blocks, read_blocks
from pipeline.html.body import find_body, take
from pipeline.html.boilerplate import Stated
from pipeline.html.passage import Passage, compose
from pipeline.html.posts import lift_tokens
from tests.html import PARAGRAPHS, tree

STATED = Stated(None, None, (), None, "en")


def passage(markup: str, stated: Stated = STATED) -> Passage:
    page, places = lift_tokens(read_blocks(tree(f"<body>{markup}</body>")), "seed")
    return compose(page, find_body(page), places, stated)


def token(number: int) -> str:
    return f"Postseedn{number}n"


def story(*between: str) -> str:
    parts = [f"<p>{text}</p>" for text in PARAGRAPHS]
    return "".join(paragraph + middle for paragraph, middle in zip(parts, [*between, *[""] * 6], strict=False))


def test_paragraphs_are_parted_and_items_marked() -> None:
    text = passage(story("<ul><li>first item</li><li><p>one</p><p>more</p></li></ul>")).text
    assert text.startswith(f"{PARAGRAPHS[0]}\n\n- first item\n\n- one\n\nmore\n\n{PARAGRAPHS[1]}")


def test_an_item_is_marked_however_its_paragraph_is_wrapped() -> None:
    for item in ("<p>One</p>", "<div><p>One</p></div>", "<img src=a><p>One</p>", "<div><div>One</div>text</div>"):
        assert "\n\n- One\n\n" in passage(story(f"<ul><li>{item}</li></ul>")).text, item


def test_anchors_are_those_of_the_text() -> None:
    found = passage(
        "<p><a href=/menu>Home</a></p>" + story('<p>The mayor sent <a href="/letter">a letter</a> then.</p>')
    )
    assert [anchor.get("href") for anchor in found.anchors] == ["/letter"]


def test_a_token_in_any_kind_of_block_has_its_place() -> None:
    for tag in ("p", "div", "section", "td", "figure", "pre"):
        found = passage(f"<div>{story(f'<{tag}>{token(0)}</{tag}>')}</div>")
        assert found.places == {token(0): len(PARAGRAPHS[0]) + 2}, tag
        assert token(0) not in found.text


def test_a_token_behind_the_mark_of_an_item_stands_behind_it() -> None:
    found = passage(story(f"<ul><li>{token(0)} first item</li></ul>"))
    assert found.text[found.places[token(0)] :].startswith("first item")


def test_a_token_outside_of_the_article_has_no_place() -> None:
    assert passage(f"<div class=sidebar>{token(0)}</div><div>{story()}</div>").places == {}


def test_a_post_in_plain_text_and_the_stated_description_are_no_boilerplate() -> None:
    post = "Good news from the harbour https://t.co/AbCdEf1234 — Ann Bee (@annbee) 5. März 2023"
    assert post in passage(story(f"<p>{post}</p>")).text


def test_a_text_is_not_dropped_as_a_whole() -> None:
    page = as_blocks(["12 : 7"])
    assert compose(page, take([True]), {}, STATED).text == "12 : 7"
    assert passage(f"<figure>{story()}</figure>").text == "\n\n".join(PARAGRAPHS)


WORDS = st.lists(st.sampled_from(["ships", "left", "TOKEN", "quay.", "<b>at</b>", "<br>"]), max_size=8).map(" ".join)


@given(st.lists(WORDS, max_size=6))
def test_every_token_keeps_the_words_before_it(parts: list[str]) -> None:
    number = 0
    markup = []
    for part in parts:
        while "TOKEN" in part:
            part, number = part.replace("TOKEN", token(number), 1), number + 1
        markup.append(f"<p>{part}</p>")
    found = passage(story(*markup))
    assert set(found.places) == {token(n) for n in range(number)}
    places = [found.places[token(n)] for n in range(number)]
    assert places == sorted(places)
    assert all(0 <= place <= len(found.text) for place in places)
    assert "Postseed" not in found.text
    # A place is never inside a word.
    solid = [found.text[max(0, place - 1) : place + 1].split() for place in places]
    assert all(len(words) != 1 or len(words[0]) < 2 for words in solid)
