"""One connection to an address that was checked, with a deadline for everything that is done on it."""

import select
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import certifi
import h11

from pipeline.web import address
from pipeline.web.failure import Failure
from pipeline.web.manners import Manners
from pipeline.web.target import Target

PIECE = 64 * 2**10
MOST_HEADERS = 64 * 2**10
MOST_ADDRESSES = 3  # of one host are tried within the time for connecting

LookUp = Callable[[str, int], list[str]]


def trust(ca_file: Path | None) -> ssl.SSLContext:
    """Return what verifies servers: the authorities of the system, of certifi, and those in `ca_file`."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    context.set_alpn_protocols(["http/1.1"])
    return context


class Wire:
    """A connection that is kept for the next request to its origin; raises Failure for what the network does."""

    def __init__(self, wire: socket.socket, address: str) -> None:
        self.address = address
        self.http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_HEADERS)
        self._wire = wire
        self._deadline = self._silence = 0.0

    def begin(self, manners: Manners) -> None:
        """Set the time that one request and its answer have from now on."""
        self._deadline, self._silence = time.monotonic() + manners.total_seconds, manners.read_seconds

    def write(self, data: bytes) -> None:
        """Send all of it."""
        self._allow_time()
        try:
            self._wire.sendall(data)
        except OSError as error:
            raise _failure(error, "while sending") from error

    def read(self) -> bytes:
        """Return what comes next, b"" at the end."""
        self._allow_time()
        try:
            return self._wire.recv(PIECE)
        except OSError as error:
            raise _failure(error, "while receiving") from error

    def is_open(self) -> bool:
        """Whether it was left ready for a next request."""
        return self.http.our_state is h11.IDLE and self._wire.fileno() >= 0

    def is_usable(self) -> bool:
        """Whether the next request may go this way: a wire at rest that has something to read is about to end."""
        if isinstance(self._wire, ssl.SSLSocket) and self._wire.pending():
            return False
        poll = select.poll()
        poll.register(self._wire, select.POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        """End the connection."""
        self._wire.close()

    def _allow_time(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise Failure("timeout", "no whole answer within the total time", passing=True)
        self._wire.settimeout(min(left, self._silence))


def connect(target: Target, manners: Manners, trusted: ssl.SSLContext, look_up: LookUp) -> Wire:
    """Return a connection to the target's host, at the very address that was checked; Failure without one."""
    try:
        addresses = look_up(target.host, target.port)
    except OSError as error:
        again = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
        raise Failure("dns", f"{target.host}: {error}", passing=again) from error
    address.check(target.host, addresses, manners.allow_private)
    failure = Failure("dns", f"{target.host} has no address")
    for each in addresses[:MOST_ADDRESSES]:
        try:
            return _connect(target, each, manners.connect_seconds / min(len(addresses), MOST_ADDRESSES), trusted)
        except Failure as refused:
            failure = refused
    raise failure


def _connect(target: Target, address: str, seconds: float, trusted: ssl.SSLContext) -> Wire:
    try:
        wire = socket.create_connection((address, target.port), seconds)
    except OSError as error:
        raise _failure(error, f"while connecting to {address}") from error
    if target.scheme == "http":
        return Wire(wire, address)
    try:
        wire.settimeout(seconds)
        return Wire(trusted.wrap_socket(wire, server_hostname=target.host), address)
    except OSError as error:
        wire.close()
        if isinstance(error, ssl.SSLError):
            raise Failure("tls", f"{address}: {error}") from error
        raise _failure(error, f"while agreeing on encryption with {address}") from error


def _failure(error: OSError, when: str) -> Failure:
    if isinstance(error, TimeoutError):
        return Failure("timeout", f"silence {when}", passing=True)
    return Failure("connection", f"{error} {when}", passing=True)
