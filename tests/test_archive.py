import gzip
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from pipeline import archive
from pipeline.errors import IntegrityError
from pipeline.model import Capture, Document, Known, Source, document_key
from pipeline.readers import READERS
from pipeline.warc import ours
from tests.warcs import PAGE, http, members, record, sha1

SOURCE = Source(id="wire", kind="text", path="wire")
WARC = Source(id="wire", kind="warc", path="wire")
NIGHT = datetime(2026, 11, 22, tzinfo=UTC)
FIRST, SECOND, THIRD = (f"wire-2026-11-{day}" for day in (20, 21, 22))

keys = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
documents = st.builds(
    Document,
    source_key=keys,
    payload=st.binary(max_size=400),
    start=st.just(0),
    end=st.just(0),
    url=st.none() | st.from_regex(r"https?://[a-zäß]{1,9}\.example/[a-z0-9?&=/%é]{0,20}", fullmatch=True),
    captured_at=st.none() | st.datetimes(datetime(1995, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    media_type=st.sampled_from([None, "text/plain", "text/html", "application/json"]),
    charset=st.sampled_from([None, "utf-8", "windows-1252"]),
    record=st.none(),
    fault=st.none()
    | st.tuples(st.sampled_from(["invalid_json", "too_large"]), st.text(st.characters(exclude_categories=["Cs"]))),
    beside=st.just(()),
    notes=st.just(()),
    not_modified=st.just(False),
)


def in_place(path: Path) -> bool:
    places = archive.Places()
    list(READERS["warc"](path, path.name, WARC, see=places.see))
    return places.in_place


def write(
    raw: Path, batch: str, items: Sequence[Document], past: dict[str, Known] | None = None, source: Source = SOURCE
) -> Path:
    path = raw / batch / "0000.warc.gz"
    assert archive.write(path, items, source, batch, NIGHT, past or {}) == len(items)
    return path


def read(path: Path, start: int = 0, end: int | None = None) -> list[Capture]:
    return list(archive.read(path, path.name, path.parent.parent, start, end))


def read_at(path: Path, offset: int) -> Capture:
    return archive.read_at(path, path.name, path.parent.parent, offset)


def known_of(path: Path) -> dict[str, Known]:
    return {document_key(item.url, item.source_key): known(item, path.parent.name) for item in read(path)}


def known(item: Capture, batch: str) -> Known:
    return Known(
        document_key=document_key(item.url, item.source_key),
        batch_id=batch,
        capture_id="",
        record_id=item.record_id,
        filename=item.filename,
        offset=item.offset,
        record_length=item.record_length,
        digest=item.digest,
        article_id=None,
        content_sha256=None,
        extractor="",
        etag=None,
        last_modified=None,
    )


def of_warc(path: Path, *records: bytes) -> list[Document]:
    path.write_bytes(members(*records))
    return list(READERS["warc"](path, path.name, WARC))


PLAIN = Document("a.txt", PAGE, 0, len(PAGE), "https://lindenau.example/a", NIGHT, "text/html", "utf-8")


@settings(max_examples=60)
@given(st.lists(documents, max_size=6, unique_by=lambda item: item.source_key), st.data())
def test_what_is_written_is_read_back_in_sequence_by_offset_and_in_slices(
    tmp_path_factory: pytest.TempPathFactory, items: list[Document], data: st.DataObject
) -> None:
    raw = tmp_path_factory.getbasetemp() / "raw"
    path = write(raw, FIRST, items)
    found = read(path)
    for item, capture in zip(items, found, strict=True):
        assert (capture.source_key, capture.payload, capture.url) == (item.source_key, item.payload, item.url)
        assert (capture.media_type, capture.fault) == (item.media_type, item.fault)
        assert capture.charset == (item.charset if item.media_type else None)
        assert capture.captured_at == (item.captured_at or NIGHT)
        assert read_at(path, capture.offset) == capture
    assert [capture.offset for capture in found] + [path.stat().st_size] == [0] + [
        capture.offset + capture.record_length for capture in found
    ]
    cut = data.draw(st.sampled_from([capture.offset for capture in found] or [0]))
    assert read(path, 0, cut) + read(path, cut) == found
    before = path.read_bytes()
    assert write(raw, FIRST, items).read_bytes() == before


def test_files_that_we_write_are_read_alike_by_warcio(tmp_path: Path) -> None:
    path = write(tmp_path, FIRST, [PLAIN, PLAIN._replace(source_key="b", url=None)])
    again = write(tmp_path, SECOND, [PLAIN], known_of(path))
    for file, payloads in ((path, [PAGE, PAGE]), (again, [b""])):
        with file.open("rb") as stream:
            assert [item.content_stream().read() for item in ArchiveIterator(stream, check_digests="raise")] == payloads


def test_equal_bytes_become_a_revisit_that_reads_as_the_original(tmp_path: Path) -> None:
    path = write(tmp_path, FIRST, [PLAIN])
    (original,) = read(path)
    later = PLAIN._replace(source_key="tomorrow/a.txt", charset="latin-1")
    revisit = write(tmp_path, SECOND, [later], known_of(path))
    (capture,) = read(revisit)
    assert gzip.decompress(revisit.read_bytes()).endswith(b"Content-Length: 0\r\n\r\n\r\n\r\n")
    assert (capture.payload, capture.digest, capture.refers_to) == (PAGE, original.digest, original.record_id)
    assert (capture.source_key, capture.charset, capture.fault) == ("tomorrow/a.txt", "latin-1", None)
    assert read_at(revisit, capture.offset) == capture


def test_a_revisit_of_a_revisit_refers_to_the_first_record(tmp_path: Path) -> None:
    first = write(tmp_path, FIRST, [PLAIN])
    second = write(tmp_path, SECOND, [PLAIN], known_of(first))
    third = write(tmp_path, THIRD, [PLAIN], known_of(second))
    second.unlink()
    assert read(third)[0].refers_to == read(first)[0].record_id
    assert read(third)[0].payload == PAGE


def test_changed_bytes_faults_and_lost_originals_are_kept_whole(tmp_path: Path) -> None:
    past = known_of(write(tmp_path, FIRST, [PLAIN]))
    changed = PLAIN._replace(payload=PAGE + b"!")
    faulty = PLAIN._replace(source_key="b", fault=("invalid_json", "nothing"))
    assert [item.refers_to for item in read(write(tmp_path, SECOND, [changed, faulty], past))] == [None, None]
    (tmp_path / FIRST / "0000.warc.gz").unlink()
    (kept,) = read(write(tmp_path, THIRD, [PLAIN], past))
    assert (kept.refers_to, kept.payload) == (None, PAGE)


def test_a_revisit_whose_original_is_lost_or_altered_is_an_integrity_error(tmp_path: Path) -> None:
    path = write(tmp_path, FIRST, [PLAIN])
    revisit = write(tmp_path, SECOND, [PLAIN], known_of(path))
    write(tmp_path, FIRST, [PLAIN._replace(payload=b"other")])
    with pytest.raises(IntegrityError, match=r"0000\.warc\.gz at byte 0: refers to .* whose bytes differ"):
        read(revisit)
    path.unlink()
    with pytest.raises(IntegrityError, match=r"0000\.warc\.gz: cannot be read"):
        read(revisit)


def test_a_revisit_cannot_refer_to_a_file_outside_of_raw(tmp_path: Path) -> None:
    path = write(tmp_path / "raw", FIRST, [PLAIN])
    revisit = write(tmp_path / "raw", SECOND, [PLAIN], known_of(path))
    (tmp_path / "secret.warc.gz").write_bytes(path.read_bytes())
    forged = gzip.decompress(revisit.read_bytes()).replace(f"{FIRST}/0000.warc.gz".encode(), b"../secret.warc.gz")
    revisit.write_bytes(members(forged))
    with pytest.raises(IntegrityError, match="outside of"):
        read(revisit)


def test_records_of_a_warc_source_are_kept_to_the_byte(tmp_path: Path) -> None:
    response = record(http(status="404 Not Found", etag='"7"', last_modified="Fri, 20 Nov 2026 06:00:00 GMT"))
    path = write(tmp_path, FIRST, of_warc(tmp_path / "in.warc.gz", response), source=WARC)
    assert gzip.decompress(path.read_bytes()) == response
    (capture,) = read(path)
    assert (capture.status, capture.etag, capture.payload) == (404, '"7"', PAGE)
    assert capture.last_modified == "Fri, 20 Nov 2026 06:00:00 GMT"
    assert capture.source_key == capture.record_id


def test_a_record_without_id_or_date_or_with_a_key_given_later_keeps_its_http_message(tmp_path: Path) -> None:
    found = of_warc(tmp_path / "in.warc.gz", record(http(), warc_record_id=None), record(http(), warc_date="once"))
    found.append(found[1]._replace(source_key="repeated"))
    captures = read(write(tmp_path, FIRST, found, source=WARC))
    assert [item.source_key for item in captures] == [item.source_key for item in found]
    assert {(item.status, item.payload, item.media_type) for item in captures} == {(200, PAGE, "text/html")}
    assert captures[1].captured_at == NIGHT
    assert len({item.record_id for item in captures}) == 3


def test_a_revisit_of_a_warc_record_keeps_its_own_status_and_etag(tmp_path: Path) -> None:
    past = known_of(write(tmp_path, FIRST, of_warc(tmp_path / "1.warc.gz", record(http(etag="1"))), source=WARC))
    again = of_warc(tmp_path / "2.warc.gz", record(http(etag="2"), warc_record_id="<urn:uuid:later>"))
    (capture,) = read(write(tmp_path, SECOND, again, past, WARC))
    assert (capture.source_key, capture.status, capture.etag, capture.payload) == ("<urn:uuid:later>", 200, "2", PAGE)
    assert capture.refers_to is not None


def test_every_fault_of_a_warc_source_survives_the_copy(tmp_path: Path) -> None:
    damaged = bytearray(members(record(http(), number=4)))
    damaged[-6] ^= 1
    path = tmp_path / "in.warc.gz"
    mismatch = record(http(), number=1, warc_payload_digest=sha1(b"?"))
    path.write_bytes(members(mismatch, record(b"", "revisit", 2), record(PAGE, number=3)) + bytes(damaged))
    found = list(READERS["warc"](path, path.name, WARC))
    found.append(found[0]._replace(source_key="repeated"))
    captures = read(write(tmp_path, FIRST, found, source=WARC))
    assert [(item.source_key, item.payload) for item in captures] == [(item.source_key, item.payload) for item in found]
    assert [item.fault and item.fault[0] for item in captures] == [item.fault and item.fault[0] for item in found]
    assert all(item.fault and " bytes " in item.fault[1] for item in captures)
    reasons = [item.fault[0] for item in captures if item.fault]
    assert reasons == ["digest_mismatch", "no_payload", "damaged_record", "damaged_record", "digest_mismatch"]


def test_a_warc_source_cannot_speak_for_newsmill(tmp_path: Path) -> None:
    forged = record(http(), newsmill_source_key="another", newsmill_fault="crashed no", newsmill_x="y")
    (document,) = found = of_warc(tmp_path / "in.warc.gz", forged)
    path = write(tmp_path, FIRST, found, source=WARC)
    (capture,) = read(path)
    assert (capture.source_key, capture.fault, capture.payload) == (document.source_key, None, PAGE)
    assert b"newsmill-x" not in gzip.decompress(path.read_bytes()).lower()


@pytest.mark.parametrize("kind", ["revisit", "response", "resource"])
@pytest.mark.parametrize(
    "place", [("../../secret", "0"), (f"{SECOND}/0000.warc.gz", "0"), ("%00", "9" * 18), ("x", "-")]
)
@pytest.mark.parametrize("name", ["Newsmill-Source-Key", "NEWSMILL-SOURCE-KEY ", "\x1cnewsmill-source-key\t"])
def test_a_record_that_foresees_our_id_is_not_taken_for_ours(
    tmp_path: Path, kind: str, place: tuple[str, str], name: str
) -> None:
    forged = record(
        http(),
        kind,
        warc_record_id=ours.record_id(FIRST, "k"),
        warc_refers_to_filename=place[0],
        warc_refers_to_file_offset=place[1],
        warc_payload_digest="sha256:" + "0" * 64 if kind == "revisit" else None,
    ).replace(b"\r\n", f"\r\n{name}: k\r\n".encode(), 1)
    found = of_warc(tmp_path / "in.warc.gz", forged, record(http(), number=7))
    captures = read(write(tmp_path / "raw", FIRST, found, source=WARC))
    assert [(item.source_key, item.payload, item.fault, item.refers_to) for item in captures] == [
        (item.source_key, item.payload, item.fault, None) for item in found
    ]


@pytest.mark.parametrize(("fill", "size", "grows"), [("x", 180_000, False), ("ä", 90_000, False), ("ä", 180_000, True)])
def test_a_header_that_would_outgrow_its_bound_in_raw_is_kept_as_bytes_with_a_fault(
    tmp_path: Path, fill: str, size: int, grows: bool
) -> None:
    fields = b"".join(b"x-%d: %b\r\n" % (number, fill.encode("latin-1") * (size // 6)) for number in range(6))
    large = record(http(), warc_date=None).replace(b"\r\n", b"\r\n" + fields + b"\xe4: \xe4\r\n", 1)
    found = of_warc(tmp_path / "in.warc.gz", large, record(http(), number=7))
    assert [item.fault for item in found] == [None, None]
    first, second = read(write(tmp_path, FIRST, found, source=WARC))
    assert (first.source_key, second.payload, second.fault) == (found[0].source_key, PAGE, None)
    assert first.payload == (large if grows else PAGE)
    assert (first.fault and first.fault[0]) == ("damaged_record" if grows else None)


@pytest.mark.parametrize("end", ["WARC/1.0", "WARC/1.1", "WARC/1.10"])
def test_values_that_end_as_a_record_begins_are_read_back(tmp_path: Path, end: str) -> None:
    text = PLAIN._replace(source_key=end, url=f"https://lindenau.example/{end}")
    (capture,) = read(write(tmp_path, FIRST, [text]))
    assert (capture.source_key, capture.url, capture.payload) == (end, text.url, PAGE)
    response = record(http(), warc_date=None, x=f"{end} ")
    (copied,) = read(write(tmp_path, SECOND, of_warc(tmp_path / "in.warc.gz", response), source=WARC))
    assert (copied.payload, copied.fault) == (PAGE, None)


def test_a_bit_that_flips_in_raw_is_an_integrity_error_with_its_place(tmp_path: Path) -> None:
    path = write(tmp_path, FIRST, [PLAIN, PLAIN._replace(source_key="b")])
    offset = read(path)[1].offset
    altered = bytearray(path.read_bytes())
    altered[offset + 30] ^= 1
    path.write_bytes(altered)
    with pytest.raises(IntegrityError, match=rf"0000\.warc\.gz at byte {offset}"):
        read(path)
    path.write_bytes(members(gzip.decompress(altered[:offset]).replace(b"harbour", b"Harbour")))
    with pytest.raises(IntegrityError, match=r"0000\.warc\.gz at byte 0: the block is not what sha256:"):
        read(path)


@pytest.mark.parametrize("offset", [1, 10**9])
def test_an_offset_where_no_record_starts_is_an_integrity_error(tmp_path: Path, offset: int) -> None:
    with pytest.raises(IntegrityError, match=rf"(at byte|no record at byte) {offset}"):
        read_at(write(tmp_path, FIRST, [PLAIN]), offset)


A, B = record(http(), number=1), record(http(b"<p>Thaw</p>"), number=2)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (members(A, B), True),
        (A + B, True),
        (members(record(b"software: x", "warcinfo"), A), True),
        (members(record(http(), warc_payload_digest=sha1(b"?"))), True),
        (members(A + B), False),
        (members(A, B)[:-3], False),
        ((A + B)[:-20], False),
        (members(A) + b"garbage", False),
        (members(record(http(), warc_record_id=None)), False),
        (members(record(http(), warc_date=None)), False),
        (b"", False),
        (members(record(b"software: x", "warcinfo"), record(PAGE, "conversion", 2)), False),
    ],
)
def test_a_warc_is_referenced_in_place_if_each_place_is_one_sound_record(
    tmp_path: Path, content: bytes, expected: bool
) -> None:
    path = tmp_path / "source" / "in.warc.gz"
    path.parent.mkdir()
    path.write_bytes(content)
    assert in_place(path) is expected
    if expected:
        found = list(READERS["warc"](path, "in.warc.gz", WARC))
        captures = list(archive.read(path, "in.warc.gz", tmp_path / "raw"))
        assert [(item.source_key, item.payload, item.offset, item.fault) for item in captures] == [
            (item.source_key, item.payload, item.start, item.fault) for item in found
        ]
        assert [archive.read_at(path, "in.warc.gz", tmp_path / "raw", item.offset) for item in captures] == captures


BLOCKS = st.sampled_from([http(), http(b""), http(status="404 Not Found"), PAGE, b"", http(PAGE * 40)])
FIELDS: st.SearchStrategy[dict[str, str | None]] = st.fixed_dictionaries(
    {},
    optional={
        "warc_target_uri": st.sampled_from(["dns:lindenau.example", "whois:x", "https://lindenau.example/a", None]),
        "warc_payload_digest": st.sampled_from([sha1(b"?"), sha1(PAGE), "sha1:?"]),
        "warc_record_id": st.sampled_from(["<urn:uuid:twice>", ours.record_id(FIRST, "k")] * 4 + [None]),
        "warc_date": st.sampled_from(["2026-11-20", "2026-11-20T06:30:00.123456Z"] * 4 + ["once"]),
        "warc_segment_number": st.just("1"),
        "newsmill_source_key": st.just("k"),
    },
)
KINDS = st.sampled_from(["response", "resource", "revisit", "conversion", "warcinfo", "request", "metadata", "?"])
records = st.builds(lambda block, kind, number, fields: record(block, kind, number, **fields), BLOCKS, KINDS,
                    st.integers(1, 99), FIELDS)  # fmt: skip


def _reason(item: Document | Capture) -> str | None:
    return item.fault[0] if item.fault else None


@settings(max_examples=150)
@given(st.lists(st.tuples(records, st.booleans()), min_size=1, max_size=8), st.data())
def test_a_file_in_place_has_as_many_captures_as_documents_in_every_slice_a_plan_can_cut(
    tmp_path_factory: pytest.TempPathFactory, items: list[tuple[bytes, bool]], data: st.DataObject
) -> None:
    raw = tmp_path_factory.getbasetemp() / "raw"
    path = tmp_path_factory.getbasetemp() / "placed.warc.gz"
    path.write_bytes(b"".join(members(item) if packed else item for item, packed in items))
    found = list(READERS["warc"](path, path.name, WARC))
    assert found
    assert list(READERS["warc"](path, path.name, WARC, found[0].start, found[-1].end)) == found
    if in_place(path):
        first = data.draw(st.integers(0, len(found) - 1))
        part = found[first : data.draw(st.integers(first + 1, len(found)))]
        start, end = part[0].start, part[-1].end
        assert list(READERS["warc"](path, path.name, WARC, start, end)) == part
        captures = list(archive.read(path, path.name, raw, start, end))
        assert [(item.source_key, item.payload, item.offset, item.url) for item in captures] == [
            (item.source_key, item.payload, item.start, item.url) for item in part
        ]
    else:
        copied = read(write(raw, FIRST, found, source=WARC))
        assert [(item.payload, _reason(item)) for item in copied] == [(item.payload, _reason(item)) for item in found]


def test_a_failing_source_leaves_no_file_behind(tmp_path: Path) -> None:
    def failing() -> list[Document]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archive.write(
            tmp_path / FIRST / "0000.warc.gz", (item for _ in [0] for item in failing()), SOURCE, FIRST, NIGHT, {}
        )
    assert list((tmp_path / FIRST).iterdir()) == []
