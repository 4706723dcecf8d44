"""A real HTTP/1.1 server on loopback for tests: many virtual publishers behind one address, told apart by Host.

It is written on plain streams, because a well-behaved server library refuses to misbehave. It never looks outside.
"""

import asyncio
import contextlib
import hashlib
import itertools
import socket
import ssl
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.web.reply import Reply, Request, failure

Page = Reply | Callable[[Request], Reply] | list[Reply]
"""A fixed answer, a function, or the answers to the first, second ... request, of which the last one stays."""
Site = Mapping[str, Page]
"""Pages by target; one with a query is looked up whole, then without. "*" is for all others, in place of 404."""


@dataclass(slots=True)
class Logged:
    """One request as the server saw it; times are of time.monotonic(), the same in all processes of a machine.

    It is in the log from the moment the request came, so that a client that has its answer finds it there.
    """

    host: str
    target: str
    method: str
    headers: Mapping[str, str]
    head: bytes
    """The request line and headers, byte for byte."""
    status: int
    start: float
    """When the request had come."""
    end: float
    """When the last byte of the answer was handed over, or the client had gone."""
    connection: int
    sent: int = 0
    """Bytes of the answer that were handed over, head included."""
    digest: Any = field(default_factory=hashlib.sha256)
    """sha256 of them."""


class Web:
    """The running server: `sites` may be changed at any time, `log` grows with each request answered."""

    def __init__(self, sites: MutableMapping[str, Site], tls: ssl.SSLContext | None = None) -> None:
        self.sites = sites
        self.log: list[Logged] = []
        self.port = 0
        self.scheme = "https" if tls else "http"
        self._tls = tls
        self._asked: Counter[tuple[str, str]] = Counter()
        self._connections = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = asyncio.Event()

    def url(self, host: str, target: str = "/") -> str:
        """Return the address of a page; the client must resolve each host to 127.0.0.1."""
        return f"{self.scheme}://{host}:{self.port}{target}"

    def asked(self, host: str | None = None, target: str | None = None) -> list[Logged]:
        """Return the log of a host or page, by the time at which requests came."""
        return sorted((x for x in list(self.log) if host in (None, x.host) and target in (None, x.target)),
                      key=lambda x: x.start)  # fmt: skip

    def gaps(self, host: str) -> list[float]:
        """Return the seconds between the starts of successive requests to a host."""
        starts = [each.start for each in self.asked(host)]
        return [later - earlier for earlier, later in itertools.pairwise(starts)]

    def most_at_once(self, host: str) -> int:
        """Return how many requests to a host were under way at the same time, at most."""
        moments = sorted(moment for each in self.asked(host) for moment in ((each.start, 1), (each.end, -1)))
        now = most = 0
        for _, step in moments:
            now += step
            most = max(most, now)
        return most

    async def serve(self, ready: Callable[[], None], port: int = 0) -> None:
        """Answer until stop(); `ready` is called once connections are taken."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", port, ssl=self._tls, backlog=512)
        self.port = server.sockets[0].getsockname()[1]
        self._loop = asyncio.get_running_loop()
        ready()
        await self._stopped.wait()
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def stop(self) -> None:
        """Have serve() cut all connections and return; may be called from another thread."""
        self._loop.call_soon_threadsafe(self._stopped.set)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._connections += 1
        number = self._connections
        with contextlib.suppress(
            OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError
        ):
            while await self._exchange(reader, writer, number):
                pass
        writer.transport.abort()
        self._tasks.discard(task)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> bool:
        """Answer one request and log it; return whether the connection stays."""
        head = await reader.readuntil(b"\r\n\r\n")
        start = time.monotonic()
        request = self._request(head)
        reply = self._reply(request)
        logged = Logged(request.host, request.target, request.method, request.headers, head, reply.status, start, start,
                        connection)  # fmt: skip
        self.log.append(logged)
        try:
            await _send(reply, request.method == "HEAD", writer, logged)
        finally:
            logged.end = time.monotonic()
        return not reply.closes and request.headers.get("connection", "").lower() != "close"

    def _request(self, head: bytes) -> Request:
        first, *lines = head.decode("latin-1").split("\r\n")[:-2]
        method, target, _ = first.split(" ", 2)
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
        self._asked[host, target] += 1
        return Request(self.scheme, host, method, target, headers, self._asked[host, target] - 1)

    def _reply(self, request: Request) -> Reply:
        site = self.sites.get(request.host)
        if site is None:
            return failure(421)
        bare = request.target.partition("?")[0]
        found = next((site[key] for key in (request.target, bare, "*") if key in site), None)
        if isinstance(found, list):
            return found[min(request.before, len(found) - 1)]
        return failure(404) if found is None else found if isinstance(found, Reply) else found(request)


async def _send(reply: Reply, head_only: bool, writer: asyncio.StreamWriter, logged: Logged) -> None:
    await asyncio.sleep(reply.wait)
    head = reply.head() if reply.raw is None else reply.raw
    step = reply.piece if reply.slow_head else max(1, len(head))
    for start in range(0, len(head), step):
        await _write(head[start : start + step], reply.pause if reply.slow_head else 0, writer, logged)
    for piece in () if head_only or reply.raw is not None else reply.pieces():
        await _write(piece, reply.pause, writer, logged)
    if reply.hang:
        await asyncio.sleep(3600)
    if reply.reset:
        wire: socket.socket = writer.get_extra_info("socket")
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()


async def _write(data: bytes, pause: float, writer: asyncio.StreamWriter, logged: Logged) -> None:
    logged.sent += len(data)
    logged.digest.update(data)
    logged.end = time.monotonic()
    writer.write(data)
    await writer.drain()
    if pause:
        await asyncio.sleep(pause)


@contextlib.contextmanager
def serve(sites: MutableMapping[str, Site], tls: ssl.SSLContext | None = None) -> Iterator[Web]:
    """Serve the sites from a thread of this process while the context is open."""
    web, ready = Web(sites, tls), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(web.serve(ready.set)), name="web", daemon=True)
    thread.start()
    ready.wait(30)
    try:
        yield web
    finally:
        web.stop()
        thread.join(30)
