"""A plain text file is one document."""

from collections.abc import Iterator
from pathlib import Path

from pipeline.model import Document, Source
from pipeline.warc.payload import MAX_PAYLOAD, Fault


def read(path: Path, name: str, source: Source, start: int = 0, end: int | None = None) -> Iterator[Document]:
    """Yield the file as one document, whatever the slice; too_large if it does not fit into memory."""
    yield whole_file(path, name, source, "text/plain")


def whole_file(path: Path, name: str, source: Source, media_type: str, url: str | None = None) -> Document:
    """Return a file as one document with the charset its source declares; without payload if it is too large."""
    with path.open("rb") as file:
        payload = file.read(MAX_PAYLOAD + 1)
    size, fault = len(payload), None
    if size > MAX_PAYLOAD:
        size, payload, fault = path.stat().st_size, b"", _too_large(name)
    return Document(name, payload, 0, size, url, None, media_type, source.charset, fault=fault)


def _too_large(name: str) -> Fault:
    return "too_large", f"{name} has more than {MAX_PAYLOAD} bytes"
