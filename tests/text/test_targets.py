"""Links become the one spelling that is asked for, or say why not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.targets import Unusable, target
from pipeline.text.urls import LONGEST, normalise_url

BASE = "https://news.example/rss/feed.xml"


@pytest.mark.parametrize(
    ("link", "asked"),
    [
        ("/2026/storm", "https://news.example/2026/storm"),
        ("//cdn.example/storm", "https://cdn.example/storm"),
        ("?p=17", "https://news.example/rss/feed.xml?p=17"),
        (" \n HTTPS://News.Example./storm\n  -tide ", "https://news.example/storm-tide"),
        ("http://bücher.example/ä", "http://xn--bcher-kva.example/%C3%A4"),
        ("http://xn--bcher-kva.example/", "http://xn--bcher-kva.example/"),
        ("http://news.example:80/x", "http://news.example/x"),
        ("http://[::1]:80/x", "http://[::1]/x"),
        ("http://news.example:8080/x", "http://news.example:8080/x"),
        ("http://news.example/x#comments", "http://news.example/x"),
        ("http://news.example/#!/x", "http://news.example/"),
    ],
)
def test_a_link_is_resolved_and_spelled_as_it_is_asked_for(link: str, asked: str) -> None:
    assert target(link, BASE) == asked


def test_trackers_go_and_what_names_an_article_stays() -> None:
    assert target("/a?id=7&utm_source=rss&fbclid=x", BASE) == "https://news.example/a?id=7"
    kept = "https://news.example/a?article=12&cid=3&page=2&ref=1234"
    assert target(kept, BASE) == kept


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("", "no_link"),
        ("  \n", "no_link"),
        ("mailto:desk@news.example", "bad_scheme"),
        ("javascript:open()", "bad_scheme"),
        ("file:///etc/hostname", "bad_scheme"),
        ("data:text/html,x", "bad_scheme"),
        ("https://user:word@news.example/", "userinfo"),
        ("https://news.example\\@evil.example/", "userinfo"),
        ("https://news.example/" + "a" * LONGEST, "too_long"),
        ("https://news.example/" + "ä" * 1000, "bad_url"),
        ("https://bücher.example/" + "ä" * 600 + "a" * (LONGEST - 3623), "too_long"),
        ("http:///path", "bad_url"),
        ("http://[::1", "bad_url"),
        ("http://news..example/", "bad_url"),
        ("http://news example/", "bad_url"),
        ("http://news.example:99999/", "bad_url"),
        ("http://news.example:0/", "bad_url"),
        ("http://news.example:port/", "bad_url"),
        ("http://☃.example/", "bad_url"),
        ("http://" + "a" * 64 + ".example/", "bad_url"),
    ],
)
def test_what_cannot_be_asked_for_says_why(link: str, reason: str) -> None:
    found = target(link, BASE)
    assert isinstance(found, Unusable)
    assert found.reason == reason
    assert len(found.detail) < 400


def test_a_password_is_not_repeated() -> None:
    assert "word" not in str(target("https://user:word@news.example/", BASE))


@given(st.one_of(st.text(max_size=80), st.from_regex(r"https?://[\w.:@\[\]-]{0,30}[/?#]?.{0,30}", fullmatch=True)))
def test_any_text_gives_a_plain_address_that_stays_as_it_is(link: str) -> None:
    found = target(link, BASE)
    if isinstance(found, str):
        assert found.isascii() and found.isprintable() and "#" not in found and " " not in found
        assert found.startswith(("http://", "https://")) and len(found) <= LONGEST
        assert target(found, BASE) == found
        assert normalise_url(found) == normalise_url(normalise_url(found))
