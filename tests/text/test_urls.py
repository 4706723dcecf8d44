import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.text.urls import normalise_url

SESSION = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
WORDS = st.text(alphabet="abAB09-._~%+:/?", max_size=8)
# No tracker is called by one letter or by digits.
KEYS = st.from_regex(r"[a-z]|[0-9]{1,4}|%E[0-9]", fullmatch=True)
PAIRS = st.lists(st.tuples(KEYS, WORDS.map("=".__add__) | st.just("")).map("".join), max_size=4)
TRACKERS = st.sampled_from(["utm_source=x", "fbclid=1", "wt_mc", "ref=rss", f"sid={SESSION}", "PHPSESSID=1", ""])


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://News.Example:80", "http://news.example/"),
        ("https://news.example:443/a", "https://news.example/a"),
        ("https://news.example:8443/a", "https://news.example:8443/a"),
        (" https://news.example/A/b?C=D ", "https://news.example/A/b?C=D"),
        ("https://Bob:PaSs@news.example/A", "https://news.example/A"),
        ("https://news.example/a/./b/../c/", "https://news.example/a/c/"),
        ("https://news.example/../a//b/..", "https://news.example/a/"),
        ("https://news.example/Stück 1", "https://news.example/St%C3%BCck%201"),
        ("https://news.example/a(b);c@d", "https://news.example/a(b);c@d"),
        ("https://xn--mwe-sna.example/a", "https://möwe.example/a"),
        ("https://[2001:DB8::1]/a", "https://[2001:db8::1]/a"),
        ("https://news.example/a;jsessionid=0A1B.node2?b=1", "https://news.example/a?b=1"),
        (f"https://news.example/a?sid={SESSION}&b=1", "https://news.example/a?b=1"),
        ("https://news.example/a?b=2&utm_source=x&a=1&fbclid=3&amp;utm_medium=y", "https://news.example/a?a=1&b=2"),
        ("https://news.example/a?b=2&a=2&a=1", "https://news.example/a?a=2&a=1&b=2"),
        ("https://news.example/a?&#part", "https://news.example/a"),
        ("https://news.example/#!/story/1", "https://news.example/#!/story/1"),
        ("https://news.example/#!", "https://news.example/"),
    ],
)
def test_spellings_of_one_address_become_one(url: str, expected: str) -> None:
    assert normalise_url(url) == expected


@pytest.mark.parametrize(
    "urls",
    [
        ["https://nuke.example/article.php?sid=1", "https://nuke.example/article.php?sid=2"],
        ["https://news.example/news?1000", "https://news.example/news?1001", "https://news.example/news"],
        ["https://news.example/?name=%E4", "https://news.example/?name=%F6"],
        ["https://news.example/#!/a", "https://news.example/#!/b"],
        ["https://news.example/?cid=1", "https://news.example/?cid=2"],
        ["https://news.example/?gallery=1", "https://news.example/?gallery=2"],
        ["https://news.example/?a=b%26c=d", "https://news.example/?a=b&c=d"],
        ["https://news.example/?ref=1", "https://news.example/?ref=2"],
        ["https://news.example/?a", "https://news.example/?a="],
    ],
)
def test_different_articles_keep_different_addresses(urls: list[str]) -> None:
    assert len({normalise_url(url) for url in urls}) == len(urls)


@pytest.mark.parametrize(
    "url",
    [None, "", "ftp://news.example/", "/a", "https://", "https://@/a", "https://[bad/a", "https://\u200bnews.example/",
     "https://news.example/\ud83d", "https://news example/", "https://news.example/" + "a" * 4000,
     "https://news.example/" + "ü" * 3000],
)  # fmt: skip
def test_what_is_no_address_on_the_web_is_none(url: str | None) -> None:
    assert normalise_url(url) is None


def test_a_query_has_one_order_whether_its_keys_are_escaped_or_not() -> None:
    written = "https://news.example/?zeit=1&ü=2"
    assert normalise_url(written) == normalise_url("https://news.example/?zeit=1&%C3%BC=2")


@given(st.text() | st.text(alphabet="abä/.;:@#!?&=%[] +\n").map("https://news.example/".__add__))
@example("http://0/..;jsessionid=1")
@example("news.example/?zeit=1&ü=2")
def test_an_address_that_was_normalised_stays(rest: str) -> None:
    for url in (rest, f"https://{rest}", f"https://xn--{rest}.example/"):
        once = normalise_url(url)
        assert normalise_url(once) == once


@given(PAIRS, PAIRS, TRACKERS)
def test_addresses_collide_only_where_they_differ_in_trackers(one: list[str], other: list[str], tracker: str) -> None:
    first, second = (normalise_url("https://news.example/a?" + "&".join([*pairs, tracker])) for pairs in (one, other))
    assert first == normalise_url("https://news.example/a?" + "&".join([tracker, *one]))
    assert (first == second) == (sorted(one, key=_key) == sorted(other, key=_key))


def _key(pair: str) -> str:
    return pair.partition("=")[0]
