"""What a robots.txt means for us."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.web.failure import Failure, Outcome
from pipeline.web.robots import Decision, decide, read_rules, refusal, without

URL = "https://herald.example"


def decision(robots: str | bytes, path: str = "/a", longest: float = 60) -> Decision:
    content = robots.encode() if isinstance(robots, str) else robots
    return decide(read_rules(content, "newsmill"), URL + path, longest)


@pytest.mark.parametrize(
    ("robots", "path", "expected"),
    [
        ("", "/a", "allowed"),
        ("User-agent: *\nDisallow: /", "/a", "denied"),
        ("User-agent: *\nDisallow:", "/a", "allowed"),
        ("User-agent: *\nDisallow: /", "/robots.txt", "allowed"),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b", "allowed"),
        ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", "allowed"),
        ("User-agent: *\nDisallow: /*.pdf$", "/x.pdf", "denied"),
        ("User-agent: *\nDisallow: /*.pdf$", "/x.pdf?y", "allowed"),
        ("User-agent: *\nDisallow: /ü", "/%C3%BC", "denied"),
        ("user-AGENT : NewsMill # us\ndisallow : /a", "/a", "denied"),
        ("User-agent: newsmill/0.1\nDisallow: /", "/a", "denied"),
        ("User-agent: other\nUser-agent: newsmill\nDisallow: /", "/a", "denied"),
        ("User-agent: newsmill\nAllow: /\n\nUser-agent: *\nDisallow: /", "/a", "allowed"),
        ("User-agent: newsmill\nDisallow: /a\nUser-agent: x\nDisallow: /\nUser-agent: newsmill\nDisallow: /b", "/b", "denied"),
        ("User-agent: news\nAllow: /\n\nUser-agent: *\nDisallow: /", "/a", "denied"),
        ("User-agent: mill\nDisallow: /", "/a", "allowed"),
        ("\ufeffUser-agent: *\r\nDisallow: /\r\n", "/a", "denied"),
        ("User-agent: *\rDisallow: /\r", "/a", "denied"),
        ("<html><body>404</body></html>", "/a", "allowed"),
    ],
)  # fmt: skip
def test_rules_are_read_as_the_standard_has_them(robots: str, path: str, expected: Decision) -> None:
    assert decision(robots, path) == expected


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert decision(b"\xff\xfe\x00User-agent: *\nDisallow: /\xff\n") == "allowed"
    assert decision(b"\xff\nUser-agent: *\nDisallow: /a\n") == "denied"


def test_only_the_first_half_megabyte_counts() -> None:
    filler = b"# filler\n" * 60_000
    assert decision(filler + b"User-agent: *\nDisallow: /") == "allowed"
    assert decision(b"User-agent: *\nDisallow: /\n" + filler) == "denied"


@pytest.mark.parametrize(
    ("rule", "delay"),
    [
        *(("Crawl-delay: 5", 5), ("Crawl-delay: 0.5", 0.5), ("Request-rate: 1/10", 10), ("Request-rate: 2/1m", 30)),
        *(("Crawl-delay: 3\nRequest-rate: 1/2", 3), ("Crawl-delay: -1", 0), ("Crawl-delay: nan", 0), ("Crawl-delay: inf", 0)),
        *(("Crawl-delay: often", 0), ("Request-rate: 0/0", 0), ("Request-rate: 1/0", 0)),
    ],
)  # fmt: skip
def test_the_slower_of_the_stated_paces_holds(rule: str, delay: float) -> None:
    assert read_rules(f"User-agent: *\n{rule}".encode(), "newsmill").delay == delay


def test_a_host_that_wants_longer_pauses_than_we_wait_is_left_alone() -> None:
    robots = "User-agent: *\nCrawl-delay: 600"
    assert decision(robots) == "too_slow"
    assert decision(robots, longest=600) == "allowed"
    failure = refusal(read_rules(robots.encode(), "newsmill"), "too_slow", URL)
    assert (failure.outcome, "600 s" in failure.detail) == ("robots_denied", True)


@pytest.mark.parametrize(
    ("outcome", "status", "expected", "reported"),
    [
        *(("http_error", status, "absent", None) for status in (400, 401, 403, 404, 410, 451)),
        *(("http_error", status, "unreachable", "robots_denied") for status in (304, 429, 500, 501, 503)),
        ("too_many_redirects", 0, "absent", None),
        *((outcome, 0, "unreachable", "robots_denied") for outcome in ("bad_response", "refused_url", "too_large")),
        *(
            (outcome, 0, "unreachable", outcome)
            for outcome in ("dns", "tls", "connection", "refused_address", "timeout")
        ),
    ],
)
def test_without_a_robots_txt_all_is_allowed_or_nothing(
    outcome: Outcome, status: int, expected: Decision, reported: Outcome | None
) -> None:
    rules = without(Failure(outcome, "x", status=status))
    assert decide(rules, URL, 60) == expected
    if reported:
        assert refusal(rules, expected, URL).outcome == reported


@given(st.binary())
def test_any_bytes_give_a_decision(robots: bytes) -> None:
    assert decision(robots) in ("allowed", "denied", "too_slow")


LINES = st.sampled_from(["User-agent: ", "Crawl-delay: ", "Request-rate: ", "Disallow: ", "Allow: ", "Visit-time: "])
VALUES = st.one_of(
    st.text(alphabet="0123456789/.-e$*% nan", max_size=12), st.just("9" * 400), st.just("*"), st.just("1/" + "9" * 400)
)


@given(st.lists(st.tuples(LINES, VALUES)))
def test_any_rules_give_a_decision(lines: list[tuple[str, str]]) -> None:
    robots = "User-agent: *\n" + "\n".join(name + value for name, value in lines)
    rules = read_rules(robots.encode(), "newsmill")
    assert rules.delay >= 0
    assert len(refusal(rules, "too_slow", URL).detail) < 200


@pytest.mark.parametrize(
    "line",
    [
        "User-agent: a{}\n", "User-agent: *\nDisallow: /a{}\n", "Disallow: /*a*b*c{}$\n", "*a", "Disallow: $$$$\n", "%41",
        "User-agent {}\nAllow /\n",
    ],
)  # fmt: skip
def test_half_a_megabyte_of_anything_is_read_in_little_time(line: str) -> None:
    start = time.process_time()
    lines = (line.replace("{}", str(number)) for number in range(2**19 // len(line)))
    decision("User-agent: *\nDisallow: /" + "".join(lines), "/" + "a" * 7000)
    assert time.process_time() - start < 5
