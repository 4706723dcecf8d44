"""What a server may send, in any pieces: always an exchange, never an exception."""

from datetime import UTC, datetime
from typing import Any

import h11
from hypothesis import given
from hypothesis import strategies as st

from pipeline.web.talk import Limit, talk
from pipeline.web.target import read_target
from pipeline.web.wire import Wire

TARGET = read_target("http://herald.example/a")
NOW = datetime(2026, 3, 1, 3, tzinfo=UTC)
PARTS = st.sampled_from(
    [
        *(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 103 Early\r\n\r\n", b"HTTP/1.0 304 \r\n", b"HTTP/1.1 204 No\r\n", b"\r\n", b"\n"),
        *(b"Content-Length: 3\r\n", b"Content-Length: " + b"9" * 5000 + b"\r\n", b"Transfer-Encoding: chunked\r\n", b"3\r\nabc\r\n"),
        *(b"0\r\n\r\n", b"abc", b"X: \xff\r\n", b" folded\r\n", b"Connection: close\r\n", b"Upgrade: h2c\r\n", b"\0", b"ffffffffff\r\n"),
    ]
)  # fmt: skip


class Script(Wire):
    """A wire whose other end sends these pieces and closes."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.address, self.pieces, self.closed = "127.0.0.1", [piece for piece in pieces if piece], False
        self.http = h11.Connection(h11.CLIENT, max_incomplete_event_size=1000)

    def write(self, data: bytes) -> None:
        assert data.startswith(b"GET /a HTTP/1.1\r\nHost: herald.example\r\n")

    def read(self) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""

    def close(self) -> None:
        self.closed = True


def say(pieces: list[bytes], limit: int = 500) -> Any:
    wire = Script(pieces)
    exchange, failure = talk(wire, TARGET, [("Host", TARGET.authority)], Limit(limit), NOW, lambda: None)
    return wire, exchange, failure


@given(st.one_of(st.lists(PARTS, max_size=12), st.lists(st.binary(), max_size=5)))
def test_any_bytes_end_as_an_answer_or_a_failure(pieces: list[bytes]) -> None:
    wire, exchange, failure = say(pieces)
    assert exchange.response in b"".join(pieces)
    assert len(exchange.response) <= 500
    assert exchange.status or failure
    assert wire.closed or (failure is None and not wire.pieces)
    exchange.payload()


@given(st.lists(PARTS, max_size=12), st.data())
def test_where_a_stream_is_cut_into_pieces_makes_no_difference(parts: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    _, whole, first = say([stream], limit=10**6)
    _, other, second = say(pieces, limit=10**6)
    assert (whole.status, whole.headers) == (other.status, other.headers)
    assert (first is None) == (second is None)
    if first is None:
        assert whole == other


def test_a_wire_is_kept_only_if_nothing_follows_the_response() -> None:
    one = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
    for pieces, closed in (([one], False), ([one + one], True), ([one + b"x"], True), ([one[:-1], b"cd"], True)):
        wire, exchange, failure = say(pieces)
        assert (exchange.response[-3:], failure, wire.closed) == (b"abc", None, closed)
