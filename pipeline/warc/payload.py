"""HTTP bodies to payloads: transfer and content encodings removed within a bound. Reads no files and no network."""

import re
import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]
import zstandard

from pipeline.model import Reason

Fault = tuple[Reason, str]
Decoded = tuple[bytes, Fault | None]

MAX_PAYLOAD = 64 * 2**20  # one document is held in memory whole; the largest page of the gold corpora has 2.2 MB
MAX_CODINGS = 3
MAX_MEMBERS = 10_000  # gzip members or zstd frames of one body; block gzip makes a thousand of 64 MB
PIECE = 64 * 2**10
ZSTD_WINDOW = 2**23  # RFC 9659: what HTTP allows
ZSTD_PIECE = 256  # a zstd block of 4 bytes can hold 128 KB: 256 bytes a step inflate to 8 MB at most
GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,1000})?\r?\n")


def decode(body: bytes, transfer: str = "", content: str = "", limit: int = MAX_PAYLOAD) -> Decoded:
    """Return a body without its encodings; a fault if it is cut short, damaged or inflates to more than `limit` bytes.

    Crawlers often store a decoded body below the header of the encoded one: what does not begin as its header says is
    returned as it is. Unknown encodings are left alone.
    """
    codings = [coding.strip().lower() for coding in content.split(",") if coding.strip()]
    if len(codings) > MAX_CODINGS:
        return b"", ("too_large", f"more than {MAX_CODINGS} content encodings")
    payload, fault = dechunk(body) if "chunked" in transfer.lower() else (body, None)
    for coding in reversed(codings):
        if fault is None and payload and coding in _DECODERS:
            payload, fault = _DECODERS[coding](payload, limit)
    return payload, fault


def dechunk(body: bytes) -> Decoded:
    """Return a chunked body in one piece, as it is if it is not chunked; a fault if it ends inside a chunk."""
    payload, position = bytearray(), 0
    while position < len(body):
        header = CHUNK_SIZE.match(body, position)
        if header is None:
            return (body, None) if position == 0 else (bytes(payload), _damaged("chunked", "damaged", len(payload)))
        size = int(header[1], 16)
        if size == 0:
            break
        payload += body[header.end() : header.end() + size]
        if header.end() + size > len(body):
            return bytes(payload), _damaged("chunked", "cut short", len(payload))
        position = header.end() + size
        position += 2 if body[position : position + 2] == b"\r\n" else body[position : position + 1] == b"\n"
    return bytes(payload), None


def _gzip(body: bytes, limit: int) -> Decoded:
    return _inflate(body, limit, "gzip", 31) if body.startswith(GZIP_MAGIC) else (body, None)


def _deflate(body: bytes, limit: int) -> Decoded:
    """Servers mean zlib or raw deflate by `deflate`."""
    if _is_plain(body):
        return body, None
    zlib_header = body[0] & 15 == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    return _inflate(body, limit, "deflate", 15 if zlib_header else -15)


def _inflate(body: bytes, limit: int, coding: str, window: int) -> Decoded:
    payload, position = bytearray(), 0
    for _ in range(MAX_MEMBERS):
        stream = zlib.decompressobj(window)
        try:
            while position < len(body) and not stream.eof and len(payload) <= limit:
                piece = body[position : position + PIECE]
                payload += stream.decompress(piece, limit + 1 - len(payload))
                position += len(piece) - len(stream.unused_data)
        except zlib.error:
            return bytes(payload), _damaged(coding, "damaged", len(payload))
        if len(payload) > limit or not stream.eof or coding != "gzip" or not body.startswith(GZIP_MAGIC, position):
            return _bounded(bytes(payload), limit, coding, stream.eof)
    return b"", _too_many(coding)


def _brotli(body: bytes, limit: int) -> Decoded:
    if _is_plain(body):
        return body, None
    stream = brotli.Decompressor()
    try:
        payload = stream.process(body, output_buffer_limit=limit + 1)
    except brotli.error:
        return b"", _damaged("br", "damaged", 0)
    return _bounded(payload, limit, "br", stream.is_finished())


def _zstd(body: bytes, limit: int) -> Decoded:
    if not body.startswith(ZSTD_MAGIC):
        return body, None
    payload, position = bytearray(), 0
    for _ in range(MAX_MEMBERS):
        stream = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW).decompressobj()
        try:
            while position < len(body) and not stream.eof and len(payload) <= limit:
                piece = body[position : position + ZSTD_PIECE]
                payload += stream.decompress(piece)
                position += len(piece) - len(stream.unused_data)
        except zstandard.ZstdError:
            return bytes(payload), _damaged("zstd", "damaged", len(payload))
        if len(payload) > limit or not stream.eof or not body.startswith(ZSTD_MAGIC, position):
            return _bounded(bytes(payload), limit, "zstd", stream.eof)
    return b"", _too_many("zstd")


_DECODERS: dict[str, Callable[[bytes, int], Decoded]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}


def _is_plain(body: bytes) -> bool:
    """Brotli and raw deflate have no magic bytes, but a page shows that it is one."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"", b"<", b"{")


def _bounded(payload: bytes, limit: int, coding: str, complete: bool) -> Decoded:
    if len(payload) > limit:
        return b"", ("too_large", f"the {coding} body inflates to more than {limit} bytes")
    return payload, None if complete else _damaged(coding, "cut short", len(payload))


def _too_many(coding: str) -> Fault:
    return "too_large", f"more than {MAX_MEMBERS} {coding} streams in one body"


def _damaged(coding: str, how: str, size: int) -> Fault:
    return "damaged_record", f"the {coding} body is {how} after {size} decoded bytes"
