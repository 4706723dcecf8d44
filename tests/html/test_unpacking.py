import random
import zlib

import brotli  # type: ignore[import-untyped]
import pytest

from pipeline.html.unpacking import unpacked

WORDS = [
    "harbour",
    "strike",
    "mayor",
    "ferry",
    "Hafen",
    "Fähre",
    "Rat",
    "Küste",
    "gull",
    "storm",
    "night",
    "boat",
    "crew",
]


def pages(count: int) -> list[bytes]:
    chance = random.Random(7)
    texts = (
        " ".join(f"{chance.choice(WORDS)}{chance.randrange(999)}" for _ in range(60 + 40 * n)) for n in range(count)
    )
    return [f"<!DOCTYPE html><html><body><p>{text}</p></body></html>".encode() for text in texts]


def raw_deflate(page: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(page) + packer.flush()


@pytest.mark.parametrize("page", pages(100))
def test_a_body_packed_without_magic_bytes_is_unpacked(page: bytes) -> None:
    assert unpacked(brotli.compress(page)) == page
    assert unpacked(raw_deflate(page)) == page


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "windows-1252", "iso2022_jp"])
def test_a_plain_body_stays_as_it_is(encoding: str) -> None:
    page = "<html><body><p>Strike at the harbour</p></body></html>".encode(encoding)
    assert unpacked(page) == page


def test_what_unpacks_to_no_markup_stays_as_it_is() -> None:
    packed = raw_deflate(bytes(range(128, 256)) * 20)
    assert unpacked(packed) == packed
