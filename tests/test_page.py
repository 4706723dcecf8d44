import gzip
import sys
import time
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.html.posts import MAX_POSTS
from pipeline.model import Article, Refusal
from pipeline.page import html_article
from pipeline.text.normalise import fold
from tests.html import PARAGRAPHS, SOURCE, article, capture, page, refusal, stored


def test_a_news_page_gives_its_stated_fields() -> None:
    found = article(stored("strike.html"))
    assert found.headline == "Hafen von Altwarp steht still"
    assert found.description == "Seit Montag wird im Hafen gestreikt."
    assert (found.authors, found.agencies) == (("Anke Brodersen",), ("dpa",))
    assert (found.publisher, found.article_section, found.keywords) == ("Küstenbote", "Wirtschaft", ("Hafen", "Streik"))
    assert found.canonical_url == "https://www.kuestenbote.example/wirtschaft/hafen-streik.html"
    assert found.image_url == "https://www.kuestenbote.example/bilder/hafen.jpg"
    assert (found.in_language, found.is_accessible_for_free) == ("de", False)


def test_the_published_day_is_the_publishers_and_the_instant_is_utc() -> None:
    found = article(stored("strike.html"))
    assert found.published is not None
    assert found.published.day == date(2023, 3, 6)
    assert found.published.instant == datetime(2023, 3, 5, 23, 30, tzinfo=UTC)
    assert (found.published.precision, found.published.origin) == ("second", "jsonld")
    assert found.published.raw == "2023-03-06T00:30:00+01:00"
    assert found.modified == datetime(2023, 3, 6, 8, 15, tzinfo=UTC)


def test_the_body_keeps_its_paragraphs_and_nothing_of_menus() -> None:
    body = article(stored("strike.html")).article_body
    assert "kein Schiff wurde entladen.\n\nDie Leitung" in body
    assert "Impressum" not in body
    assert body == fold(body)


def test_posts_are_out_of_the_body_and_keep_their_place() -> None:
    found = article(stored("strike.html"))
    tweet, video = found.embeds
    assert "Heute laden" not in found.article_body
    assert found.article_body[tweet.char_start :].startswith("Am Nachmittag")
    assert found.article_body[video.char_start :].startswith("Bis zum Abend")
    assert tweet.char_start == tweet.char_end
    assert (tweet.platform, tweet.author_name, tweet.author_handle) == ("twitter", "Hafen Altwarp", "hafenaltwarp")
    assert tweet.text == "Heute laden wir nichts aus. Danke an alle!"
    assert tweet.short_urls == ("https://t.co/AbCdEf1234", "pic.twitter.com/ZyXwVu9876")
    assert tweet.post_url == "https://twitter.com/hafenaltwarp/status/1632618240000000000"
    assert (video.platform, video.post_id, video.detection) == ("youtube", "a1B2c3D4e5F", "iframe")


def test_captions_and_tables_stand_beside_the_text() -> None:
    figure = "<figure><img src=a.jpg><figcaption>Ships at the quay</figcaption></figure>"
    table = "<table><tr><th>Port<th>Ships<tr><td>Altwarp<td>12</table>"
    found = article(page(figure + table))
    assert (found.captions, found.tables) == (("Ships at the quay",), ("Port\tShips\nAltwarp\t12",))
    assert found.article_body == "\n\n".join(PARAGRAPHS)


def test_a_text_behind_scripts_is_taken_from_the_stated_body() -> None:
    body = "\\n".join(PARAGRAPHS)
    head = f'<script type="application/ld+json">{{"@type": "NewsArticle", "articleBody": "{body}"}}</script>'
    found = article(f"<html><head>{head}</head><body><p>Please turn on scripts to read this.</p></body></html>")
    assert (found.article_body, found.flags) == ("\n\n".join(PARAGRAPHS), ("from_jsonld",))


def test_where_our_choice_is_in_doubt_trafilatura_is_asked() -> None:
    lines = "".join(f"<p>Ferry {number} left at noon</p>" for number in range(60))
    found = article(f"<html><body><main>{lines}</main></body></html>")
    assert "Ferry 7 left at noon\n\nFerry 8" in found.article_body


@pytest.mark.parametrize(("finds", "asked"), [(False, [True, False]), (True, [True])])
def test_all_rules_of_trafilatura_are_asked_only_where_the_first_find_little(
    finds: bool, asked: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    found = sys.modules["trafilatura"].bare_extraction

    def extraction(root: object, *, fast: bool, **options: bool) -> object:
        seen.append(fast)
        return found(root, fast=fast, **options) if finds else None

    monkeypatch.setattr("trafilatura.bare_extraction", extraction)
    lines = "".join(f"<p>Ferry {number} left at noon</p>" for number in range(60))
    html_article(capture(f"<html><body><main>{lines}</main></body></html>"), SOURCE)
    assert seen == asked


def test_links_are_those_of_the_body() -> None:
    links = article(stored("strike.html")).links
    assert [(link.url, link.anchor_text, link.is_internal) for link in links] == [
        ("https://www.kuestenbote.example/wirtschaft/streik-chronik.html", "Streik ohne Vorwarnung", True),
        ("https://gewerkschaft.example/aufruf", "Ankündigung vom Freitag", False),
    ]


def test_a_post_inside_a_paragraph_leaves_the_paragraph_whole() -> None:
    frame = '<iframe src="https://www.youtube.com/embed/a1B2c3D4e5F"></iframe>'
    found = article(page(f"<p>The film {frame} was shown in the town hall on the same evening, and many came.</p>"))
    assert "The film was shown in the town hall" in found.article_body
    assert found.article_body[: found.embeds[0].char_start].endswith("The film")


def test_a_post_that_is_dropped_with_its_box_stands_behind_the_paragraph_before_it() -> None:
    frame = '<aside class="widget"><iframe src="https://www.youtube.com/embed/a1B2c3D4e5F"></iframe> Film</aside>'
    found = article(page(frame))
    assert found.article_body[found.embeds[0].char_start :].startswith(PARAGRAPHS[3])


@pytest.mark.parametrize("box", ["div", "section", "figure", "td", "span", "center"])
def test_a_post_in_any_box_is_placed_exactly(box: str) -> None:
    found = article(page(f'<{box}><iframe src="https://www.youtube.com/embed/a1B2c3D4e5F"></iframe></{box}>'))
    assert [found.article_body[post.char_start :][:11] for post in found.embeds] == [PARAGRAPHS[3][:11]]


TWEET = "Good news from the harbour https://t.co/AbCdEf1234 — Ann Bee (@annbee) 5. März 2023"
FRAME = '<iframe src="https://www.youtube.com/embed/a1B2c3D4e5F"></iframe>'


def test_a_post_in_plain_text_is_cut_where_it_is_a_whole_paragraph() -> None:
    found = article(page(f"<p>{TWEET}</p>"))
    (tweet,) = found.embeds
    assert (tweet.author_handle, tweet.text, tweet.detection) == (
        "annbee",
        "Good news from the harbour",
        "text_pattern",
    )
    assert found.article_body == "\n\n".join(PARAGRAPHS)
    assert tweet.char_start == tweet.char_end
    assert found.article_body[tweet.char_start :].startswith(PARAGRAPHS[3])


def test_a_post_in_plain_text_inside_a_paragraph_keeps_its_span() -> None:
    found = article(page(f"<p>The mayor was glad. {TWEET} And that was all for the day, she said.</p>"))
    (tweet,) = found.embeds
    assert found.article_body[tweet.char_start : tweet.char_end] == TWEET


def test_posts_of_both_kinds_stand_in_order_at_their_places() -> None:
    more, other = TWEET.replace("harbour", "town"), TWEET.replace("harbour", "mayor")
    found = article(
        page(f"{FRAME}<p>{TWEET}</p><p>{TWEET} {TWEET}</p>{FRAME}<p>The film {FRAME} was shown in the town hall.</p>")
        .replace(f"<p>{PARAGRAPHS[0]}", f"<p>{more}</p><p>{PARAGRAPHS[0]}")
        .replace(f"{PARAGRAPHS[5]}</p>", f"{PARAGRAPHS[5]}</p>{FRAME}<p>{other}</p>{FRAME}")
    )
    body = found.article_body
    assert "Good news" not in body
    starts = [post.char_start for post in found.embeds]
    assert starts == sorted(starts)
    kinds = [(post.platform, body[post.char_start :][:11]) for post in found.embeds]
    film = "The film wa"
    assert kinds == [
        ("twitter", PARAGRAPHS[0][:11]),
        ("youtube", film),
        *[("twitter", film)] * 3,
        ("youtube", film),
        ("youtube", " was shown "),
        ("youtube", ""),
        ("twitter", ""),
        ("youtube", ""),
    ]


def test_a_page_of_nothing_but_posts_is_no_article() -> None:
    found = refusal(f"<html><body><article><p>{TWEET}</p></article></body></html>")
    assert (found.reason, found.detail) == ("empty_body", "nothing but posts")


def test_a_page_of_many_posts_is_flagged_and_keeps_the_first() -> None:
    found = article(page(f"<p>{(FRAME + ' word ') * (MAX_POSTS + 1)}</p>"))
    assert (len(found.embeds), found.flags) == (MAX_POSTS, ("many_posts",))


def test_thousands_of_scripts_and_frames_cost_no_time() -> None:
    scripts = ("<script></script>" + "w " * 200) * 6000
    frames = (FRAME + "word " * 40) * 4000
    for middle in (f"<div>{scripts}</div>", f"<p>{frames}</p>"):
        began = time.process_time()
        article(page(middle))
        assert time.process_time() - began < 5


def test_a_live_blog_is_told_by_its_type() -> None:
    head = '<script type="application/ld+json">{"@type": "LiveBlogPosting", "headline": "Live"}</script>'
    assert article(page(head=head)).genre == "liveblog"


def test_the_language_of_the_page_counts_only_where_the_text_does_not_tell() -> None:
    assert article(page().replace("<html>", '<html lang="de-DE">')).in_language == "en"
    assert article('<html lang="de-DE"><body><p>12 : 7</p><p>3 : 4</p></body></html>').in_language == "de"


def test_the_worst_pages_cost_little_time() -> None:
    worst = (
        "<div class=story>A sentence, with a comma.</div>" * 9_000,
        "<table>" + ("<tr>" + "<td>7" * 20) * 900 + "</table>",
        "<p>" + "<a href=/x>y</a> " * 20_000,
        "<p>" + "w (@" * 50_000,
        "word " * 200_000,
    )
    for middle in worst:
        began = time.process_time()
        html_article(capture(page(middle)), SOURCE)
        assert time.process_time() - began < 6


def test_a_packed_page_is_unpacked() -> None:
    assert PARAGRAPHS[5] in article(gzip.compress(page().encode())).article_body


def test_other_data_is_refused_with_a_reason() -> None:
    assert refusal(b"%PDF-1.7 " + b"x" * 100).reason == "not_html"
    assert refusal(b"\xff\xd8\xff\xe0" + bytes(range(256))).reason == "not_html"
    assert refusal('<?xml version="1.0"?><rss><channel><title>News</title></channel></rss>').reason == "not_html"
    assert refusal('{"text": "a record"}').reason == "not_html"
    assert refusal("<html><body><script>load()</script></body></html>").reason == "empty_body"
    assert refusal(gzip.compress(page().encode())[:-20]).reason == "undecodable"
    assert refusal(gzip.compress(b"a" * 30_000_000)).reason == "too_large"


def test_too_many_elements_are_refused_before_they_cost_anything() -> None:
    found = refusal(page("<div>x</div>" * 210_000))
    assert (found.reason, found.detail) == ("too_large", "210010 elements, 200000 are allowed")


def test_text_behind_deep_nesting_is_kept_and_flagged() -> None:
    deep = article(page("<div>" * 400 + "deep" + "</div>" * 400))
    assert PARAGRAPHS[5] in deep.article_body
    assert deep.flags == ("flattened_tree",)


def test_text_behind_an_open_comment_is_kept_and_flagged() -> None:
    found = article(page("<!-- an editor's note"))
    assert PARAGRAPHS[5] in found.article_body
    assert found.flags == ("unclosed_markup",)


def test_broken_json_ld_costs_no_time_and_gives_what_can_be_read() -> None:
    broken = '{"@type": "NewsArticle", "datePublished": "2023-03-06", "author": {"name": "A B", ' * 5000
    found = article(page(head=f'<script type="application/ld+json">{broken}</script>'))
    assert found.published is not None
    assert found.published.day == date(2023, 3, 6)


@pytest.mark.parametrize("element", ["nav", "footer", "aside"])
def test_an_article_that_is_wholly_in_a_menu_is_read(element: str) -> None:
    body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    found = article(f"<html><body><h1>Hafen steht still</h1><{element}>{body}</{element}></body></html>")
    assert found.article_body == "\n\n".join(PARAGRAPHS)


def test_the_order_of_documents_does_not_matter() -> None:
    one, other = stored("strike.html"), page("<p>Published on 5 March 2023 in the evening.</p>")
    before = article(one), article(other)
    assert (article(other), article(one)) == before[::-1]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300) | st.text("<>!-/&#xD8;'\"=ab \n\0pdivtableliquote", max_size=300).map(str.encode))
def test_no_bytes_raise(payload: bytes) -> None:
    found = html_article(capture(page().encode() + payload), SOURCE)
    assert isinstance(found, Article | Refusal)
    assert isinstance(html_article(capture(payload), SOURCE), Article | Refusal)
