from pathlib import Path

import pytest

from pipeline.errors import SourceError
from pipeline.model import Source
from pipeline.readers import READERS, text

SOURCE = Source(id="wire", kind="text", path="wire", charset="windows-1252")


def test_a_text_file_is_one_document_with_the_bytes_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b" date 2026-11 \xc4pfel\r\n")
    (document,) = READERS["text"](path, "wire/a.txt", SOURCE)
    assert (document.source_key, document.payload) == ("wire/a.txt", b" date 2026-11 \xc4pfel\r\n")
    assert (document.start, document.end, document.charset) == (0, 21, "windows-1252")
    assert (document.url, document.captured_at, document.fault) == (None, None, None)


def test_an_empty_file_is_a_document_too(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.touch()
    (document,) = READERS["text"](path, "a.txt", SOURCE)
    assert document.payload == b""


def test_a_file_beyond_the_bound_has_a_fault_and_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "MAX_PAYLOAD", 10)
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * 100)
    (document,) = READERS["text"](path, "a.txt", SOURCE)
    assert (document.payload, document.end) == (b"", 100)
    assert document.fault
    assert document.fault[0] == "too_large"


@pytest.mark.parametrize("kind", READERS)
def test_a_file_that_is_gone_is_an_error_that_names_it(tmp_path: Path, kind: str) -> None:
    with pytest.raises(SourceError, match=r"gone\.x: cannot be read"):
        list(READERS[kind](tmp_path / "gone.x", "gone.x", SOURCE))
