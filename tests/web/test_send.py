"""The one polite send function over the test web: what is asked, followed, believed and kept."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from pipeline.web import address
from pipeline.web.send import Answer, Validators
from tests.web.client import USER_AGENT, Time, asking
from tests.web.reply import Reply, conditional, failure, page, redirect, zipped
from tests.web.server import Web as Server
from tests.web.server import serve

HOST = "herald.example"


@pytest.fixture
def server() -> Iterator[Server]:
    with serve({}) as running:
        yield running


def get(server: Server, folder: Path, target: str = "/a", time: Time | None = None, **manners: Any) -> Answer:
    with asking(folder, time=time, **manners) as web:
        return web.get(server.url(HOST, target))


def test_what_was_sent_and_received_is_kept_byte_for_byte(server: Server, tmp_path: Path) -> None:
    server.sites[HOST] = {"/a": zipped(page("<p>Hello</p>", etag='"1"'))}
    answer = get(server, tmp_path)
    (exchange,) = answer.exchanges
    (asked,) = server.asked(HOST, "/a")
    assert (answer.outcome, answer.robots_decision, exchange.status) == (None, "absent", 200)
    assert exchange.request == asked.head
    assert exchange.response.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: text/html")
    assert len(exchange.response) == asked.sent
    assert exchange.address == "127.0.0.1"
    assert exchange.payload() == (b"<p>Hello</p>", None)
    assert exchange.header("etag") == '"1"'
    assert abs(datetime.now(UTC) - exchange.began_at) < timedelta(seconds=30)
    assert [each.url for each in answer.robots] == [server.url(HOST, "/robots.txt")]


def test_a_request_says_who_asks_and_nothing_else_of_us(server: Server, tmp_path: Path) -> None:
    server.sites[HOST] = {"/a": page("x", set_cookie="id=7")}
    with asking(tmp_path) as web:
        assert [web.get(server.url(HOST, "/a")).outcome for _ in range(2)] == [None, None]
    last = server.asked(HOST, "/a")[-1]
    assert last.headers["host"] == f"{HOST}:{server.port}"
    assert last.headers["user-agent"] == USER_AGENT
    assert set(last.headers) == {"host", "user-agent", "accept", "accept-encoding"}


def test_a_host_keeps_its_connection_and_its_robots_txt(server: Server, tmp_path: Path) -> None:
    server.sites[HOST] = {"*": page("x")}
    with asking(tmp_path) as web:
        answers = [web.get(server.url(HOST, f"/{number}")) for number in range(3)]
    assert [len(answer.robots) for answer in answers] == [1, 0, 0]
    assert {each.connection for each in server.asked(HOST)} == {1}


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_every_framing_gives_the_same_payload(server: Server, tmp_path: Path, framing: Any) -> None:
    server.sites[HOST] = {"/a": Reply(body=b"abc" * 1000, framing=framing, piece=700)}
    assert get(server, tmp_path).exchanges[-1].payload() == (b"abc" * 1000, None)


def test_an_answer_in_old_http_is_read(server: Server, tmp_path: Path) -> None:
    server.sites[HOST] = {"/a": Reply(raw=b"HTTP/1.0 200 OK\n\nold")}
    assert get(server, tmp_path).exchanges[-1].payload() == (b"old", None)


def test_responses_before_the_response_are_left_out(server: Server, tmp_path: Path) -> None:
    final = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
    server.sites[HOST] = {
        "/a": Reply(raw=b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + final)
    }
    answer = get(server, tmp_path)
    assert (answer.outcome, answer.exchanges[-1].response) == (None, final)


def test_what_follows_a_response_is_not_the_next_one(server: Server, tmp_path: Path) -> None:
    one = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
    server.sites[HOST] = {"/a": Reply(raw=one + one.replace(b"abc", b"bad")), "/b": page("good")}
    with asking(tmp_path) as web:
        assert web.get(server.url(HOST, "/a")).exchanges[-1].response == one
        assert web.get(server.url(HOST, "/b")).exchanges[-1].payload()[0] == b"good"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_and_kept(server: Server, tmp_path: Path, status: int) -> None:
    server.sites[HOST] = {"/a": redirect("b/../c#top", status), "/c": page("there")}
    answer = get(server, tmp_path)
    assert answer.outcome is None
    assert [(each.url, each.status) for each in answer.exchanges] == [
        (server.url(HOST, "/a"), status), (server.url(HOST, "/c"), 200)]  # fmt: skip


@pytest.mark.parametrize(
    ("encoding", "path"), [("utf-8", "/%C3%BCber"), ("latin-1", "/%C3%BCber"), ("ascii", "/%FCber")]
)
def test_a_location_may_be_written_in_bytes(server: Server, tmp_path: Path, encoding: str, path: str) -> None:
    location = path if encoding == "ascii" else "/über"
    raw = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location.encode(encoding) + b"\r\n\r\n"
    server.sites[HOST] = {"/a": Reply(raw=raw), path: page("there")}
    assert get(server, tmp_path).outcome is None


@pytest.mark.parametrize(
    ("location", "outcome", "requests"),
    [
        *(("file:///etc/passwd", "refused_url", 1), ("http://u:p@herald.example/", "refused_url", 1), ("", "too_many_redirects", 1)),
        *(("http://169.254.169.254/latest/", "refused_address", 1), ("http://[::]/", "refused_address", 1)),
        ("/" + "x" * 9000, "refused_url", 1),
    ],
)  # fmt: skip
def test_a_redirect_to_nowhere_ends_with_its_reason(
    server: Server, tmp_path: Path, location: str, outcome: str, requests: int
) -> None:
    server.sites[HOST] = {"/a": redirect(location)}
    with asking(
        tmp_path, look_up=lambda host, port: [host if host[0].isdigit() or ":" in host else "127.0.0.1"]
    ) as web:
        answer = web.get(server.url(HOST, "/a"))
    assert (answer.outcome, len(answer.exchanges)) == (outcome, requests)


def test_a_redirect_without_a_location_is_an_error(server: Server, tmp_path: Path) -> None:
    server.sites[HOST] = {"/a": failure(302)}
    assert get(server, tmp_path)[2:4] == ("http_error", "status 302")


def test_redirects_in_a_circle_and_without_end_are_left(server: Server, tmp_path: Path) -> None:
    server.sites[HOST] = {
        "/a": redirect("/b"),
        "/b": redirect("/a"),
        "*": lambda request: redirect(request.target + "x"),
    }
    with asking(tmp_path) as web:
        circle, endless = web.get(server.url(HOST, "/a")), web.get(server.url(HOST, "/x"))
    assert (circle.outcome, len(circle.exchanges)) == ("too_many_redirects", 2)
    assert (endless.outcome, len(endless.exchanges)) == ("too_many_redirects", 6)


@pytest.fixture
def loopback_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is all that a test may ask; these tests need a publisher whose address is as good as public."""
    own = address._is_allowed
    monkeypatch.setattr(address, "_is_allowed", lambda each, private: str(each) == "127.0.0.1" or own(each, private))


@pytest.mark.usefixtures("loopback_is_public")
def test_a_redirect_into_a_private_network_is_refused(server: Server, tmp_path: Path) -> None:
    server.sites[HOST] = {"/a": redirect("http://intranet.example/secret")}
    names = {HOST: "127.0.0.1", "intranet.example": "10.1.2.3"}
    with asking(tmp_path, look_up=lambda host, port: [names[host]], allow_private=False) as web:
        answer = web.get(server.url(HOST, "/a"))
    assert (answer.outcome, [each.status for each in answer.exchanges]) == ("refused_address", [302])
    assert "intranet.example is 10.1.2.3" in answer.detail


@pytest.mark.usefixtures("loopback_is_public")
def test_a_name_that_becomes_private_meanwhile_is_refused(server: Server, tmp_path: Path) -> None:
    """A name is looked up once a connection, and the very address that was checked is connected to."""
    server.sites[HOST] = {"/b": Reply(body=b"x", framing="close"), "*": page("x")}
    addresses = iter([["127.0.0.1"], ["127.0.0.1", "10.0.0.1"]])
    with asking(tmp_path, look_up=lambda host, port: next(addresses), allow_private=False) as web:
        outcomes = [web.get(server.url(HOST, target)).outcome for target in ("/a", "/b", "/c")]
    assert outcomes == [None, None, "refused_address"]


def test_a_private_address_is_refused_unless_the_source_says_so(server: Server, tmp_path: Path) -> None:
    answer = get(server, tmp_path, allow_private=False)
    assert (answer.outcome, answer.robots_decision, answer.exchanges) == ("refused_address", "unreachable", ())
    assert server.asked() == []


def test_a_page_is_asked_for_only_if_it_changed(server: Server, tmp_path: Path) -> None:
    date = "Sun, 01 Mar 2026 03:00:00 GMT"
    server.sites[HOST] = {"/a": lambda request: conditional(request, page("text"), last_modified=date)}
    with asking(tmp_path) as web:
        first = web.get(server.url(HOST, "/a")).exchanges[-1]
        again = web.get(first.url, Validators(first.url, first.header("etag"), first.header("last-modified")))
    assert (again.outcome, again.exchanges[-1].status) == (None, 304)
    asked = server.asked(HOST, "/a")[-1].headers
    assert (asked["if-none-match"], asked["if-modified-since"]) == (first.header("etag"), date)


def test_validators_go_to_their_own_page_only(server: Server, tmp_path: Path) -> None:
    """Where a redirect leads elsewhere by now, an older page there must not look like ours unchanged."""
    server.sites[HOST] = {"/a": redirect("/new"), "/old": page("x"), "/new": Reply(status=200, body=b"y")}
    with asking(tmp_path) as web:
        web.get(server.url(HOST, "/a"), Validators(server.url(HOST, "/old"), '"1"', "Sun, 01 Mar 2026 03:00:00 GMT"))
        web.get(server.url(HOST, "/a"), Validators(server.url(HOST, "/new"), '"é"', "Sun, 01 Mar 2026 03:00:00 GMT"))
    conditions = [{name for name in each.headers if name.startswith("if-")} for each in server.asked(HOST)]
    assert conditions == [set(), set(), set(), set(), {"if-modified-since"}]


def test_304_to_a_plain_question_is_an_error(server: Server, tmp_path: Path) -> None:
    server.sites[HOST] = {"/a": Reply(status=304)}
    assert get(server, tmp_path)[2:4] == ("http_error", "status 304")


@pytest.mark.parametrize("status", [204, 206, 400, 401, 403, 404, 410, 451, 501, 505])
def test_an_answer_without_the_page_is_kept_and_not_asked_for_again(
    server: Server, tmp_path: Path, status: int
) -> None:
    server.sites[HOST] = {"/a": failure(status) if status != 204 else Reply(raw=b"HTTP/1.1 204 No Content\r\n\r\n")}
    answer = get(server, tmp_path)
    assert (answer.outcome, answer.detail, len(answer.exchanges)) == ("http_error", f"status {status}", 1)


def test_a_busy_host_is_asked_again_after_the_pause_that_it_wants(server: Server, tmp_path: Path) -> None:
    server.sites[HOST] = {"/a": [failure(429, retry_after="7"), page("well")]}
    time = Time()
    answer = get(server, tmp_path, time=time)
    assert (answer.outcome, [each.status for each in answer.exchanges], time.slept) == (None, [429, 200], [7])


def test_a_pause_may_be_a_date(server: Server, tmp_path: Path) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    server.sites[HOST] = {"/a": [failure(503, retry_after=later), page("well")]}
    time = Time()
    assert get(server, tmp_path, time=time).outcome is None
    assert 25 < time.slept[0] <= 30


def test_a_fault_that_passes_is_waited_for_longer_and_longer(server: Server, tmp_path: Path) -> None:
    server.sites[HOST] = {"/a": [failure(503), failure(503), page("well")]}
    time = Time()
    answer = get(server, tmp_path, time=time)
    assert (answer.outcome, len(answer.exchanges), time.slept) == (None, 3, [1, 2])


def test_a_fault_that_stays_is_given_up_after_three_tries(server: Server, tmp_path: Path) -> None:
    server.sites[HOST] = {"/a": failure(500), "/b": page("well")}
    with asking(tmp_path) as web:
        assert web.get(server.url(HOST, "/a"))[2:4] == ("http_error", "status 500 (3 tries)")
        assert web.get(server.url(HOST, "/b")).outcome is None
    assert len(server.asked(HOST, "/a")) == 3


def test_a_host_that_wants_too_long_a_pause_is_not_asked_again(server: Server, tmp_path: Path) -> None:
    server.sites[HOST] = {"/a": failure(429, retry_after="3600"), "/b": page("well")}
    time = Time()
    with asking(tmp_path, time=time) as web:
        first, second = (web.get(server.url(HOST, target)) for target in ("/a", "/b"))
    assert (first.outcome, len(first.exchanges), time.slept) == ("http_error", 1, [])
    assert "Retry-After 3600 s is more than 60" in first.detail
    assert (second.outcome, second.exchanges) == ("http_error", ())
    assert "given up" in second.detail


def test_a_host_that_fails_page_after_page_is_given_up(server: Server, tmp_path: Path) -> None:
    server.sites[HOST] = {"/good": page("x"), "*": failure(503), "/robots.txt": failure(404)}
    with asking(tmp_path, tries=2) as web:
        targets = ("/1", "/2", "/good", "/3", "/4", "/5", "/good")
        outcomes = [web.get(server.url(HOST, target)).outcome for target in targets]
        assert outcomes == ["http_error", "http_error", None, *["http_error"] * 4]
        assert [len(server.asked(HOST, target)) for target in ("/good", "/5")] == [1, 2]
        server.sites["other.example"] = {"/": page("x")}
        assert web.get(server.url("other.example")).outcome is None


def robots_cases() -> Iterator[tuple[str, Any, str | None, str]]:
    rule = "User-agent: *\nDisallow: /a"
    yield "forbids", page(rule, "text/plain"), "robots_denied", "denied"
    yield "allows", page("User-agent: *\nDisallow: /b", "text/plain"), None, "allowed"
    yield "compressed", zipped(page(rule)), "robots_denied", "denied"
    yield (
        "endless",
        Reply(body=rule.encode() + b"\n" + b"# more\n" * 9000, framing="close", repeat=2**40),
        "robots_denied",
        "denied",
    )
    yield "long", page(rule + "\n" + "# more\n" * 500_000), "robots_denied", "denied"
    yield (
        "damaged gzip",
        Reply(headers={"Content-Encoding": "gzip"}, body=b"\x1f\x8bno"),
        "robots_denied",
        "unreachable",
    )
    yield "elsewhere", redirect("/other"), "robots_denied", "denied"
    yield "elsewhere without end", lambda request: redirect("/robots.txt"), None, "absent"
    yield "to a file", redirect("file:///robots.txt"), "robots_denied", "unreachable"
    yield "slow", Reply(hang=True, stated=100), "timeout", "unreachable"
    yield "reset", Reply(body=b"x", stated=100, reset=True), "connection", "unreachable"
    yield "impatient", page(rule.replace("Disallow: /a", "Crawl-delay: 86400")), "robots_denied", "too_slow"
    for status in (401, 403, 404, 410):
        yield str(status), failure(status), None, "absent"
    for status in (429, 500, 501, 503):
        yield str(status), failure(status), "robots_denied", "unreachable"
    yield "503 then well", [failure(503), page(rule)], "robots_denied", "denied"


@pytest.mark.parametrize(
    ("robots", "outcome", "decision"), [pytest.param(*case[1:], id=case[0]) for case in robots_cases()]
)
def test_robots_txt_decides(server: Server, tmp_path: Path, robots: Any, outcome: str | None, decision: str) -> None:
    server.sites[HOST] = {"/robots.txt": robots, "/other": page("User-agent: *\nDisallow: /a"), "/a": page("x")}
    answer = get(server, tmp_path, read_seconds=0.3, total_seconds=2)
    assert (answer.outcome, answer.robots_decision) == (outcome, decision)
    assert len(server.asked(HOST, "/a")) == (outcome is None)
    assert len(answer.robots) >= 1


def test_the_robots_txt_of_every_host_on_the_way_is_obeyed(server: Server, tmp_path: Path) -> None:
    server.sites[HOST] = {"/a": redirect(f"http://other.example:{server.port}/b")}
    server.sites["other.example"] = {"/robots.txt": page("User-agent: newsmill\nDisallow: /"), "/b": page("x")}
    answer = get(server, tmp_path)
    assert (answer.outcome, answer.robots_decision, len(answer.exchanges)) == ("robots_denied", "denied", 1)
    assert [each.status for each in answer.robots] == [404, 200]
    assert server.asked("other.example", "/b") == []


def test_the_pace_that_robots_txt_asks_for_is_kept(server: Server, tmp_path: Path) -> None:
    server.sites[HOST] = {"/robots.txt": page("User-agent: *\nCrawl-delay: 9"), "*": page("x")}
    time = Time()
    with asking(tmp_path, time=time, delay=2) as web:
        for number in range(3):
            web.get(server.url(HOST, f"/{number}"))
    assert time.slept == [9, 9, 9]


def test_a_name_without_an_address_is_told(tmp_path: Path) -> None:
    def look_up(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with asking(tmp_path, look_up=look_up) as web:
        answer = web.get("http://nowhere.example/")
        empty = web.get("http://")
    assert (answer.outcome, answer.robots_decision, answer.exchanges) == ("dns", "unreachable", ())
    assert (empty.outcome, empty.robots_decision) == ("refused_url", "not_asked")


def test_a_name_server_that_is_busy_is_asked_again(server: Server, tmp_path: Path) -> None:
    server.sites[HOST] = {"/a": page("x")}
    busy = iter([True, False])

    def look_up(host: str, port: int) -> list[str]:
        if next(busy):
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return ["127.0.0.1"]

    time = Time()
    with asking(tmp_path, look_up=look_up, time=time) as web:
        assert web.get(server.url(HOST, "/a")).outcome is None
    assert time.slept == [1]


def test_the_next_address_is_tried_where_nobody_listens(server: Server, tmp_path: Path) -> None:
    server.sites[HOST] = {"/a": page("x")}
    with asking(tmp_path, look_up=lambda host, port: ["::1", "127.0.0.1"]) as web:
        assert web.get(server.url(HOST, "/a")).exchanges[-1].address == "127.0.0.1"


def test_a_slow_host_holds_nobody_else(server: Server, tmp_path: Path) -> None:
    server.sites[HOST] = {"/robots.txt": page(""), "/a": Reply(wait=60)}
    server.sites["other.example"] = {"*": page("x")}
    with asking(tmp_path, read_seconds=2, total_seconds=2, tries=1) as web:
        slow = threading.Thread(target=web.get, args=(server.url(HOST, "/a"),))
        slow.start()
        while not server.asked(HOST, "/a"):
            sleep(0.01)
        assert [web.get(server.url("other.example", f"/{n}")).outcome for n in range(20)] == [None] * 20
        assert slow.is_alive()
        slow.join()
