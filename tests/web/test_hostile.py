"""Servers that are slow, endless, broken or hostile: bounded time and memory, an outcome with its reason."""

import datetime
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.web.exchange import Exchange
from pipeline.web.failure import Failure
from pipeline.web.manners import Manners
from pipeline.web.send import Answer
from pipeline.web.wire import Wire
from tests.web.certificates import Authority, by_host
from tests.web.client import USER_AGENT, asking
from tests.web.reply import ENDLESS, Reply, bomb, page
from tests.web.server import Web as Server
from tests.web.server import serve

HOST = "herald.example"
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def server() -> Iterator[Server]:
    with serve({}) as running:
        yield running


def get(server: Server, folder: Path, reply: Reply, **manners: Any) -> Answer:
    """Return what comes of asking for that reply; the publisher's other pages stay well."""
    server.sites[HOST] = {"/a": reply, "/b": page("well")}
    with asking(
        folder, **({"read_seconds": 0.3, "total_seconds": 0.8, "tries": 1, "max_bytes": 200_000} | manners)
    ) as web:
        answer = web.get(server.url(HOST, "/a"))
        assert web.get(server.url(HOST, "/b")).outcome is None
    return answer


@pytest.mark.parametrize(
    ("reply", "least", "most"),
    [
        pytest.param(Reply(wait=30), 0.3, 0.8, id="silent"),
        pytest.param(Reply(body=b"abc", stated=100, hang=True), 0.3, 0.8, id="stops in the middle"),
        pytest.param(Reply(body=b"x" * 9000, piece=1, pause=0.02, slow_head=True), 0.8, 1.5, id="slow head"),
        pytest.param(Reply(body=b"x" * 9000, piece=1, pause=0.02), 0.8, 1.5, id="slow body"),
        pytest.param(Reply(body=b"x" * 9000, piece=1, pause=0.02, framing="chunked"), 0.8, 1.5, id="slow chunks"),
    ],
)
def test_a_slow_server_holds_us_for_no_longer_than_allowed(
    server: Server, tmp_path: Path, reply: Reply, least: float, most: float
) -> None:
    start = time.monotonic()
    answer = get(server, tmp_path, reply)
    assert least <= time.monotonic() - start < most + 3  # each would take half a minute and more
    assert answer.outcome == "timeout"
    assert len(answer.exchanges) == 1


def test_silence_is_left_long_before_the_total_time_is_over(server: Server, tmp_path: Path) -> None:
    start = time.monotonic()
    assert get(server, tmp_path, Reply(wait=30), total_seconds=30).outcome == "timeout"
    assert time.monotonic() - start < 15


def test_time_that_is_over_is_a_timeout_even_if_there_is_something_to_read() -> None:
    here, there = socket.socketpair()
    with here, there:
        there.sendall(b"HTTP/1.1 200 OK")
        wire = Wire(here, "127.0.0.1")
        wire.begin(Manners(user_agent=USER_AGENT, total_seconds=0))
        with pytest.raises(Failure, match="timeout"):
            wire.read()


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(body=b"x" * 65_536, framing="close", repeat=ENDLESS), id="endless"),
        pytest.param(Reply(body=b"x" * 65_536, framing="chunked", repeat=ENDLESS), id="endless chunks"),
        pytest.param(Reply(body=b"xy", framing="chunked", piece=1, repeat=ENDLESS), id="endless tiny chunks"),
        pytest.param(Reply(body=b"x" * 300_000), id="too long by its own word"),
        pytest.param(Reply(body=b"x", stated=10**15), id="absurd length"),
    ],
)
def test_no_more_than_the_limit_is_taken(server: Server, tmp_path: Path, reply: Reply) -> None:
    tracemalloc.start()
    answer = get(server, tmp_path, reply, total_seconds=20, read_seconds=20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer.outcome == "too_large"
    assert len(answer.exchanges[-1].response) <= 200_000
    assert peak < 5 * 2**20


def test_a_bomb_stays_small_until_somebody_opens_it_and_then_bursts_in_bounds(server: Server, tmp_path: Path) -> None:
    answer = get(server, tmp_path, bomb(64), read_seconds=5)
    assert answer.outcome is None
    assert len(answer.exchanges[-1].response) < 100_000
    assert answer.exchanges[-1].payload(2**20) == (
        b"",
        ("too_large", "the gzip body inflates to more than 1048576 bytes"),
    )


@pytest.mark.parametrize(
    ("raw", "outcome"),
    [
        pytest.param(OK + b"X: " + b"y" * 10**6 + b"\r\n\r\n", "bad_response", id="one endless header"),
        pytest.param(OK + b"X: y\r\n" * 200_000, "bad_response", id="endless headers"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" * 100_000, "bad_response", id="endless interim responses"),
        pytest.param(b"HTTP/1.1 101 Switching Protocols\r\n\r\nother", "bad_response", id="another protocol"),
        pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "bad_response", id="not HTTP"),
        pytest.param(b"<html>HTTP/0.9</html>\n\n", "bad_response", id="a body alone"),
        pytest.param(b"HTTP/1.1 abc\r\n\r\n", "bad_response", id="no status"),
        pytest.param(OK + b"Bad Name: x\r\n\r\n", "bad_response", id="no header"),
        pytest.param(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", "bad_response", id="two lengths"),
        pytest.param(OK + b"Content-Length: -1\r\n\r\n", "bad_response", id="negative length"),
        pytest.param(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "bad_response", id="other transfer"),
        pytest.param(CHUNKED + b"zz\r\nabc\r\n0\r\n\r\n", "bad_response", id="chunk without size"),
        pytest.param(CHUNKED + b"-3\r\nabc\r\n0\r\n\r\n", "bad_response", id="negative chunk"),
        pytest.param(CHUNKED + b"2\r\nabc\r\n0\r\n\r\n", "bad_response", id="chunk longer than said"),
        pytest.param(CHUNKED + b"f" * 30 + b"\r\nabc", "bad_response", id="absurd chunk"),
        pytest.param(CHUNKED + b"3;" + b"x" * 10**6, "bad_response", id="endless chunk extension"),
        pytest.param(CHUNKED + b"3\r\nabc\r\n0\r\n" + b"X: y\r\n" * 200_000, "bad_response", id="endless trailers"),
        pytest.param(CHUNKED + b"3\r\nabc\r\n", "connection", id="no last chunk"),
        pytest.param(OK + b"Content-Length: 9\r\n\r\nabc", "connection", id="shorter than said"),
        pytest.param(OK + b"Content-Le", "connection", id="half a head"),
        pytest.param(b"", "connection", id="nothing"),
    ],
)
def test_a_broken_answer_has_an_outcome_and_what_came_is_kept(
    server: Server, tmp_path: Path, raw: bytes, outcome: str
) -> None:
    answer = get(server, tmp_path, Reply(raw=raw), max_bytes=500_000, read_seconds=5)
    assert answer.outcome == outcome
    assert answer.detail
    assert len(answer.detail) < 500
    assert answer.exchanges[-1].response in raw


def test_a_reset_in_the_middle_is_tried_again(server: Server, tmp_path: Path) -> None:
    reset = Reply(body=b"abc", stated=100, reset=True)
    server.sites[HOST] = {"/a": [reset, page("well")], "/b": reset}
    with asking(tmp_path) as web:
        healed, lost = web.get(server.url(HOST, "/a")), web.get(server.url(HOST, "/b"))
    assert (healed.outcome, len(healed.exchanges)) == (None, 2)
    assert (lost.outcome, len(lost.exchanges)) == ("connection", 3)
    assert "(3 tries)" in lost.detail


def test_nobody_listening_is_told(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with asking(tmp_path) as web:
        answer = web.get(f"http://{HOST}:{port}/")
    assert (answer.outcome, answer.robots_decision, answer.robots) == ("connection", "unreachable", ())
    assert "refused while connecting to 127.0.0.1 (3 tries)" in answer.detail


def test_a_connection_that_ended_meanwhile_is_not_used(tmp_path: Path) -> None:
    """The server closes each connection after its answer without saying so."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_answer_and_close, args=(listening, 3), daemon=True).start()
        port = listening.getsockname()[1]
        with asking(tmp_path) as web:
            for number in range(2):
                answer = web.get(f"http://{HOST}:{port}/{number}")
                assert (answer.outcome, len(answer.exchanges)) == (None, 1)
                time.sleep(0.05)


def _answer_and_close(listening: socket.socket, times: int) -> None:
    for _ in range(times):
        wire, _ = listening.accept()
        with wire:
            wire.recv(65_536)
            wire.sendall(OK + b"Content-Length: 0\r\n\r\n")


class TestEncryption:
    """Certificates are verified, always."""

    @pytest.fixture
    def authority(self, tmp_path: Path) -> Authority:
        return Authority(tmp_path)

    @pytest.fixture
    def tls(self, tmp_path: Path, authority: Authority) -> Iterator[Server]:
        (tmp_path / "stranger").mkdir()
        contexts = {
            "old.example": authority.context("old.example", age=datetime.timedelta(days=400)),
            "stranger.example": Authority(tmp_path / "stranger").context("stranger.example"),
            "keeps.example": authority.context("keeps.example"),
        }
        site = {"/a": page("safe"), "/b": Reply(body=b"x", framing="close")}
        with serve({HOST: site, "keeps.example": site}, by_host(authority.context(HOST), contexts)) as running:
            yield running

    def test_a_verified_server_is_asked_by_its_name(self, tls: Server, authority: Authority, tmp_path: Path) -> None:
        with asking(tmp_path, ca_file=authority.path) as web:
            exchanges: list[Exchange] = [
                web.get(tls.url(host, path)).exchanges[-1]
                for host in (HOST, "keeps.example") for path in ("/a", "/b", "/a")]  # fmt: skip
        assert [each.payload()[0] for each in exchanges] == [b"safe", b"x", b"safe"] * 2
        assert len({each.connection for each in tls.asked(HOST)}) == 2

    @pytest.mark.parametrize(
        ("host", "words"),
        [
            ("old.example", "expired"),
            ("wrong.example", "Hostname mismatch"),
            ("stranger.example", "unable to get local issuer"),
        ],
    )
    def test_a_false_certificate_ends_it(
        self, tls: Server, authority: Authority, tmp_path: Path, host: str, words: str
    ) -> None:
        with asking(tmp_path, ca_file=authority.path) as web:
            answer = web.get(tls.url(host, "/a"))
        assert (answer.outcome, answer.exchanges) == ("tls", ())
        assert words in answer.detail
        assert tls.asked(host) == []

    def test_an_authority_that_nobody_named_is_not_trusted(self, tls: Server, tmp_path: Path) -> None:
        with asking(tmp_path) as web:
            assert web.get(tls.url(HOST, "/a")).outcome == "tls"

    def test_a_server_without_encryption_is_told(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as plain, asking(tmp_path) as web:
            threading.Thread(target=_answer_and_close, args=(plain, 1), daemon=True).start()
            assert web.get(f"https://{HOST}:{plain.getsockname()[1]}/").outcome == "tls"

    def test_a_handshake_that_never_ends_is_left(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent, asking(tmp_path, connect_seconds=0.2, tries=1) as web:
            answer = web.get(f"https://{HOST}:{silent.getsockname()[1]}/")
        assert (answer.outcome, answer.robots_decision) == ("timeout", "unreachable")
