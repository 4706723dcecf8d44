import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import Document, Source
from pipeline.readers import READERS, jsonl
from pipeline.text.fields import MAX_DEPTH

SOURCE = Source(id="lines", kind="jsonl", path="lines.jsonl")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lines.jsonl"


def read(path: Path, content: bytes, source: Source = SOURCE, start: int = 0, end: int | None = None) -> list[Document]:
    path.write_bytes(content)
    return list(READERS["jsonl"](path, "lines.jsonl", source, start, end))


def one(path: Path, source: Source = SOURCE, **value: Any) -> Document:
    (document,) = read(path, json.dumps(value).encode() + b"\n", source)
    return document


def test_a_line_is_a_document_with_its_raw_bytes_and_its_place(file: Path) -> None:
    content = b'{"id": "a", "text": "Eis"}\r\n\n  \n{"id": 7}'
    first, second = read(file, content)
    assert (first.source_key, first.payload) == ("a", b'{"id": "a", "text": "Eis"}')
    assert (second.source_key, second.payload) == ("7", b'{"id": 7}')
    assert (first.start, first.end, second.start, second.end) == (0, 28, 32, len(content))


def test_url_and_crawl_date_are_taken_when_they_are_valid(file: Path) -> None:
    document = one(file, url="https://lindenau.example/1", crawl_date="2026-11-20T08:00:00+01:00")
    assert document.url == "https://lindenau.example/1"
    assert document.captured_at == datetime(2026, 11, 20, 7, tzinfo=UTC)
    assert one(file, crawl_date="2026-11-20").captured_at == datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "url", ["ftp://a.example/1", "/1", "https://a.example/x\r\nWARC-Type: x", "https://\ud800", 1, None]
)
def test_what_is_no_web_url_is_none(file: Path, url: object) -> None:
    assert one(file, url=url).url is None


@pytest.mark.parametrize("date", ["yesterday", "0001-01-01T00:00:00+23:00", "9999-12-31", 20261120, None, "1889-01-01"])
def test_what_is_no_crawl_date_is_none(file: Path, date: object) -> None:
    assert one(file, crawl_date=date).captured_at is None


def test_fields_of_the_source_rename_id_and_url(file: Path) -> None:
    source = Source(id="lines", kind="jsonl", path="x", fields={"id": "uid", "url": "link", "crawl_date": "seen"})
    document = one(file, source, uid="u1", link="http://lindenau.example/", seen="2026-11-20", id="no", url="no")
    assert (document.source_key, document.url) == ("u1", "http://lindenau.example/")
    assert document.captured_at is not None


@pytest.mark.parametrize("name", ["url", "canonical_url", "link", "uri"])
def test_url_has_the_names_that_the_extractor_knows(file: Path, name: str) -> None:
    (document,) = read(file, json.dumps({name: " https://lindenau.example/1\n"}).encode())
    assert document.url == "https://lindenau.example/1"


def test_fields_of_the_source_reach_into_objects(file: Path) -> None:
    names = {"id": "meta.id", "url": "meta.web.link", "crawl_date": "meta.seen"}
    source = Source(id="lines", kind="jsonl", path="x", fields=names)
    meta = {"id": 7, "web": {"link": "https://lindenau.example/1"}, "seen": "2026-11-20"}
    document = one(file, source, meta=meta)
    assert (document.source_key, document.url) == ("7", "https://lindenau.example/1")
    assert document.captured_at == datetime(2026, 11, 20, tzinfo=UTC)


def test_how_deep_a_line_may_be_nested_does_not_hang_on_the_caller(file: Path) -> None:
    def deeper(frames: int, depth: int) -> Document:
        value = b'{"id": 1, "n": ' + b"[" * depth + b"]" * depth + b"}"
        return deeper(frames - 1, depth) if frames else read(file, value)[0]

    for depth, reason in ((MAX_DEPTH - 1, None), (MAX_DEPTH, "too_deep"), (900, "too_deep"), (20_000, "too_deep")):
        found = [deeper(frames, depth).fault for frames in (0, 400)]
        assert [fault and fault[0] for fault in found] == [reason, reason]


@pytest.mark.parametrize("key", [None, "", True, 1.5, ["a"], "x" * 2000, "\ud800", "a\x00b"])
def test_a_line_without_a_usable_id_is_named_by_its_place(file: Path, key: object) -> None:
    assert one(file, id=key).source_key == "lines.jsonl#byte=0"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "invalid_json"),
        (b"[1]", "invalid_json"),
        (b'"text"', "invalid_json"),
        (b'{"n": ' + b"9" * 5000 + b"}", "invalid_json"),
        (b'{"a": "\xff"}', "undecodable"),
        (b"[" * 200_000, "too_deep"),
    ],
)
def test_a_line_that_is_no_json_object_has_a_fault_with_its_bytes(file: Path, line: bytes, reason: str) -> None:
    before, document, after = read(file, b'{"id": 1}\n' + line + b'\n{"id": 2}\n')
    assert document.fault
    assert document.fault[0] == reason
    assert f"lines.jsonl bytes 10..{len(line) + 11}" in document.fault[1]
    assert (document.payload, document.source_key) == (line, "lines.jsonl#byte=10")
    assert (before.source_key, after.source_key) == ("1", "2")


def test_the_charset_of_the_source_is_used(file: Path) -> None:
    source = Source(id="lines", kind="jsonl", path="x", charset="latin-1")
    (document,) = read(file, b'{"id": "\xe4"}\n', source)
    assert (document.source_key, document.fault) == ("ä", None)


def test_a_byte_order_mark_is_no_damage(file: Path) -> None:
    (document,) = read(file, b'\xef\xbb\xbf{"id": "a"}\n')
    assert (document.source_key, document.fault) == ("a", None)


def test_a_line_beyond_the_bound_is_passed_over(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "MAX_PAYLOAD", 100)
    monkeypatch.setattr(jsonl, "PIECE", 64)
    long, after = read(file, b'{"id": "' + b"x" * 1000 + b'"}\n{"id": "b"}\n')
    assert long.fault
    assert (long.fault[0], long.payload, long.start, long.end) == ("too_large", b"", 0, 1011)
    assert after.source_key == "b"


@pytest.mark.parametrize("content", [b"", b"\n \n", gzip.compress(b""), gzip.compress(b"\n")])
def test_a_file_without_lines_is_seen(file: Path, content: bytes) -> None:
    (document,) = read(file, content)
    assert document.fault == ("empty_payload", "lines.jsonl has no lines")
    assert read(file, content, start=document.start, end=document.end) == [document]


def test_gzip_is_read_with_offsets_of_the_inflated_file(file: Path) -> None:
    content = b'{"id": 1}\n{"id": 2}\n'
    assert read(file, gzip.compress(content)) == read(file, content)
    assert [item.source_key for item in read(file, gzip.compress(content), start=10, end=20)] == ["2"]


def test_gzip_that_is_cut_short_ends_in_a_fault(file: Path) -> None:
    lines = b"".join(b'{"id": "%d", "text": "%d"}\n' % (number, number**9) for number in range(5000))
    *whole, last = read(file, gzip.compress(lines)[:-5000])
    assert len(whole) > 100
    assert all(document.fault is None for document in whole)
    assert last.fault
    assert (last.fault[0], last.start) == ("damaged_record", whole[-1].end)
    assert read(file, gzip.compress(lines)[:-5000], start=last.start, end=last.end) == [last]


@given(
    lines=st.lists(st.sampled_from([b'{"id": 1}', b"{", b"", b"\xff", b'{"url": "http://a.example/"}'])), data=st.data()
)
def test_slices_at_document_starts_partition_a_file(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], data: st.DataObject
) -> None:
    path, content = tmp_path_factory.getbasetemp() / "lines.jsonl", b"\n".join(lines)
    whole = read(path, content)
    cut = data.draw(st.sampled_from([document.start for document in whole]))
    parts = read(path, content, end=cut) if cut else []
    assert parts + read(path, content, start=cut) == whole
