import base64
import gzip
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.model import Document, Source
from pipeline.readers import READERS
from pipeline.warc.record import parse
from tests.warcs import PAGE, chunked, http, members, record, sha1

SOURCE = Source(id="crawl", kind="warc", path="crawl.warc.gz")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "crawl.warc.gz"


def read(path: Path, content: bytes, start: int = 0, end: int | None = None) -> list[Document]:
    path.write_bytes(content)
    return list(READERS["warc"](path, "crawl.warc.gz", SOURCE, start, end))


def one(path: Path, content: bytes) -> Document:
    (document,) = read(path, members(content))
    return document


def test_a_response_is_a_document_with_key_url_date_and_payload(file: Path) -> None:
    response = record(http(content_type="text/html; charset=ISO-8859-1"))
    document = one(file, response)
    assert document.source_key == "<urn:uuid:00000000-0000-4000-8000-000000000001>"
    assert document.url == "https://lindenau.example/1.html"
    assert document.captured_at == datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
    assert (document.media_type, document.charset) == ("text/html", "iso-8859-1")
    assert (document.payload, document.record, document.fault) == (PAGE, response, None)


def test_a_resource_is_its_block(file: Path) -> None:
    document = one(file, record(PAGE, "resource", content_type='text/html; charset="utf-8"'))
    assert (document.payload, document.media_type, document.charset) == (PAGE, "text/html", "utf-8")


def test_a_response_of_another_scheme_has_its_http_header_taken_off_too(file: Path) -> None:
    assert one(file, record(http(), warc_target_uri="saved::page 1.html")).payload == PAGE


@pytest.mark.parametrize("kind", ["warcinfo", "request", "metadata", "conversion", "continuation"])
def test_records_about_the_fetch_are_no_documents(file: Path, kind: str) -> None:
    dns = record(b"1.2.3.4", warc_target_uri="dns:lindenau.example", content_type="text/dns")
    document = one(file, record(b"software: x\r\n", kind) + dns + record(http(), number=7))
    assert document.url == "https://lindenau.example/7.html"


def test_a_file_without_documents_is_seen(file: Path) -> None:
    content = members(record(b"The harbour froze over.", "conversion"), record(b"software: x\r\n", "warcinfo"))
    (document,) = read(file, content)
    assert document.fault == ("empty_payload", "crawl.warc.gz holds no response, resource or revisit record")
    assert (document.start, document.end) == (0, len(content))
    assert read(file, content, document.start, document.end) == [document]


def test_a_slice_without_documents_of_a_file_with_some_has_none(file: Path) -> None:
    info = members(record(b"software: x\r\n", "warcinfo"))
    content = info + members(record(http())) + info
    assert read(file, content, 0, len(info)) == []
    assert read(file, content, len(content) - len(info), len(content)) == []


@pytest.mark.parametrize("name", ["Content-Length ", " Content-Length", "X:\r\n Content-Length", "Content-Length\t"])
@pytest.mark.parametrize("other", ["9" * 5000, "7", "-1", "many"])
def test_a_second_length_written_otherwise_does_not_count(file: Path, name: str, other: str) -> None:
    response = record(http()).replace(b"\r\n", f"\r\n{name}: {other}\r\n".encode(), 1)
    document = one(file, response)
    assert (document.payload, document.record, document.fault) == (PAGE, response, None)


def test_a_validator_longer_than_any_server_sends_is_left_out() -> None:
    for size, kept in ((1024, "x" * 1024), (1025, None)):
        response = parse(record(http(etag="x" * size, last_modified="x" * size)))
        assert (response.etag, response.last_modified) == (kept, kept)


def test_damaged_bytes_are_kept_up_to_the_size_that_can_be_read_back(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.readers.warc.MAX_PAYLOAD", 100)
    (document,) = read(file, b"x" * 1000)
    assert document.payload == b"x" * 100


def test_transfer_and_content_encodings_are_taken_off(file: Path) -> None:
    body = chunked(gzip.compress(PAGE))
    document = one(file, record(http(body, transfer_encoding="chunked", content_encoding="gzip")))
    assert (document.payload, document.fault) == (PAGE, None)


def test_a_revisit_of_another_archive_has_no_payload(file: Path) -> None:
    document = one(file, record(http(b""), "revisit", warc_refers_to="<urn:uuid:x>"))
    assert document.fault
    assert document.fault[0] == "no_payload"
    assert document.fault[1].endswith("a revisit of <urn:uuid:x>; its original was not looked for")


def test_what_a_revisit_refers_to_is_quoted_up_to_a_bound(file: Path) -> None:
    document = one(file, record(http(b""), "revisit", warc_refers_to="<" + "x" * 200_000))
    assert document.fault
    assert len(document.fault[1]) < 300


@pytest.mark.parametrize("form", [PAGE, gzip.compress(PAGE, mtime=0), chunked(gzip.compress(PAGE, mtime=0))])
def test_a_payload_digest_of_any_form_of_the_payload_fits(file: Path, form: bytes) -> None:
    block = http(chunked(gzip.compress(PAGE, mtime=0)), transfer_encoding="chunked", content_encoding="gzip")
    document = one(file, record(block, warc_payload_digest=sha1(form), warc_block_digest=sha1(block)))
    assert (document.payload, document.fault) == (PAGE, None)


@pytest.mark.parametrize(
    "response",
    [record(http(), warc_payload_digest=sha1(b"other")), record(http(), warc_block_digest=sha1(b"other"))],
)
def test_a_digest_that_does_not_fit_is_a_fault_beside_the_payload(file: Path, response: bytes) -> None:
    document = one(file, response)
    assert document.fault
    assert (document.fault[0], document.payload) == ("digest_mismatch", PAGE)


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha512"])
@pytest.mark.parametrize("notation", [bytes.hex, lambda digest: base64.b32encode(digest).decode()])
def test_digests_of_all_kinds_are_checked(file: Path, algorithm: str, notation: Callable[[bytes], str]) -> None:
    right, wrong = (f"{algorithm}:{notation(hashlib.new(algorithm, body).digest())}" for body in (PAGE, b"other"))
    assert one(file, record(http(), warc_payload_digest=right)).fault is None
    document = one(file, record(http(), warc_payload_digest=wrong))
    assert document.fault
    assert document.fault[0] == "digest_mismatch"
    assert f"crawl.warc.gz bytes 0..{document.end}" in document.fault[1]


@pytest.mark.parametrize("digest", ["xxh3:0123", "sha1:?", "sha1", "sha256:" + "Z" * 10])
def test_a_digest_that_cannot_be_checked_is_no_fault(file: Path, digest: str) -> None:
    assert one(file, record(http(), warc_payload_digest=digest)).fault is None


def test_a_response_without_an_http_header_is_damaged(file: Path) -> None:
    document = one(file, record(PAGE))
    assert document.fault
    assert document.fault[0] == "damaged_record"


def test_damage_is_a_document_with_its_byte_range_and_the_rest_is_read(file: Path) -> None:
    good, bad = members(record(http(), number=1)), bytearray(members(record(http(), number=2)))
    bad[len(bad) // 2] ^= 255
    first, damaged, last = read(file, good + bytes(bad) + good)
    assert (first.payload, last.payload) == (PAGE, PAGE)
    assert damaged.fault
    assert damaged.fault[0] == "damaged_record"
    assert f"crawl.warc.gz bytes {len(good)}..{len(good) + len(bad)}" in damaged.fault[1]


def test_records_without_usable_id_are_named_by_their_place(file: Path) -> None:
    ids = [document.source_key for document in read(file, members(record(http(), warc_record_id=None)))]
    assert ids == ["crawl.warc.gz#byte=0"]


def test_an_empty_file_is_seen(file: Path) -> None:
    (document,) = read(file, b"")
    assert document.fault == ("empty_payload", "crawl.warc.gz has no bytes")
    assert read(file, b"", 0, 0) == [document]
