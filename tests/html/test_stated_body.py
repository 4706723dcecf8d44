from pipeline.html.blocks import Block, as_blocks, read_blocks
from pipeline.html.stated_body import MAX_BODY, is_missing, paragraphs_of, without_strangers
from tests.html import PARAGRAPHS, tree

STORY = tuple(" ".join(f"word{n}{k}" for k in range(20)) for n in "abcdef")


def test_a_stated_body_is_decoded_and_parted() -> None:
    assert paragraphs_of("One &amp;uuml;ber.\r\n\nTwo<br/><b>bold</b>.<p class=x>Three") == [
        "One über.",
        "Two",
        "bold .",
        "Three",
    ]


def test_no_body_and_an_endless_one_are_none() -> None:
    assert paragraphs_of(None) == paragraphs_of("x" * (MAX_BODY + 1)) == []


def test_strangers_between_the_stated_paragraphs_and_below_go() -> None:
    lines = ["A lead that is not stated.", *STORY, "Read our app now.", "Written by our staff of the town."]
    blocks = [Block(text, "p", 0.3 if text in lines[-2:] else 0.0, "") for text in lines]
    blocks.insert(3, Block("Advertisement in the midst", "p", 0.5, ""))
    blocks.insert(5, Block("What the mayor said", "h2", 0.0, ""))
    kept = without_strangers(blocks, list(range(len(blocks))), list(STORY))
    assert [blocks[at].text for at in kept] == [lines[0], *STORY[:3], "What the mayor said", *STORY[3:]]


def test_text_that_stated_bodies_leave_out_stays() -> None:
    lines = [*STORY[:3], "A pound of flour", "And what did the mayor say?", *STORY[3:], "Update: all is well again."]
    blocks = as_blocks(lines).blocks
    assert without_strangers(blocks, list(range(len(blocks))), list(STORY)) == list(range(len(blocks)))


def test_only_strangers_with_a_box_of_their_own_go() -> None:
    story = [f"<p>{text}</p>" for text in STORY]
    caption = "<div><div>The mayor at the quay</div></div>"
    items = "<ul><li>One pound of flour</ul><blockquote><p>Never again, he said.</p></blockquote>"
    page = "".join([*story[:2], caption, items, "<p><b>And the mayor?</b></p>", *story[2:]])
    blocks = read_blocks(tree(f"<body><div>{page}</div></body>")).blocks
    kept = [blocks[at].text for at in without_strangers(blocks, list(range(len(blocks))), list(STORY))]
    asides = ["One pound of flour", "Never again, he said.", "And the mayor?"]
    assert kept == [*STORY[:2], *asides, *STORY[2:]]


def test_a_stated_body_that_is_cut_off_or_another_text_changes_nothing() -> None:
    blocks = as_blocks(PARAGRAPHS).blocks
    every = list(range(len(blocks)))
    for body in (
        list(PARAGRAPHS[:1]),
        ["Another text about something else entirely, and long enough for it. " * 9],
        [],
    ):
        assert without_strangers(blocks, every, body) == every


def test_an_article_that_only_the_stated_body_holds_is_missing() -> None:
    body = [text * 3 for text in PARAGRAPHS]
    assert is_missing(as_blocks(["Please enable scripts."]).blocks, 22, body)
    assert not is_missing(as_blocks(body).blocks, 22, body)
    assert not is_missing([], 2_000, body)
    assert not is_missing(as_blocks(["x"]).blocks, 1, ["A short text."])


def test_a_short_stated_body_is_better_than_none() -> None:
    assert is_missing(as_blocks(["Menu"]).blocks, 0, ["A short text."])
    assert not is_missing(as_blocks(["Menu"]).blocks, 0, [])
