"""A response, resource or revisit record of a WARC file is one document; other records say how it was fetched."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from pipeline.model import Document, Source
from pipeline.warc import record as warcrecord
from pipeline.warc.frames import Frame, frames
from pipeline.warc.payload import MAX_PAYLOAD


def read(
    path: Path,
    name: str,
    source: Source,
    start: int = 0,
    end: int | None = None,
    see: Callable[[Frame], None] = lambda _: None,
) -> Iterator[Document]:
    """Yield the documents whose place begins in [start, end); what is damaged is a document with a fault.

    A file without documents is one with a fault, so that it is seen. `see` is shown every record, document or not.
    """
    with path.open("rb") as file:
        yield from documents(file, name, start, end, see)


def documents(
    file: BinaryIO,
    name: str,
    start: int = 0,
    end: int | None = None,
    see: Callable[[Frame], None] = lambda _: None,
) -> Iterator[Document]:
    """Yield the documents of an open file; as `read`."""
    found = False
    for frame in frames(file, start, end):
        see(frame)
        document = _document(frame, name)
        if document is not None:
            found = True
            yield document
    size = file.seek(0, 2)
    if not found and start == 0 and (end is None or end >= size):
        what = "holds no response, resource or revisit record" if size else "has no bytes"
        yield Document(name, b"", 0, size, fault=("empty_payload", f"{name} {what}"))


def _document(frame: Frame, name: str) -> Document | None:
    header = warcrecord.header(frame.data)
    key = header.record_id or f"{name}#byte={frame.start}"
    where = f"{name} bytes {frame.start}..{frame.end}"
    reason, what = frame.fault or (None, "")
    if reason != "damaged_record" and not header.is_document:
        return None
    if reason is not None:
        payload = frame.data[:MAX_PAYLOAD] if reason == "damaged_record" else b""
        fault = reason, f"{where}: {what}"
        return Document(key, payload, frame.start, frame.end, header.url, header.date, fault=fault)
    record = warcrecord.parse(frame.data)
    return Document(
        source_key=key,
        payload=record.payload,
        start=frame.start,
        end=frame.end,
        url=header.url,
        captured_at=header.date,
        media_type=record.media_type,
        charset=record.charset,
        record=frame.data,
        fault=(record.fault[0], f"{where}: {record.fault[1]}") if record.fault else None,
    )
