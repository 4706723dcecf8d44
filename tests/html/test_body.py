import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.html.blocks import Block, Blocks, as_blocks, read_blocks
from pipeline.html.body import borrow, find_body, is_doubtful, tidy
from tests.html import PARAGRAPHS, tree

STORY = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
TEASERS = "".join(
    f"<li><a href=/{n}>Ferry {n}</a><p>Teaser {n} of another story, with a sentence of its own.</p></li>"
    for n in range(9)
)


def kept(markup: str, headline: str | None = None, description: str | None = None) -> list[str]:
    page = read_blocks(tree(f"<body>{markup}</body>"))
    return [page.blocks[at].text for at in find_body(page, headline, description).kept]


def test_the_box_with_most_of_the_sentences_is_the_article() -> None:
    markup = f"<div><ul>{TEASERS}</ul></div><div><div>{STORY}<h2>So far</h2><ul><li>an item</li></ul></div></div>"
    assert kept(markup) == [*PARAGRAPHS, "So far", "an item"]


def test_a_stated_body_wins_over_a_heavier_neighbour() -> None:
    more = "".join(f"<p>Column {n} of the chronicle of the town, with its sentences.</p>" for n in range(9))
    assert kept(f"<div>{more}</div><div itemprop=articleBody>{STORY}</div>") == list(PARAGRAPHS)
    assert kept(f"<div>{more}</div><div class='wide entry-content'>{STORY}</div>") == list(PARAGRAPHS)


def test_text_between_line_breaks_is_found() -> None:
    assert kept("<div class=text>" + "<br><br>".join(PARAGRAPHS) + "</div>") == list(PARAGRAPHS)


def test_a_body_in_two_boxes_is_found_whole() -> None:
    half = len(STORY) // len(PARAGRAPHS) * 3
    assert STORY[half:].startswith("<p>")
    assert kept(f"<div><div>{STORY[:half]}</div><div>{STORY[half:]}</div></div>") == list(PARAGRAPHS)


@pytest.mark.parametrize(
    "form",
    [
        "<article><div class=article-body>{}</div><div class=ad>Our offer of the week.</div>"
        "<div class=article-body>{}</div></article>",
        "<main><div>{}</div><div>{}</div></main>",
        "<div><div>{}</div>{}</div>",
        "<div><div class=page1>{}</div><div class=page2>{}</div></div>",
    ],
)
def test_a_body_in_unequal_pieces_is_found_whole(form: str) -> None:
    story = [
        f"Paragraph {n} of the strike in Altwarp, where no ship was unloaded, and none will be." for n in range(10)
    ]
    for first in (6, 8):
        pieces = ["".join(f"<p>{text}</p>" for text in part) for part in (story[:first], story[first:])]
        assert kept(f"<h1>Strike</h1>{form.format(*pieces)}") == story


def test_the_lead_between_headline_and_container_is_kept() -> None:
    lead = "The mayor of Altwarp calls for talks about the strike in the harbour"
    assert kept(f"<h1>Strike</h1><div>{lead}</div><div>{STORY}</div>")[0] == lead
    assert kept(f"<div>Strike in Altwarp</div><div>{lead}</div><div>{STORY}</div>", "Strike in Altwarp")[0] == lead
    assert kept(f"<div>{lead}</div><div>{STORY}</div>")[0] == PARAGRAPHS[0]


def test_a_lead_stays_whole_though_a_player_below_it_says_the_title_again() -> None:
    lead = [
        "The mayor of Altwarp calls for talks about the strike.",
        "No ship has been unloaded since the Monday of last week.",
    ]
    player = "<div class=audio-player><h3>Strike in Altwarp</h3></div>"
    markup = f"<h1>Strike in Altwarp</h1><div><p>{lead[0]}</p><p>{lead[1]}</p></div>{player}<div>{STORY}</div>"
    assert kept(markup, "Strike in Altwarp") == [*lead, *PARAGRAPHS]


@pytest.mark.parametrize("form", ["<aside>{}</aside>", "<main><aside><div>{}</div></aside></main>"])
def test_an_article_that_is_wholly_beside_is_found(form: str) -> None:
    assert kept(f"<h1>Strike</h1>{form.format(STORY)}") == list(PARAGRAPHS)


def test_a_teaser_that_is_the_stated_description_is_the_lead() -> None:
    lead = "The mayor of Altwarp calls for talks about the strike in the harbour."
    assert kept(f"<div class=teaser>{lead}</div><div>{STORY}</div>", None, lead + " More.")[0] == lead


def test_links_stay_out_unless_short_among_paragraphs() -> None:
    names = "<p><a href=/a>Hotel Seeblick</a></p>"
    long = "<p><a href=/b>What else happened in the harbour of the town on this day</a></p>"
    assert kept(f"<div>{STORY}{names}{long}</div>") == [*PARAGRAPHS, "Hotel Seeblick"]


def test_a_page_without_sentences_has_no_body() -> None:
    page = read_blocks(tree("<body><a href=/>Home</a><p>12 : 7</p></body>"))
    assert find_body(page).kept == []


def test_little_chosen_of_much_is_doubtful() -> None:
    page = read_blocks(tree(f"<body><div>{STORY}</div></body>"))
    body = find_body(page)
    assert not is_doubtful(page, body)
    assert is_doubtful(page, body._replace(kept=[0]))
    short = read_blocks(tree("<body><p>A note of one sentence, and no more is on this page.</p></body>"))
    assert not is_doubtful(short, find_body(short))


def test_blocks_are_borrowed_by_their_text() -> None:
    page = as_blocks(["Menu", "One.", "Advertisement", "Two."])
    body = borrow(page, ["One.", "Two.", "", "Three."])
    assert (body.kept, body.within) == ([1, 3], [False, True, True, True])


def tidied(*lines: tuple[str, str]) -> list[str]:
    blocks = [Block(text, tag, 0.0, "") for tag, text in lines]
    kept = [at for at, block in enumerate(blocks) if not block.text.startswith("-")]
    return [blocks[at].text for at in tidy(blocks, kept)]


def test_a_subhead_of_which_the_text_is_gone_goes_too() -> None:
    assert tidied(("h2", "Related"), ("li", "- a link"), ("h2", "Next"), ("p", "Text.")) == ["Next", "Text."]
    assert tidied(("p", "Text."), ("h2", "More"), ("li", "- a link")) == ["Text."]


def test_subheads_above_subheads_stay() -> None:
    assert tidied(("h2", "Part"), ("h3", "One"), ("p", "Text.")) == ["Part", "One", "Text."]


def test_a_paragraph_is_not_said_twice_but_a_short_line_is() -> None:
    found = tidied(("p", PARAGRAPHS[0]), ("p", "Ann Bee:"), ("p", "Ann Bee:"), ("p", PARAGRAPHS[0]))
    assert found == [PARAGRAPHS[0], "Ann Bee:", "Ann Bee:"]


def test_what_an_article_repeats_stays_and_its_copy_elsewhere_goes() -> None:
    first, second = PARAGRAPHS[:2]
    page = read_blocks(tree(f"<body><div><p>{first}<p>{second}<p>{first}</div><div><p>{first}</div></body>"))
    assert [page.blocks[at].text for at in tidy(page.blocks, [0, 1, 2, 3])] == [first, second, first]


BLOCKS = st.lists(st.tuples(st.sampled_from(["p", "h2", "li", "div"]), st.sampled_from([*PARAGRAPHS, "Short", "So"])))


@given(BLOCKS, st.randoms(use_true_random=False))
def test_what_is_tidied_is_in_order_and_no_paragraph_is_there_twice(lines: list[tuple[str, str]], any_: object) -> None:
    blocks = [Block(text, tag, 0.0, "") for tag, text in lines]
    found = tidy(blocks, list(range(0, len(blocks), 2)))
    assert found == sorted(set(found))
    long = [blocks[at].text for at in found if len(blocks[at].text) > 80]
    assert len(long) == len(set(long))


@given(st.recursive(st.sampled_from(PARAGRAPHS).map("<p>{}</p>".format), lambda x: st.lists(x).map("".join).map("<div>{}</div>".format)))  # fmt: skip
def test_positions_are_of_the_page_and_in_its_order(markup: str) -> None:
    page: Blocks = read_blocks(tree(f"<body>{markup}<p>x</p></body>"))
    body = find_body(page)
    assert body.kept == sorted(set(body.kept))
    assert all(body.within[at] for at in body.kept)
    assert len(body.within) == len(page.blocks)
