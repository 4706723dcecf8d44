import pytest

from pipeline.html.blocks import read_blocks
from pipeline.html.container import weigh
from pipeline.html.regions import foreign
from tests.html import PARAGRAPHS, tree

STORY = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)


def left(markup: str) -> list[str]:
    page = read_blocks(tree(f"<body>{markup}</body>"))
    gone = foreign(page, [weigh(block) for block in page.blocks])
    return [block.text for block in page.blocks if block.box and not gone[block.box.number]]


@pytest.mark.parametrize(
    "box",
    [
        "<aside>",
        "<div class=related-posts>",
        "<div id=comments>",
        "<section class=leserkommentare>",
        "<div id=discussion>",
        "<div class=comentarios>",
        "<div class='box newsletter-signup'>",
        "<div role=complementary>",
        "<div class=cookie-consent>",
        "<div class='inlineTextBox standard'>",
        "<div class=article-inline-box>",
        "<div class=emailSignup>",
        "<section class=AuthorBox>",
        "<div hidden>",
        "<div style='display:none'>",
    ],
)
def test_what_is_named_as_something_else_is_foreign(box: str) -> None:
    assert left(f"{STORY}{box}<p>Something that is not the article of this page, though it reads well.</p>") == list(
        PARAGRAPHS
    )


@pytest.mark.parametrize(
    "name", ["has-comments", "no-sidebar", "content-with-sidebar", "modal-enabled", "shareholders"]
)
def test_names_that_only_mention_something_else_are_not_foreign(name: str) -> None:
    assert left(f"<div class='{name}'>{STORY}</div>") == list(PARAGRAPHS)


def test_a_subhead_is_named_after_what_it_says() -> None:
    assert left(f"<h3 id=comments-of-the-mayor>Comments of the mayor</h3>{STORY}")[0] == "Comments of the mayor"


def test_what_holds_the_headline_or_the_stated_body_is_not_foreign() -> None:
    assert PARAGRAPHS[0] in left(f"<div class=popup><h1>Strike</h1>{STORY}</div>{STORY}")
    assert PARAGRAPHS[0] in left(f"<div class=popup><div itemprop=articleBody>{STORY}</div></div><p>x</p>")


def test_the_version_for_browsers_without_scripts_counts_only_where_nothing_else_is_left() -> None:
    assert left(f"<noscript><p>Please turn on scripts, or read another page.</p></noscript>{STORY}") == list(PARAGRAPHS)
    assert left(f"<noscript><div>{STORY}</div></noscript><div></div>") == list(PARAGRAPHS)


def test_names_do_not_count_where_nothing_else_is_left() -> None:
    assert left(f"<div class=teaser>{STORY}</div><p>Imprint</p>") == [*PARAGRAPHS, "Imprint"]
