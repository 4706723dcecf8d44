import gzip
import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from pipeline.warc.payload import GZIP_MAGIC, MAX_CODINGS, MAX_MEMBERS, ZSTD_MAGIC, dechunk, decode
from tests.warcs import PAGE, chunked


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


ENCODED = {
    "gzip": gzip.compress(PAGE),
    "x-gzip": gzip.compress(PAGE),
    "deflate": zlib.compress(PAGE),
    " Deflate ": raw_deflate(PAGE),
    "br": brotli.compress(PAGE),
    "zstd": zstandard.compress(PAGE),
    "gzip, br": brotli.compress(gzip.compress(PAGE)),
    "identity": PAGE,
    "something-new": PAGE,
}
BOMB = bytes(1_000_000)
BOMBS = {
    "gzip": gzip.compress(BOMB),
    "deflate": zlib.compress(BOMB),
    "br": brotli.compress(BOMB),
    "zstd": zstandard.compress(BOMB),
}


@pytest.mark.parametrize("coding", ENCODED)
def test_a_body_is_returned_without_its_encodings(coding: str) -> None:
    assert decode(ENCODED[coding], content=coding) == (PAGE, None)
    assert decode(chunked(ENCODED[coding]), "chunked", coding) == (PAGE, None)


@pytest.mark.parametrize("coding", BOMBS)
def test_a_body_that_inflates_beyond_the_bound_is_too_large(coding: str) -> None:
    payload, fault = decode(BOMBS[coding], content=coding, limit=100_000)
    assert (payload, fault and fault[0]) == (b"", "too_large")
    assert decode(BOMBS[coding], content=coding, limit=1_000_000) == (BOMB, None)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_body_that_is_cut_short_is_damaged(coding: str) -> None:
    _, fault = decode(ENCODED[coding][:-8], content=coding)
    assert fault
    assert fault[0] == "damaged_record"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_body_stored_decoded_below_the_header_of_the_encoded_one_is_kept(coding: str) -> None:
    assert decode(PAGE, "chunked", coding) == (PAGE, None)


PACK: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "x-gzip": gzip.compress, "zstd": zstandard.compress}
MAGIC = {"gzip": GZIP_MAGIC, "zstd": ZSTD_MAGIC}


@pytest.mark.parametrize("coding", PACK)
@pytest.mark.parametrize("size", [7, 40_000])
def test_a_body_of_many_streams_is_read_to_its_end(coding: str, size: int) -> None:
    body = b"".join(PACK[coding](bytes([number]) * size) for number in range(9))
    whole = b"".join(bytes([number]) * size for number in range(9))
    assert decode(body, content=coding) == (whole, None)
    assert decode(body, content=coding, limit=len(whole)) == (whole, None)
    payload, fault = decode(body, content=coding, limit=len(whole) - 1)
    assert (payload, fault and fault[0]) == (b"", "too_large")


@pytest.mark.parametrize("coding", MAGIC)
def test_a_second_stream_that_is_damaged_is_a_fault_beside_the_first(coding: str) -> None:
    for rest in (PACK[coding](PAGE)[:-8], MAGIC[coding] + b"\xff" * 40):
        payload, fault = decode(PACK[coding](PAGE) + rest, content=coding)
        assert (payload[: len(PAGE)], fault and fault[0]) == (PAGE, "damaged_record")


@pytest.mark.parametrize("coding", MAGIC)
def test_what_is_no_stream_behind_a_body_is_not_read(coding: str) -> None:
    assert decode(PACK[coding](PAGE) + bytes(40), content=coding) == (PAGE, None)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("coding", MAGIC)
def test_a_body_of_more_streams_than_any_server_writes_is_too_large(coding: str) -> None:
    _, fault = decode(PACK[coding](b"") * (MAX_MEMBERS + 1), content=coding)
    assert fault
    assert fault[0] == "too_large"


def test_more_encodings_than_any_server_uses_are_not_followed() -> None:
    _, fault = decode(PAGE, content=", ".join(["gzip"] * (MAX_CODINGS + 1)))
    assert fault
    assert fault[0] == "too_large"


def test_a_chunked_body_may_lack_its_last_chunk_but_not_a_part_of_one() -> None:
    assert dechunk(b"5\r\nhello\r\n") == (b"hello", None)
    payload, fault = dechunk(b"5\r\nhello\r\n5\r\nwor")
    assert (payload, fault and fault[0]) == (b"hellowor", "damaged_record")
    payload, fault = dechunk(b"5\r\nhello\r\nnonsense")
    assert (payload, fault and fault[0]) == (b"hello", "damaged_record")


def test_a_megabyte_of_tiny_chunks_is_read_in_linear_time() -> None:
    assert dechunk(b"1\r\nx\r\n" * 170_000) == (b"x" * 170_000, None)


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "br", "zstd", "gzip, zstd"]), st.booleans())
def test_no_bytes_make_decoding_fail_or_exceed_the_bound(body: bytes, coding: str, is_chunked: bool) -> None:
    payload, _ = decode(body, "chunked" if is_chunked else "", coding, limit=1000)
    assert len(payload) <= 1000
