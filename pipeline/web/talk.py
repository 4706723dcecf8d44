"""One request and its response on a connection, kept as they went over it.

h11 says where messages begin and end. httpcore (httpx) is built on it, but does not tell where a response starts after
interim ones, keeps what follows a response for the next one to begin with, and hides a connection that failed; it takes
a third more time. urllib3 and http.client decode what they read.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import h11

from pipeline.web.exchange import Exchange
from pipeline.web.failure import Failure
from pipeline.web.target import Target
from pipeline.web.wire import Wire

MOST_INTERIM = 16  # responses before the response, such as 103 Early Hints

Headers = list[tuple[str, str]]


@dataclass(slots=True)
class _Reply:
    """What has come: `raw` of which the final response is [start:end], its body from `head` on."""

    heard: Callable[[], None]
    raw: bytearray = field(default_factory=bytearray)
    start: int = 0
    head: int = 0
    end: int | None = None
    interim: int = 0
    closed: bool = False
    response: h11.Response | None = None


class Limit(NamedTuple):
    """How many bytes of a response are taken; a longer one is a failure, unless it may be `cut` there."""

    size: int
    cut: bool = False


def talk(
    wire: Wire, target: Target, headers: Headers, limit: Limit, now: datetime, heard: Callable[[], None]
) -> tuple[Exchange, Failure | None]:
    """Return what was sent and received, within the limit, and what went wrong; `heard` is called at the first byte.

    The wire has its deadline set; afterwards it is ready for the next request or closed.
    """
    request = wire.http.send(h11.Request(method="GET", target=target.path, headers=headers)) or b""
    wire.http.send(h11.EndOfMessage())
    reply, failure = _Reply(heard), None
    try:
        wire.write(request)
        _receive(wire, reply, limit)
    except Failure as problem:
        failure = problem
    except h11.RemoteProtocolError as error:
        early = reply.closed and f"closed after {len(reply.raw)} bytes of the response"
        failure = Failure("connection" if early else "bad_response", early or str(error)[:300], passing=bool(early))
    _rest(wire, reply, failure)
    return _exchange(wire, target, request, reply, now), failure


def _receive(wire: Wire, reply: _Reply, limit: Limit) -> None:
    """Take events until the message has ended."""
    while reply.end is None:
        event = wire.http.next_event()
        if event is h11.NEED_DATA:
            _read(wire, reply, limit)
        elif event is h11.PAUSED:
            raise Failure("bad_response", "something that is not HTTP follows the response")
        elif isinstance(event, h11.InformationalResponse):
            reply.start, reply.interim = _position(wire, reply), reply.interim + 1
            if event.status_code == 101 or reply.interim > MOST_INTERIM:
                raise Failure("bad_response", f"status {event.status_code}, {reply.interim} before the response")
        elif isinstance(event, h11.Response):
            reply.response, reply.head = event, _position(wire, reply)
            _check_length(event, limit)
        elif isinstance(event, h11.EndOfMessage):
            reply.end = _position(wire, reply)


def _read(wire: Wire, reply: _Reply, limit: Limit) -> None:
    data = wire.read()
    if not reply.raw:
        reply.heard()
    reply.raw += data
    if len(reply.raw) > limit.size:
        reply.end = limit.size
        if not limit.cut:
            raise Failure("too_large", f"more than {limit.size} bytes")
    reply.closed = not data
    wire.http.receive_data(data)


def _check_length(response: h11.Response, limit: Limit) -> None:
    stated = next((value for name, value in response.headers if name == b"content-length"), b"0")
    if int(stated) > limit.size and not limit.cut:
        raise Failure("too_large", f"Content-Length {stated.decode()}, more than {limit.size} bytes")


def _position(wire: Wire, reply: _Reply) -> int:
    return len(reply.raw) - len(wire.http.trailing_data[0])


def _rest(wire: Wire, reply: _Reply, failure: Failure | None) -> None:
    """Make the wire ready for the next request if both sides are done and nothing follows; else close it."""
    done = failure is None and wire.http.states == {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE}
    if done and reply.end == len(reply.raw):
        wire.http.start_next_cycle()
    else:
        wire.close()


def _exchange(wire: Wire, target: Target, request: bytes, reply: _Reply, now: datetime) -> Exchange:
    response = bytes(reply.raw[reply.start : reply.end])
    if reply.response is None:
        return Exchange(target.url, wire.address, now, request, response, 0, (), len(response))
    headers = tuple((name.decode("ascii"), _text(value)) for name, value in reply.response.headers)
    head = reply.head - reply.start
    return Exchange(target.url, wire.address, now, request, response, reply.response.status_code, headers, head)


def _text(value: bytes) -> str:
    """Return a header's value: servers write UTF-8 where the standard has Latin-1, above all in Location."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
