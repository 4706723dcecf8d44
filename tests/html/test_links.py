import pytest

from pipeline.html.links import base_url, canonical_url, find_links, resolve, site
from tests.html import URL, tree


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("/a.html", "https://www.kuestenbote.example/a.html"),
        ("https://amp.kuestenbote.example/a.html#top", "https://amp.kuestenbote.example/a.html"),
        ("https://other.example/a.html", None),
        ("https://www.kuestenbote.example/", None),
        ("/index.html", None),
        ("/?utm_source=feed", None),
        ("/?PHPSESSID=1", None),
        ("//www.kuestenbote.example//", None),
        ("https://www.kuestenbote.example//", None),
        ("https://www.kuestenbote.example/./", None),
        ("https://www.kuestenbote.example/a/..", None),
        ("https://www.kuestenbote.example/%2e/", None),
        ("/INDEX.html?utm_medium=x", None),
        ("/a.html?utm_source=feed", "https://www.kuestenbote.example/a.html"),
        ("/?p=77", "https://www.kuestenbote.example/?p=77"),
        ("javascript:void(0)", None),
        ("http://[broken", None),
        ("", None),
    ],
)
def test_a_canonical_address_counts_on_the_same_site_only(href: str, expected: str | None) -> None:
    page = tree(f'<head><link rel="Canonical" href="{href}"></head><p>x</p>')
    assert canonical_url(page.iter("link"), URL, URL) == expected


def test_without_an_address_of_its_own_a_page_has_no_canonical_one() -> None:
    page = tree('<head><link rel="canonical" href="https://a.example/b"></head><p>x</p>')
    assert canonical_url(page.iter("link"), None, None) is None


def test_sites_are_registered_domains_and_hosters_have_many() -> None:
    assert site("https://news.example.co.uk/a") == site("http://example.co.uk")
    assert site("https://one.blogspot.com") != site("https://two.blogspot.com")
    assert site("http://127.0.0.1:8000/a") == "127.0.0.1"
    assert site("http://[broken") is None
    assert site(None) is None


def links(markup: str) -> list[str]:
    root = tree(markup)
    return [link.url for link in find_links(root.iter("a"), base_url(root.iter("base"), URL), URL)]


def test_doubled_links_and_links_to_the_page_itself_are_left_out() -> None:
    assert links(f'<a href="/a">x</a><a href="/a#b">y</a><a>z</a><a href="{URL}">u</a>') == [
        "https://www.kuestenbote.example/a"
    ]


def test_base_elements_move_relative_addresses() -> None:
    assert links('<head><base href="https://cdn.example/x/"></head><p><a href="y">A paragraph</a></p>') == [
        "https://cdn.example/x/y"
    ]


def test_overlong_and_strange_addresses_are_none() -> None:
    assert resolve(URL, "x" * 5000) is None
    assert resolve(URL, "mailto:a@b.example") is None
    assert resolve(None, "relative") is None
