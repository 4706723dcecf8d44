"""URLs as requests: what is refused, what is escaped, where redirects lead."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.web.failure import Failure
from pipeline.web.target import Target, next_target, read_target

PAGE = Target("https", "herald.example", 443, "/a/b?c=d")


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("http://Herald.Example", "http://herald.example/"),
        ("HTTP://herald.example.:80/a?", "http://herald.example/a"),
        ("https://herald.example:8443/a#part", "https://herald.example:8443/a"),
        (" http://herald.example/ü b?q=„x“ \n", "http://herald.example/%C3%BC%20b?q=%E2%80%9Ex%E2%80%9C"),
        ("http://herald.example/100%25/%C3%BC", "http://herald.example/100%25/%C3%BC"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://ＨＥＲＡＬＤ.example/", "http://herald.example/"),
        ("http://my_blog.example/", "http://my_blog.example/"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
    ],
)
def test_a_url_is_asked_for_in_ascii_and_without_its_fragment(url: str, asked: str) -> None:
    assert read_target(url).url == asked


@pytest.mark.parametrize(
    "url",
    [
        *("", "herald.example", "//herald.example/", "file:///etc/passwd", "ftp://herald.example/", "data:text/html,x"),
        *("http://", "http:///path", "http://user@herald.example/", "http://user:word@herald.example/", "http://@h/"),
        *("http://herald.example:0/", "http://herald.example:65536/", "http://herald.example:http/"),
        *("http://good.example\\@bad.example/", "http://a..b/", "http://-a-.example/", f"http://{'a' * 64}.example/"),
        *(
            "http://herald.example/\r\nHost: x",
            "http://he\trald.example/",
            "http://herald.example/\x00",
            "http://[::1/",
        ),
        *("http://[fe80::1%25eth0]/", "http://ex⒈ample/", "http://herald.example/\udc80", "http://h/" + "a" * 9000),
        *("http://her ald.example/", "http://herald.example%2f@bad.example/", "http://" + "a." * 200 + "example/"),
    ],
)
def test_what_is_not_ours_to_ask_is_refused(url: str) -> None:
    with pytest.raises(Failure) as caught:
        read_target(url)
    assert caught.value.outcome == "refused_url"


@given(st.one_of(st.text(), st.text(alphabet="htps:/.@[]?#%\\a1é\t\ud800").map(lambda rest: "http://" + rest)))
def test_any_text_is_a_request_line_or_refused(url: str) -> None:
    try:
        target = read_target(url)
    except Failure:
        return
    assert target.url.isascii()
    assert target.url.isprintable()
    assert not {" ", "#", "@"} & set(target.authority)
    assert target.path.startswith("/")
    assert "#" not in target.path
    assert read_target(target.url) == target


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("/x", "https://herald.example/x"),
        ("x?y", "https://herald.example/a/x?y"),
        ("?z", "https://herald.example/a/b?z"),
        ("//other.example/", "https://other.example/"),
        ("http://other.example/#top", "http://other.example/"),
        ("", PAGE.url),
        ("../../../..", "https://herald.example/"),
    ],
)
def test_a_redirect_is_resolved_against_its_page(location: str, asked: str) -> None:
    assert next_target(PAGE, location).url == asked


@pytest.mark.parametrize("location", ["file:///etc/passwd", "gopher://x/", "http://u@x/", "http://[", "javascript:1"])
def test_a_redirect_to_no_page_is_refused(location: str) -> None:
    with pytest.raises(Failure):
        next_target(PAGE, location)


@given(st.text())
def test_any_location_leads_somewhere_or_is_refused(location: str) -> None:
    with contextlib.suppress(Failure):
        assert next_target(PAGE, location).url.isascii()
