import pytest

from pipeline.html.links import canonical_url, find_links, resolve, site
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
    assert canonical_url(tree(f'<head><link rel="Canonical" href="{href}"></head><p>x</p>'), URL) == expected


def test_without_an_address_of_its_own_a_page_has_no_canonical_one() -> None:
    assert canonical_url(tree('<head><link rel="canonical" href="https://a.example/b"></head><p>x</p>'), None) is None


def test_sites_are_registered_domains_and_hosters_have_many() -> None:
    assert site("https://news.example.co.uk/a") == site("http://example.co.uk")
    assert site("https://one.blogspot.com") != site("https://two.blogspot.com")
    assert site("http://127.0.0.1:8000/a") == "127.0.0.1"
    assert site("http://[broken") is None
    assert site(None) is None


def test_links_of_menus_and_doubled_links_are_left_out() -> None:
    body = "The harbour of the town was closed for the third day in a row.\n\nMore"
    root = tree(
        '<ul><li><a href="/town">town</a></li></ul><p>The <a href="/harbour">harbour</a> of the '
        '<a href="/harbour#b">town</a> was closed for the third day in a row.</p>'
    )
    assert [link.url for link in find_links(root, body, URL)] == ["https://www.kuestenbote.example/harbour"]


def test_base_elements_move_relative_addresses() -> None:
    root = tree('<head><base href="https://cdn.example/x/"></head><p><a href="y">A whole paragraph of the body</a></p>')
    assert find_links(root, "A whole paragraph of the body", URL)[0].url == "https://cdn.example/x/y"


def test_overlong_and_strange_addresses_are_none() -> None:
    assert resolve(URL, "x" * 5000) is None
    assert resolve(URL, "mailto:a@b.example") is None
    assert resolve(None, "relative") is None
