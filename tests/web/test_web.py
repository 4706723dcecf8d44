"""The test web does what tests of fetching rely on."""

import gzip
import http.client
import socket
import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.web.certificates import Authority, by_host
from tests.web.publisher import Publisher
from tests.web.reply import ENDLESS, Reply, bomb, failure, page, redirect
from tests.web.server import Web, serve

HERALD = Publisher(host="herald.example", texts={1: "AB", 2: "ABA"}, declared=frozenset({1}), gone={0: 2})


@pytest.fixture
def web() -> Iterator[Web]:
    with serve({"herald.example": HERALD.site(1)}) as running:
        yield running


def get(web: Web, target: str, host: str = "herald.example", **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=20)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", target, headers={"Host": f"{host}:{web.port}", **named})
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), answer.read()
    finally:
        connection.close()


def test_hosts_are_told_apart_and_every_request_is_logged(web: Web) -> None:
    web.sites["other.example"] = {"/": page("<p>other</p>")}
    assert get(web, "/", "other.example")[2] == b"<p>other</p>"
    assert get(web, "/")[0] == 200
    assert get(web, "/", "nobody.example")[0] == 421
    assert get(web, "/nothing")[0] == 404
    assert [(x.host, x.target, x.status) for x in web.asked("herald.example")] == [
        ("herald.example", "/", 200),
        ("herald.example", "/nothing", 404),
    ]
    assert web.most_at_once("herald.example") == 1
    assert len(web.gaps("herald.example")) == 1


def test_an_article_is_304_until_it_changes(web: Web) -> None:
    path = HERALD.items(1)[-2].path
    _, headers, body = get(web, path)
    assert get(web, path, If_None_Match=headers["ETag"])[::2] == (304, b"")
    assert get(web, path, If_Modified_Since=headers["Last-Modified"])[0] == 304
    web.sites["herald.example"] = HERALD.site(2)
    status, _, later = get(web, path, If_None_Match=headers["ETag"])
    assert status == 200
    assert later != body
    assert b"dateModified" in later
    assert b"Correction" in later


def test_nights_bring_new_articles_changes_back_and_forth_and_losses() -> None:
    first, second, third = (HERALD.items(day) for day in (1, 2, 3))
    assert [len(items) for items in (first, second, third)] == [6, 8, 10]
    assert [items[-3].text for items in (first, second, third)] == ["A", "B", "A"]
    assert first[-3].story == third[-3].story != second[-3].story
    assert first[-1].path not in HERALD.site(2)


def test_listings_show_the_same_articles(web: Web) -> None:
    paths = [item.path.encode() for item in HERALD.items(1)]
    for target in ("/feed.xml", "/atom.xml", "/feed.json", "/sitemaps/articles-1.xml", "/latest.txt"):
        body = get(web, target)[2]
        assert [path for path in paths if path not in body] == []
    assert paths[0] in gzip.decompress(get(web, "/sitemaps/news.xml.gz")[2])


def test_the_nth_request_gets_the_nth_answer(web: Web) -> None:
    web.sites["slow.example"] = {"/": [failure(503), failure(429, retry_after="2"), page("well")]}
    seen = [get(web, "/", "slow.example") for _ in range(4)]
    assert [status for status, _, _ in seen] == [503, 429, 200, 200]
    assert seen[1][1]["Retry-After"] == "2"


def test_redirects_bombs_and_chunks_are_as_scripted(web: Web) -> None:
    web.sites["odd.example"] = {
        "/away": redirect("http://10.0.0.1/"),
        "/bomb": bomb(4),
        "/chunks": Reply(body=b"abcdef", framing="chunked", piece=4),
    }
    assert get(web, "/away", "odd.example")[1]["Location"] == "http://10.0.0.1/"
    body = get(web, "/bomb", "odd.example")[2]
    assert len(gzip.decompress(body)) == 4 << 20 > 100 * len(body)
    assert get(web, "/chunks", "odd.example")[2] == b"abcdef"


def test_broken_answers_break_at_the_client(web: Web) -> None:
    web.sites["odd.example"] = {
        "/short": Reply(body=b"abc", stated=100),
        "/reset": Reply(body=b"abc", stated=100, reset=True),
        "/noise": Reply(raw=b"\x16\x03\x01 no http\r\n\r\n"),
    }
    with pytest.raises(http.client.IncompleteRead):
        get(web, "/short", "odd.example")
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        get(web, "/reset", "odd.example")
    with pytest.raises(http.client.BadStatusLine):
        get(web, "/noise", "odd.example")


def test_slow_and_endless_answers_end_when_the_client_goes(web: Web) -> None:
    web.sites["odd.example"] = {
        "/drip": Reply(body=b"x" * 1000, piece=1, pause=0.05, slow_head=True),
        "/endless": Reply(body=b"x" * 65_536, framing="close", repeat=ENDLESS),
        "/hang": Reply(body=b"abc", stated=100, hang=True),
    }
    for target in ("/drip", "/endless", "/hang"):
        with socket.create_connection(("127.0.0.1", web.port)) as wire:
            wire.sendall(f"GET {target} HTTP/1.1\r\nHost: odd.example\r\n\r\n".encode())
            assert wire.recv(1)


def test_each_host_shows_its_own_certificate(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    old = authority.context("old.example", age=timedelta(days=400))
    tls = by_host(authority.context("herald.example"), {"old.example": old})
    trusting = ssl.create_default_context(cafile=str(authority.path))
    with serve({"herald.example": {"/": page("safe")}}, tls) as web:

        def ask(host: str) -> bytes:
            with (
                socket.create_connection(("127.0.0.1", web.port)) as wire,
                trusting.wrap_socket(wire, server_hostname=host) as safe,
            ):
                safe.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
                return safe.recv(65_536) + safe.recv(65_536)

        assert ask("herald.example").endswith(b"safe")
        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            ask("old.example")
        with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
            ask("wrong.example")
