import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.embeds import cut_posts, find_posts
from pipeline.text.normalise import fold

LEAD = "Der Hafen von Nordwick bleibt nach dem Sturm gesperrt."
TAIL = "Am Abend soll der Betrieb wieder aufgenommen werden."
TWEET = "The cranes are standing still: photos from the harbour https://t.co/aB3dE5fG7hpic.twitter.com/Zz9Yy8Xx7W"
SIGNED = f"{TWEET} — Nordwick Post (@nordwick_post) 3. März 2019"

LETTERS = st.text(alphabet="ab —-(@)\n.1 ", max_size=60)
PIECES = st.lists(
    st.sampled_from([LEAD, SIGNED, "\n\n", "\n", " ", "— A (@b) May 3, 2019", "A post shared by A (@b) on May 3, 2019"])
    | LETTERS,
    max_size=12,
)


def test_a_glued_pair_of_links_comes_apart() -> None:
    (post,) = find_posts(SIGNED, "UTC")
    assert post.short_urls == ("https://t.co/aB3dE5fG7h", "pic.twitter.com/Zz9Yy8Xx7W")
    assert post.text == "The cranes are standing still: photos from the harbour"


def test_author_day_and_language_of_a_post() -> None:
    (post,) = find_posts(SIGNED, "UTC")
    assert (post.platform, post.author_name, post.author_handle) == ("twitter", "Nordwick Post", "nordwick_post")
    assert (post.posted_at, post.posted_at_precision) == (datetime(2019, 3, 3, tzinfo=UTC), "day")
    assert (post.in_language, post.detection) == ("en", "text_pattern")


@pytest.mark.parametrize(
    "signature",
    [
        "— Nordwick Post (@nordwick_post) March 3, 2019",
        "– Nordwick Post (@nordwick_post) 3 mars 2019",
        "- Nordwick Post (@nordwick_post), 3 de marzo de 2019",
        "&mdash; Nordwick Post (@nordwick_post) 3 March 2019",
        "—Nordwick Post (@nordwick_post) 3. Mrz. 2019",
    ],
)
def test_signatures_of_many_content_systems(signature: str) -> None:
    (post,) = find_posts(f"{TWEET} {signature}", "UTC")
    assert post.author_name == "Nordwick Post"
    assert post.posted_at == datetime(2019, 3, 3, tzinfo=UTC)


def test_a_paragraph_that_is_a_post_is_cut_and_its_place_kept() -> None:
    body, (post,) = cut_posts(f"{LEAD}\n\n{SIGNED}\n\n{TAIL}", "UTC")
    assert body == f"{LEAD}\n\n{TAIL}"
    assert post.char_start == post.char_end == body.index(TAIL)


def test_a_signature_in_its_own_paragraph_takes_the_one_before_along() -> None:
    body, (post,) = cut_posts(f"{LEAD}\n\n{TWEET}\n\n— Nordwick Post (@nordwick_post) 3. März 2019\n\n{TAIL}", "UTC")
    assert body == f"{LEAD}\n\n{TAIL}"
    assert post.text == "The cranes are standing still: photos from the harbour"


def test_a_post_inside_a_running_paragraph_stays_with_its_span() -> None:
    text = f"{LEAD}\n\n{SIGNED} {TAIL}"
    body, (post,) = cut_posts(text, "UTC")
    assert body == text
    assert body[post.char_start : post.char_end] == SIGNED


def test_two_posts_at_the_end_are_both_cut() -> None:
    body, posts = cut_posts(f"{LEAD}\n\n{SIGNED}\n\n{SIGNED}", "UTC")
    assert body == LEAD
    assert [(post.char_start, post.char_end) for post in posts] == [(len(LEAD), len(LEAD))] * 2


def test_lines_are_paragraphs_where_no_line_is_empty() -> None:
    body, (post,) = cut_posts(f"{LEAD}\n{SIGNED}\n{TAIL}", "UTC")
    assert body == f"{LEAD}\n{TAIL}"
    assert post.text is not None
    assert post.text.startswith("The cranes")


def test_an_instagram_line_is_a_post() -> None:
    body, (post,) = cut_posts(
        f"{LEAD}\n\nEin Beitrag geteilt von Hafenamt (@hafen.amt) am 3. März 2019\n\n{TAIL}", "UTC"
    )
    assert body == f"{LEAD}\n\n{TAIL}"
    assert (post.platform, post.author_handle) == ("instagram", "hafen.amt")


def masked(text: str) -> list[str]:
    return [text[post.char_start : post.char_end] for post in find_posts(text, "UTC")]


def test_a_line_that_is_a_post_leaves_the_line_before_it_alone() -> None:
    said = "Hafenmeister Kolb sagte: „Das ist falsch“, 20 Schiffe warten."
    assert masked(f"{said}\n{SIGNED}\n{TAIL}") == [SIGNED]
    assert masked(f"{LEAD}\n\n{said}\n{SIGNED}\n{TAIL}") == [SIGNED]
    assert cut_posts(f"{LEAD}\n\n{said}\n{SIGNED}\n{TAIL}", "UTC")[0] == f"{LEAD}\n\n{said}\n{SIGNED}\n{TAIL}"
    assert masked(f"{LEAD}\n{said}\n{TWEET}\n— A (@a) 3. März 2019") == [f"{TWEET}\n— A (@a) 3. März 2019"]


def test_in_a_running_paragraph_only_the_last_sentence_is_the_post() -> None:
    article = f"{LEAD} „Wir warten“, sagte Kolb, 20 Schiffe liegen fest."
    assert masked(f"{article} {SIGNED}") == [SIGNED]
    assert masked(f"{LEAD}\n\n{article} {SIGNED} {TAIL}") == [SIGNED]
    assert masked(f"{article} Still standing. https://t.co/aB3 — A (@a) 3. März 2019 {TAIL}") == [
        "Still standing. https://t.co/aB3 — A (@a) 3. März 2019"
    ]


def test_a_line_of_more_words_than_a_post_may_have_is_no_post_as_a_whole() -> None:
    assert masked(f"{LEAD}\n{LEAD * 6} {SIGNED}\n{TAIL}") == [SIGNED]
    endless = "sehr " * 200
    (span,) = masked(f"{endless} {SIGNED} {TAIL}")
    assert SIGNED in span
    assert len(span) < 450
    assert span.startswith("sehr")


def test_a_paragraph_that_is_a_post_of_two_sentences_is_cut_whole() -> None:
    post = f"Nothing moves today! {SIGNED}"
    assert cut_posts(f"{LEAD}\n\n{post}\n\n{TAIL}", "UTC")[0] == f"{LEAD}\n\n{TAIL}"


@pytest.mark.parametrize(
    "text",
    [
        "Sie schrieb das auf Twitter (@nordwick_post) am 3. März 2019.",
        "Die Autorin — Eva Brandt (@evabrandt)",
        "Ein Bericht — von 2019 (3. März 2019)",
        "",
    ],
)
def test_prose_with_a_handle_is_no_post(text: str) -> None:
    assert cut_posts(text, "UTC") == (text, [])


@given(PIECES.map("".join).map(fold))
def test_spans_hold_and_do_not_overlap(text: str) -> None:
    posts = find_posts(text, "UTC")
    for post in posts:
        assert text[post.char_start : post.char_end].strip()
    ends = [0, *(post.char_end for post in posts)]
    assert all(post.char_start >= end for post, end in zip(posts, ends, strict=False))


@given(PIECES.map("".join).map(fold))
def test_cutting_keeps_all_posts_and_leaves_folded_text(text: str) -> None:
    body, posts = cut_posts(text, "UTC")
    assert body == fold(body)
    assert len(posts) == len(find_posts(text, "UTC"))
    assert all(0 <= post.char_start <= post.char_end <= len(body) for post in posts)


def test_a_megabyte_of_dashes_is_searched_in_linear_time() -> None:
    started = time.process_time()
    find_posts("— " * 250_000 + "— ab (@c) " * 50_000, "UTC")
    find_posts("a. https://t.co/a — ab (@c) May 3, 2019 " * 2_000, "UTC")
    find_posts("pic.twitter.com/" * 60_000 + "— ab (@c) May 3, 2019", "UTC")
    assert time.process_time() - started < 5
