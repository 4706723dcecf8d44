import gzip
import zlib

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from pipeline.warc.payload import MAX_CODINGS, dechunk, decode
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
