"""What stays of a WARC record that was taken down: a gzip member of the same length that says so. No files here.

A member is filled up inside its deflate stream with empty stored blocks, of which every reader of gzip makes nothing.
Comments in the gzip header would do as well, but readers in Go and Rust refuse those longer than 511 or 65,535 bytes.
"""

import zlib
from collections.abc import Iterator

from pipeline.model import Takedown
from pipeline.warc import ours
from pipeline.warc.record import Header

SHORT = 16
"""Hex digits of a tombstone in place of a record of a few bytes; ours have two digests of 64, but not those we keep."""
EMPTY = b"\x00\x00\x00\xff\xff"
"""A stored block of no bytes."""
LAST = b"\x03\x00"
"""A last block of no bytes."""
COMMENTED = b"\x1f\x8b\x08\x10\x00\x00\x00\x00\x00\xff"
PLAIN = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


def member(records: Iterator[bytes], length: int) -> bytes:
    """Return the first of some records that fits as a gzip member of exactly that length; zeros if none does.

    None fits what is left of a record that was cut: that was no record any more.
    """
    for record in records:
        deflate = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
        data = deflate.compress(record) + deflate.flush(zlib.Z_SYNC_FLUSH)
        tail = LAST + zlib.crc32(record).to_bytes(4, "little") + len(record).to_bytes(4, "little")
        blocks, comment = divmod(length - len(PLAIN) - len(data) - len(tail), len(EMPTY))
        if blocks >= 0:
            head = COMMENTED + b" " * (comment - 1) + b"\0" if comment else PLAIN
            return head + data + EMPTY * blocks + tail
    return bytes(length)


def capture(header: Header, gone: Takedown) -> Iterator[bytes]:
    """Yield records that stand for that of a capture, the fullest first: with its id, date, key and address."""
    asked = ours.note(header, ours.SOURCE_KEY) if ours.note(header, ours.ROBOTS) else None
    key = [(ours.SOURCE_KEY, value)] if (value := header.fields.get(ours.SOURCE_KEY.lower())) else []
    fields = [*_same("resource", header), *key, ("WARC-Target-URI", asked or header.url or "")]
    yield ours.compose([*fields, *_taken_down(gone)], b"")
    yield ours.compose([*fields, *_taken_down(gone._replace(tombstone=gone.tombstone[:SHORT]))], b"")


def beside(header: Header, gone: Takedown) -> Iterator[bytes]:
    """Yield records that stand for one about how a capture was fetched or of a list, the fullest first."""
    part_of = [(ours.PART_OF, value)] if (value := header.fields.get(ours.PART_OF.lower())) else []
    if header.record_id:
        yield ours.compose([*_same("metadata", header), *part_of, *_taken_down(gone._replace(article_id=None))], b"")
        yield ours.compose([*_same("metadata", header), *_taken_down(gone._replace(article_id=None))], b"")
    yield ours.compose([("WARC-Type", "metadata"), (ours.TAKEN_DOWN, gone.tombstone)], b"")


def _same(kind: str, header: Header) -> ours.Fields:
    return [
        ("WARC-Type", kind),
        ("WARC-Record-ID", header.record_id or ""),
        ("WARC-Date", header.fields.get("warc-date", "")),
    ]


def _taken_down(gone: Takedown) -> ours.Fields:
    return [
        (ours.TAKEN_DOWN, gone.tombstone),
        *([(ours.ARTICLE_ID, gone.article_id)] if gone.article_id else []),
    ]
