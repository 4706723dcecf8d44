"""What a virtual publisher answers to one request: a good answer, or one that misbehaves in a stated way."""

import functools
import gzip
import hashlib
import http
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

ENDLESS = 2**40
"""As `repeat`: more than any client will take."""


class Request(NamedTuple):
    """One request as received; `before` is how often this host and target were asked before."""

    scheme: str
    host: str
    method: str
    target: str
    headers: Mapping[str, str]
    before: int

    @property
    def origin(self) -> str:
        """Scheme, host and port as the client wrote them: what links of the site start with."""
        return f"{self.scheme}://{self.headers.get('host', self.host)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Status, headers and body, and what goes wrong on the way; a plain Reply() is an empty page."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    framing: Literal["length", "chunked", "close"] = "length"
    wait: float = 0
    """Seconds before the first byte."""
    pause: float = 0
    """Seconds between two pieces of `piece` bytes; of the head too if `slow_head`."""
    piece: int = 65_536
    slow_head: bool = False
    repeat: int = 1
    """How often the body is sent, as one body."""
    stated: int | None = None
    """The Content-Length that is claimed, whatever is sent; the connection is closed after it."""
    hang: bool = False
    """After the last byte nothing comes, and the connection stays open."""
    reset: bool = False
    """After the last byte the connection is reset (RST)."""
    raw: bytes | None = None
    """Sent instead of status line, headers and body."""

    @property
    def closes(self) -> bool:
        """Whether the connection ends with this answer."""
        return self.framing == "close" or self.reset or self.stated is not None or self.raw is not None

    def head(self) -> bytes:
        """Return status line and headers as sent."""
        phrase = http.HTTPStatus(self.status).phrase if self.status in list(http.HTTPStatus) else "Odd"
        lines = [f"HTTP/1.1 {self.status} {phrase}", *(f"{name}: {value}" for name, value in self.headers.items())]
        if self.status != 304 and self.framing == "length":
            length = len(self.body) * self.repeat if self.stated is None else self.stated
            lines.append(f"Content-Length: {length}")
        if self.framing == "chunked":
            lines.append("Transfer-Encoding: chunked")
        if self.closes:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def pieces(self) -> Iterator[bytes]:
        """Yield the body as sent, piece by piece."""
        for _ in range(self.repeat if self.status != 304 else 0):
            for start in range(0, len(self.body), self.piece):
                part = self.body[start : start + self.piece]
                yield b"%x\r\n%b\r\n" % (len(part), part) if self.framing == "chunked" else part
        if self.framing == "chunked":
            yield b"0\r\n\r\n"


def page(body: str | bytes, media_type: str = "text/html; charset=utf-8", **more: str) -> Reply:
    """Return a whole answer with that body; `more` are headers, with _ for -."""
    payload = body.encode() if isinstance(body, str) else body
    headers = {name.replace("_", "-").title(): value for name, value in more.items()}
    return Reply(headers={"Content-Type": media_type, **headers}, body=payload)


def conditional(request: Request, reply: Reply, etag: bool = True, last_modified: str | None = None) -> Reply:
    """Return `reply` with validators, or 304 without a body if the client has it already."""
    own = f'"{hashlib.sha256(reply.body).hexdigest()[:16]}"' if etag else ""
    validators = {"ETag": own, "Last-Modified": last_modified or ""}
    headers = {**reply.headers, **{name: value for name, value in validators.items() if value}}
    asked = request.headers.get("if-none-match", ""), request.headers.get("if-modified-since", "")
    same = own in asked[0].split(", ") if own and asked[0] else last_modified is not None and asked[1] == last_modified
    return Reply(status=304, headers=headers) if same else replace(reply, headers=headers)


def failure(status: int, **headers: str) -> Reply:
    """Return an error page with that status; `headers` with _ for -, such as retry_after="2"."""
    return replace(page(f"<html><body><h1>{status}</h1></body></html>", **headers), status=status)


def redirect(location: str, status: int = 302) -> Reply:
    """Return a redirect; a location without a scheme stays relative, as many servers send it."""
    return Reply(status=status, headers={"Location": location})


def zipped(reply: Reply, times: int = 1) -> Reply:
    """Return the reply with its body under Content-Encoding: gzip, so many times."""
    body = reply.body
    for _ in range(times):
        body = gzip.compress(body, mtime=0)
    return replace(reply, body=body, headers={**reply.headers, "Content-Encoding": ", ".join(["gzip"] * times)})


@functools.lru_cache(maxsize=4)
def bomb(megabytes: int = 64, times: int = 1) -> Reply:
    """Return a small answer that unpacks to so many megabytes of one letter."""
    return zipped(page(b"a" * (megabytes << 20)), times)
