"""WARC files as places: where each record begins and ends, whatever is damaged between. Records are not understood.

A place is a gzip member or, where the file is not compressed, a record; both may occur in one file. Walking from any
place on gives what walking from the start of the file gives there, so that a file can be read in slices.
"""

import io
import re
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, Protocol

from pipeline.warc.payload import GZIP_MAGIC, MAX_PAYLOAD, Fault

MAX_HEADER = 256 * 2**10
MAX_RECORD = MAX_PAYLOAD + MAX_HEADER
MOST_INFLATION = 200  # of a member above MAX_RECORD; pages give 4 to 20 times their size, zeros a thousand times
PIECE = 64 * 2**10
SEARCHED = 2**20
PROBED = 1024  # bytes at a candidate that decide whether a record starts there
GZIP = zlib.MAX_WBITS | 16

_PLACE = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]|WARC/1\.[0-9]\r?\n")
_VERSION = re.compile(rb"WARC/\d\.\d+\r?\n")
_RECORD = re.compile(rb"WARC/\d\.\d+\r?\n(?:WARC|Content)-", re.IGNORECASE)
_LENGTH = re.compile(rb"\nContent-Length:[ \t]*(\d{1,18})[ \t]*\r?\n", re.IGNORECASE)


class Frame(NamedTuple):
    """One record as written, with the byte range of its place; a member of many records has many frames of one range.

    `fault` is None, `too_large` (data is then the header alone), or `damaged_record` (data is what could be read).
    """

    start: int
    end: int
    data: bytes
    fault: Fault | None


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...
    def readline(self, size: int, /) -> bytes: ...


def content_length(header: bytes) -> int | None:
    """Return the Content-Length of a record's header, by which the record was found; None if it has no usable one."""
    found = _LENGTH.search(header)
    return int(found[1]) if found else None


def frames(file: BinaryIO, start: int = 0, end: int | None = None) -> Iterator[Frame]:
    """Yield the records whose place begins in [start, end); damage is a frame with a fault, up to the next record."""
    size = file.seek(0, io.SEEK_END)
    stop = size if end is None else min(end, size)
    while start < stop:
        file.seek(start)
        places = _member(file, start, size) if file.read(2) == GZIP_MAGIC else _plain(file, start, size)
        for frame in places:
            yield frame
        start = frame.end


def _plain(file: BinaryIO, start: int, size: int) -> Iterator[Frame]:
    file.seek(start)
    header, length = _header(file)
    behind = start + len(header) + length
    file.seek(behind)
    if not header or behind > size or not _closed(file.read(4), file.tell() == size):
        yield _lost(file, start, _next(file, start + 1, size), "no whole WARC record")
    elif length > MAX_PAYLOAD:
        yield Frame(start, min(behind + 4, size), header, _too_large(length))
    else:
        file.seek(start)
        data = file.read(len(header) + length + 4)
        yield Frame(start, start + len(data), data, None)


def _lost(file: BinaryIO, start: int, end: int, what: str) -> Frame:
    file.seek(start)
    return Frame(start, end, file.read(min(end - start, MAX_RECORD)), _damaged(what))


def _member(file: BinaryIO, start: int, size: int) -> Iterator[Frame]:
    # The end of a member is known when it is read, so a member of many records is read twice.
    member = _Member(file, start)
    with io.BufferedReader(member, PIECE) as stream:
        data, fault = _record(stream)
        alone = (fault is None or fault[0] == "too_large") and _is_spent(stream)
    if alone:
        yield Frame(start, member.end, data, fault)
        return
    end = _end_of_member(file, start) or _next(file, start + 1, size)
    yield from _records(file, start, end)


def _records(file: BinaryIO, start: int, end: int) -> Iterator[Frame]:
    # The consumer may move the file between two records, so this member has a position of its own.
    member = _Member(file, start)
    with io.BufferedReader(member, PIECE) as stream:
        while True:
            data, fault = _record(stream)
            yield Frame(start, end, data, fault)
            if (fault and fault[0] == "damaged_record") or member.is_bomb or _is_spent(stream):
                return


def _record(stream: _Stream) -> tuple[bytes, Fault | None]:
    """Return the next record of a member, and what is wrong with it."""
    data, length = bytearray(), 0
    try:
        header, length = _header(stream)
        data += header
        if not header:
            return _rest(stream, data), _damaged("no WARC header with a Content-Length")
        kept = data if length <= MAX_PAYLOAD else None
        missing = _take(stream, length, kept)
        closing = stream.read(4)
    except _InflationError:
        what = f"the gzip member inflates to more than {MOST_INFLATION} times its size"
        return bytes(data), _too_large(length) if length > MAX_PAYLOAD else _damaged(what)
    except (zlib.error, EOFError):
        return bytes(data), _damaged("the gzip member is damaged or cut short")
    if missing or not _closed(closing, len(closing) < 4):
        return bytes(data), _damaged(f"the record does not have the {length} bytes of its Content-Length")
    return (bytes(data + closing), None) if kept is not None else (bytes(data), _too_large(length))


def _rest(stream: _Stream, data: bytearray) -> bytes:
    _take(stream, MAX_RECORD, data)
    return bytes(data)


def _header(stream: _Stream) -> tuple[bytes, int]:
    """Return the header with its blank line and the Content-Length; (b"", 0) if there is no such header."""
    header = bytearray(stream.readline(PIECE))
    if not _VERSION.fullmatch(header):
        return b"", 0
    while len(header) < MAX_HEADER:
        begins = header.endswith(b"\n")  # else this is the rest of a line longer than a piece
        line = stream.readline(min(PIECE, MAX_HEADER - len(header)))
        header += line
        if _VERSION.search(line):  # the rest of this header is lost, and the next record begins
            break
        if begins and line in (b"\r\n", b"\n"):
            length = content_length(bytes(header))
            return (b"", 0) if length is None else (bytes(header), length)
        if not line:
            break
    return b"", 0


def _take(stream: _Stream, size: int, kept: bytearray | None) -> int:
    """Read `size` bytes in pieces, so that those before damage are kept; return how many are missing."""
    while size:
        piece = stream.read(min(size, PIECE))
        if not piece:
            break
        size -= len(piece)
        if kept is not None:
            kept += piece
    return size


def _closed(closing: bytes, at_end: bool) -> bool:
    """Two line ends close a record; at the end of a file or member writers leave them out."""
    return closing == b"\r\n\r\n" or (at_end and b"\r\n\r\n".startswith(closing))


def _is_spent(stream: "io.BufferedReader[_Member]") -> bool:
    try:
        return not stream.peek(1)
    except (zlib.error, EOFError):
        return False


def _end_of_member(file: BinaryIO, start: int) -> int | None:
    member = _Member(file, start)
    with io.BufferedReader(member, PIECE) as stream:
        try:
            while stream.read(PIECE):
                pass
        except (zlib.error, EOFError):
            return None
    return member.end


def _next(file: BinaryIO, position: int, size: int) -> int:
    """Return the first place from `position` on where a record starts, else the size of the file."""
    while position < size:
        file.seek(position)
        block = file.read(SEARCHED)
        for found in _PLACE.finditer(block):
            if _starts(file, position + found.start()):
                return position + found.start()
        position += max(len(block) - 16, 1) if position + len(block) < size else len(block)
    return size


def _starts(file: BinaryIO, position: int) -> bool:
    file.seek(position)
    head = file.read(PROBED)
    if head.startswith(GZIP_MAGIC):
        try:
            head = zlib.decompressobj(GZIP).decompress(head, PROBED)
        except zlib.error:
            return False
    return _RECORD.match(head) is not None


def _too_large(length: int) -> Fault:
    return "too_large", f"a record of {length} bytes; at most {MAX_PAYLOAD} are read"


def _damaged(what: str) -> Fault:
    return "damaged_record", what


class _InflationError(EOFError):
    """A member is not read on because it inflates to more than anybody would have written."""


class _Member(io.RawIOBase):
    """The inflated bytes of one gzip member; EOFError if the file ends in it. `end` is where it ends, once read."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        super().__init__()
        self._file = file
        self._start = self._position = self.end = start
        self._inflated = 0
        self._inflate = zlib.decompressobj(GZIP)

    def readable(self) -> bool:
        """Return True."""
        return True

    @property
    def is_bomb(self) -> bool:
        """Whether it has given so much more than it has that it is not read on."""
        return self._inflated > max(MAX_RECORD, MOST_INFLATION * (self._position - self._start))

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill `buffer` with what comes next; 0 at the end of the member."""
        while not self._inflate.eof:
            if self.is_bomb:
                raise _InflationError
            data = self._inflate.unconsumed_tail or self._more()
            piece = self._inflate.decompress(data, len(buffer))
            self.end = self._position - len(self._inflate.unused_data)
            if piece:
                buffer[: len(piece)] = piece
                self._inflated += len(piece)
                return len(piece)
            if not data:
                raise EOFError
        return 0

    def _more(self) -> bytes:
        self._file.seek(self._position)
        data = self._file.read(PIECE)
        self._position += len(data)
        return data
