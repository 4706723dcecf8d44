import time

import pytest

from pipeline.html.dom import MAX_ELEMENTS, Page, count_elements, cut, parse_page, select, text_within
from pipeline.html.unpacking import MAX_UNPACKED
from pipeline.model import Refusal
from tests.html import tree


def parsed(payload: str | bytes) -> Page:
    page = parse_page(payload.encode("utf-8", "surrogatepass") if isinstance(payload, str) else payload)
    assert not isinstance(page, Refusal), page
    return page


def text_of(payload: str | bytes) -> str:
    return " ".join(text_within(parsed(payload).root).split())


@pytest.mark.parametrize(
    "media_type",
    [
        *("application/json", "application/ld+json", "application/javascript", "text/css", "application/rss+xml"),
        *("application/atom+xml", "application/pdf", "image/svg+xml", "Application/JSON; charset=utf-8"),
    ],
)
def test_what_is_served_as_something_else_is_no_page(media_type: str) -> None:
    found = parse_page(b"<html><body><p>words</p></body></html>", (), media_type)
    assert isinstance(found, Refusal)
    assert found.reason == "not_html"


@pytest.mark.parametrize("media_type", [None, "text/html", "application/xhtml+xml", "text/plain", "text/xml"])
def test_a_page_served_as_a_page_is_one(media_type: str | None) -> None:
    assert not isinstance(parse_page(b"<!-- a --><!DOCTYPE html>\n<p>words</p>", (), media_type), Refusal)


@pytest.mark.parametrize(
    "text",
    [
        "if a < b then the words of this file go on and on",
        "<!-- c --><rss><channel><description><p>words</p></description></channel></rss>",
        "<!-- c -->\n<?xml version='1.0'?><!-- d --><feed><p>words</p></feed>",
        "<?xml version='1.0'?><nitf><head/><body><p>words</p></body></nitf>",
        "<svg><title>t</title><p>words</p></svg>",
        '\ufeff {"html": "<p>words</p>"}',
        '["<p>words</p>"]',
        "WARC/1.0\r\nWARC-Type: response\r\n\r\n<html><body><p>words</p></body></html>",
        "<p:x>words</p:x>",
        "<!---->" * 20_000,
        "<!--" * 50_000,
    ],
)
def test_other_text_is_no_page(text: str) -> None:
    began = time.process_time()
    found = parse_page(text.encode())
    assert isinstance(found, Refusal)
    assert found.reason == "not_html"
    assert time.process_time() - began < 2


def test_surrogate_references_become_characters_or_nothing() -> None:
    assert text_of(b"<p>a &#xD83D;&#xDE00; b &#55357;&#56832; c &#xD83D; d</p>") == "a \U0001f600 b \U0001f600 c d"


@pytest.mark.parametrize(
    "reference", ["&#0;", "&#1;", "&#x1b;", "&#xFFFF;", "&#0000000000001;", "&#1a", "\0", "\x1b", "\uffff"]
)
def test_what_no_tree_can_hold_is_left_out(reference: str) -> None:
    root = parsed(f"<p>one {reference} two</p>").root
    copy = tree("<p></p>")
    copy.text = text_within(root)
    assert "".join(copy.text.split()).replace("a", "") == "onetwo"


@pytest.mark.parametrize("feed", ["\f", "&#12;", "&#xC;", "&#x000c"])
def test_a_form_feed_is_white_space_and_may_be_set_again(feed: str) -> None:
    root = parsed(f"<p><a href='https://elmtown.example{feed}/one'>one{feed}two</a></p>").root
    (link,) = select(root, "//a")
    link.set("href", link.get("href", ""))
    assert link.get("href") == "https://elmtown.example /one"
    assert link.text == "one two"


@pytest.mark.parametrize("end", ["</body></html>", "</HTML >", "</body>"])
def test_text_after_the_end_of_the_page_is_kept_where_it_stands(end: str) -> None:
    page = parsed(f"<html><body><article><p>one</p>{end}<p>two</p></article></body></html><script>x</script>")
    assert [text_within(one) for one in select(page.root, "//article/p")] == ["one", "two"]
    assert len(select(page.root, "//script")) == 1
    assert page.flags == ()


def test_deep_pages_are_flattened_with_all_their_text_and_paragraphs() -> None:
    page = parsed(
        "<p>one</p>\n"
        + "<div>" * 100_000
        + "<p>two</p> <h2>three</h2> fo<b>ur</b></div>five"
        + "</div>" * 99_999
        + "<p>six"
    )
    assert page.flags == ("flattened_tree",)
    assert " ".join(text_within(page.root).split()) == "one two three four five six"
    assert [text_within(one) for one in page.root.iter("p", "h2")] == ["one", "two", "three", "six"]
    assert count_elements(page.root) < 300


def test_what_follows_a_link_that_is_never_written_to_its_end_is_no_link() -> None:
    assert select(parsed('<p>one</p><a href="/x><p>two</p>').root, "//a") == []


def test_what_follows_deep_elements_is_not_inside_of_them() -> None:
    page = parsed("<main>" + "<div>" * 500 + "x" + "</div>" * 500 + "<p>two</p></main><footer>three</footer>")
    assert len(select(page.root, "//main/p")) == len(select(page.root, "//body/footer")) == 1


@pytest.mark.parametrize(
    "piece",
    [
        *("<!-- note ", "<script>var a = 1;", "<style>a {}", "<title>x", "<textarea>x", "<iframe src=a>", "<xmp>"),
        *("<noembed>", "<noframes>", "<plaintext>", "<noscript>", "<template>", "<select><option>", "<svg><g>"),
        *(
            "<object>",
            "<video>",
            "<button>",
            '<a href="/x>',
            "<a href='/x>",
            "<script><!-- <script></script>",
            "<!--<!--",
        ),
    ],
)
def test_text_behind_what_is_never_closed_is_kept_and_flagged(piece: str) -> None:
    rest = "What stands behind it is as long as the paragraph of an article is and must not be lost with all the rest, whatever an editor forgot to close."
    page = parsed(f"<article><p>one</p>{piece}<p>{rest}</p></article>")
    paragraphs = select(
        page.root, "//p[not(ancestor::noscript or ancestor::template or ancestor::select or ancestor::svg)]"
    )
    assert [text_within(one) for one in paragraphs] == ["one", rest]
    assert page.flags == ("unclosed_markup",)


@pytest.mark.parametrize(
    "piece",
    [
        *("<script>if (a <!--b) c()</script>", "<!-->", "<!--->", "<!-- a --!>", "<!-- a -- b -->", "<![CDATA[ x ]]>"),
        *(
            "<noscript><img src=a></noscript>",
            "<title>x</title>",
            "<?php a ?>",
            "<p",
            "<a <a",
            "<" * 1000,
            "</p>" * 500,
        ),
        *(
            "<script>'<p>' + x + '</p>'</script>",
            "<!--[if IE]><p>old</p><!-- x --><![endif]-->",
            "<frameset><frame></frameset>",
        ),
    ],
)
def test_what_only_looks_broken_is_not_flagged(piece: str) -> None:
    page = parsed(f"<p>one</p>{piece}<p>two</p><p>three</p>")
    assert "three" in text_within(page.root)
    assert page.flags == ()


@pytest.mark.parametrize(("start", "end"), [("<!-- note ", "<!-- end -->"), ('<a href="/x>', '<a href="/y">y</a>')])
def test_text_that_a_later_end_swallows_is_flagged(start: str, end: str) -> None:
    swallowed = "".join(
        f"<p>Paragraph {n} is in the bytes of the page, but neither a browser nor the tree shows it.</p>"
        for n in range(2)
    )
    assert parsed(f"<p>one</p>{start}{swallowed}<p>two</p>{end}<p>three</p>").flags == ("truncated_tree",)


def test_texts_of_more_than_ten_megabytes_are_whole() -> None:
    assert len(text_of("<p>" + "boats " * 2_000_000 + "</p><p>two</p>")) == 12_000_003


def test_more_elements_than_a_page_has_are_refused() -> None:
    found = parse_page(b"<p>a" * (MAX_ELEMENTS + 1))
    assert isinstance(found, Refusal)
    assert found.reason == "too_large"


def test_more_bytes_than_a_page_has_are_refused() -> None:
    found = parse_page(b"<p>" + b"x" * MAX_UNPACKED)
    assert isinstance(found, Refusal)
    assert found.reason == "too_large"


@pytest.mark.parametrize(
    "piece",
    ["<", "<a", "<a ", "<a '", "<a \"'", "<!--", "<!", "</", "<p ", "&#", "&#x0", "<script", "<title>", "<b a=1>"],
)
def test_no_megabyte_costs_more_than_seconds(piece: str) -> None:
    began = time.process_time()
    parsed("<p>one</p>" + piece * (1_000_000 // len(piece)))
    assert time.process_time() - began < 8


def test_random_bytes_are_no_page() -> None:
    found = parse_page(bytes((n * n * 7 + n // 3) % 255 + 1 for n in range(5000)))
    assert isinstance(found, Refusal)
    assert found.reason in ("undecodable", "not_html")


def test_cutting_an_element_keeps_the_text_behind_it() -> None:
    root = tree("<p>one <b>two</b> three <i>four</i> five <u>six<b>seven</b> eight</u> nine</p>")
    cut(dict.fromkeys(root.iter("b", "i"), ""))
    assert text_within(root) == "one  three  five six eight nine"


def test_words_can_be_left_in_the_place_of_an_element() -> None:
    root = tree("<p><b>two</b><i>four</i> five<u>six</u><b>x</b></p>")
    cut({element: f"[{element.tag}]" for element in root.iter("b", "i")})
    assert text_within(root) == "[b][i] fivesix[b]"
    assert [element.tag for element in root.iter("b", "i", "u")] == ["u"]
