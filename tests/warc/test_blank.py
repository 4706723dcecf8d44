"""Blank members: of exactly the length asked for, and sound for every reader at hand."""

import gzip
import io

from fastwarc.warc import ArchiveIterator
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator as Warcio

from pipeline.model import Takedown
from pipeline.warc import blank, ours, record
from pipeline.warc.frames import frames
from tests import warcs

GONE = Takedown("5e" * 32, "a1" * 16)


def whole(number: int) -> bytes:
    record_id = ("WARC-Record-ID", f"<urn:uuid:00000000-0000-4000-8000-{number:012d}>")
    fields = [("WARC-Type", "resource"), record_id, ("WARC-Date", "2026-11-20T06:30:00Z")]
    return ours.compose([*fields, ("WARC-Target-URI", "https://lindenau.example/")], b"Eis auf dem Hafen.")


def header(body: bytes, number: int = 2) -> record.Header:
    return record.header(warcs.record(warcs.http(body), number=number))


@given(length=st.integers(400, 3000) | st.integers(60_000, 70_000) | st.just(3_000_000))
def test_a_member_has_exactly_the_length_that_is_asked_for_and_is_read_over_by_all(length: int) -> None:
    member = blank.member(blank.capture(header(b"x"), GONE), length)
    assert len(member) == length
    file = warcs.members(whole(1)) + member + warcs.members(whole(3))
    ids = [f"<urn:uuid:00000000-0000-4000-8000-{number:012d}>" for number in (1, 2, 3)]
    assert [found.record_id for found in ArchiveIterator(io.BytesIO(file))] == ids
    assert [found.rec_headers["WARC-Record-ID"] for found in Warcio(io.BytesIO(file))] == ids
    assert [record.header(frame.data).record_id for frame in frames(io.BytesIO(file))] == ids
    assert gzip.decompress(member).endswith(b"Content-Length: 0\r\n\r\n\r\n\r\n")


def test_a_record_of_hardly_any_bytes_has_room_for_its_blank() -> None:
    data = warcs.record(b"HTTP/1.1 404 Not Found\r\n\r\nx")
    kept = record.header(gzip.decompress(blank.member(blank.capture(record.header(data), GONE._replace(article_id=None)),
                                                      len(warcs.members(data)))))  # fmt: skip
    assert kept.record_id == record.header(data).record_id
    assert GONE.tombstone.startswith(kept.fields["newsmill-taken-down"])


def test_what_cannot_hold_a_blank_becomes_zeros() -> None:
    assert blank.member(blank.capture(header(b"x"), GONE), 60) == bytes(60)
