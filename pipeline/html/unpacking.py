"""Bodies that crawlers stored packed, and bytes that are no text at all. Reads no text."""

import re

from pipeline.html.encoding import wide
from pipeline.model import Refusal
from pipeline.warc.payload import GZIP_MAGIC, ZSTD_MAGIC, decode

MAX_UNPACKED = 20_000_000
_PACKED = {GZIP_MAGIC: "gzip", ZSTD_MAGIC: "zstd", b"x\x01": "deflate", b"x\x9c": "deflate", b"x\xda": "deflate"}
_CERTAIN = frozenset({"gzip", "zstd"})
_BINARY = (
    *(b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"\x7fELF"),
    *(b"OggS", b"ID3", b"wOFF", b"wOF2", b"BZh", b"\xfd7zXZ", b"\xd0\xcf\x11\xe0", b"II*\0", b"MM\0*"),
    *_PACKED,
)
_TAG = re.compile(rb"<[!/a-zA-Z]")
_HEAD = 4096
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\f\r\x1b"))


def unpacked(payload: bytes) -> bytes | Refusal:
    """Return a body without the compression that its bytes show; a Refusal when it is damaged, huge or no text."""
    for coding in _codings(payload):
        body, fault = decode(payload, content=coding, limit=MAX_UNPACKED)
        if fault is None:
            if coding in _CERTAIN or _is_markup(body):
                payload = body
                break
        elif fault[0] == "too_large":
            return Refusal(*fault)
        elif coding in _CERTAIN:
            return Refusal("undecodable", fault[1])
    if len(payload) > MAX_UNPACKED:
        return Refusal("too_large", f"{len(payload)} bytes, {MAX_UNPACKED} are allowed")
    if kind := _binary(payload):
        return Refusal("not_html", f"the bytes begin like {kind}")
    return payload


def _codings(payload: bytes) -> tuple[str, ...]:
    """Return what may have packed a body: brotli and raw deflate have no magic bytes, but control bytes all over."""
    for magic, coding in _PACKED.items():
        if payload.startswith(magic):
            return (coding,)
    head = payload[:_HEAD]
    unseen = len(head) - len(head.translate(None, _CONTROLS))
    # Packed bytes hold "<" and a letter by chance, and one in ten is a control byte; text has none.
    plain = unseen * 100 <= len(head) or wide(payload) or _binary(payload)
    return () if plain else ("br", "deflate")


def _is_markup(body: bytes) -> bool:
    return _TAG.search(body[:_HEAD]) is not None or wide(body) is not None


def _binary(payload: bytes) -> str | None:
    head = payload[:1024]
    if head.startswith(_BINARY) or head[4:8] == b"ftyp":
        return repr(head[:8])
    return repr(head[:8]) if head.count(0) * 10 > len(head) and not wide(payload) else None
