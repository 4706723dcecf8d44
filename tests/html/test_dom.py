import time

import pytest

from pipeline.html.dom import cut, decode, parse_page, text_within
from pipeline.model import Refusal
from tests.html import tree

GERMAN = "Grüße aus München, schöne Übung für Ärzte"


def text_of(payload: bytes, *declared: str) -> str:
    page = parse_page(payload, declared)
    assert not isinstance(page, Refusal)
    return " ".join(text_within(page.root).split())


def test_valid_utf8_wins_over_a_wrong_declaration() -> None:
    assert decode(GERMAN.encode(), ("iso-8859-1",)) == (GERMAN, False)


def test_a_declared_encoding_is_used_for_other_bytes() -> None:
    assert decode("Привет всем".encode("koi8-r"), ("koi8-r",)) == ("Привет всем", False)
    assert decode(b"\xfcber", ("iso-8859-1",)) == ("über", False)
    assert decode("„Zitat“".encode("cp1252"), ("iso-8859-1",)) == ("„Zitat“", False)


def test_the_pages_own_charset_is_read() -> None:
    assert text_of(b"<meta charset=cp1251><p>" + "Привет".encode("cp1251")) == "Привет"


def test_undeclared_western_bytes_are_detected() -> None:
    assert GERMAN in text_of(f"<p>{GERMAN} und früher war es für alle schöner.</p>".encode("latin-1"))


def test_one_broken_byte_does_not_change_the_encoding() -> None:
    assert decode(GERMAN.encode() * 3 + b"\xff") == (GERMAN * 3 + "\ufffd", True)


def test_utf16_is_read_by_its_mark() -> None:
    assert text_of(f"<p>{GERMAN}</p>".encode("utf-16")) == GERMAN


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_every_byte_order_mark_is_known(codec: str) -> None:
    assert text_of(f"\ufeff<p>{GERMAN}</p>".encode(codec)) == GERMAN


def test_a_replacement_character_that_the_page_holds_is_no_sign_of_another_encoding() -> None:
    assert decode("<p>one \ufffd sign</p>".encode(), ("iso-8859-1",)) == ("<p>one \ufffd sign</p>", False)


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


def test_codecs_that_no_page_uses_are_ignored() -> None:
    assert decode(b"\xfcber", ("punycode", "hex", "no-such-thing")) is not None


def test_surrogate_references_become_characters_or_nothing() -> None:
    assert text_of(b"<p>a &#xD83D;&#xDE00; b &#55357;&#56832; c &#xD83D; d</p>") == "a \U0001f600 b \U0001f600 c d"


def test_an_open_comment_mark_inside_a_script_is_none() -> None:
    page = parse_page(b"<p>one</p><script>if (a <!--b) c()</script><p>two</p>")
    assert not isinstance(page, Refusal)
    assert page.flags == ()


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
