"""A line of a JSON Lines file is one document; its offsets are those of the file without gzip."""

import gzip
import re
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from pipeline.model import Document, Refusal, Source
from pipeline.text.fields import json_object, value_of
from pipeline.warc.payload import GZIP_MAGIC, MAX_PAYLOAD, Fault
from pipeline.warc.record import instant

MAX_KEY = 1024
PIECE = 2**20
WEB = re.compile(r"https?://[^\s\x00-\x20\x7f]{1,8000}", re.IGNORECASE)


def read(path: Path, name: str, source: Source, start: int = 0, end: int | None = None) -> Iterator[Document]:
    """Yield the lines that start in [start, end); what is no JSON object has a fault, blank lines are no documents.

    A file without lines is one empty document, so that it is seen; a gzip file that breaks ends in one with a fault.
    """
    found = False
    with path.open("rb") as raw:
        file = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if raw.peek(2).startswith(GZIP_MAGIC) else raw
        for first, last, line, fault in _lines(file, start, end):
            if line.strip() or fault:
                found = True
                yield _document(line, first, last, name, source, fault)
        if not found and start == 0 and (end is None or not file.read(1)):
            yield Document(name, b"", 0, file.tell(), fault=("empty_payload", f"{name} has no lines"))


def _lines(file: BinaryIO, start: int, end: int | None) -> Iterator[tuple[int, int, bytes, Fault | None]]:
    position, line = start, b""
    try:
        file.seek(start)
        while end is None or position < end:
            line = file.readline(MAX_PAYLOAD + 1)
            if not line:
                return
            first, position = position, position + len(line)
            if len(line) > MAX_PAYLOAD and not line.endswith(b"\n"):
                position += _skip_line(file)
                yield (
                    first,
                    position,
                    b"",
                    ("too_large", f"a line of {position - first} bytes; at most {MAX_PAYLOAD} are read"),
                )
            else:
                yield first, position, line.rstrip(b"\r\n"), None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        yield (
            position,
            position + 1,
            b"",
            ("damaged_record", "the gzip data breaks here; the lines from here on are lost"),
        )


def _skip_line(file: BinaryIO) -> int:
    skipped = 0
    while piece := file.readline(PIECE):
        skipped += len(piece)
        if piece.endswith(b"\n"):
            break
    return skipped


def _document(line: bytes, first: int, last: int, name: str, source: Source, fault: Fault | None) -> Document:
    value, fault = (None, fault) if fault else _parse(line, source.charset)
    item: dict[str, Any] = value or {}
    return Document(
        source_key=_key(value_of(item, "id", source.fields)) or f"{name}#byte={first}",
        payload=line,
        start=first,
        end=last,
        url=_url(value_of(item, "url", source.fields)),
        captured_at=_date(value_of(item, "crawl_date", source.fields)),
        media_type="application/json",
        charset=source.charset,
        fault=(fault[0], f"{name} bytes {first}..{last}: {fault[1]}") if fault else None,
    )


def _parse(line: bytes, charset: str | None) -> tuple[dict[str, Any] | None, Fault | None]:
    try:
        value = json_object(line.decode(charset or "utf-8").lstrip("\ufeff"))
    except UnicodeDecodeError as error:
        return None, (
            "undecodable",
            f"not {charset or 'UTF-8'} at byte {error.start} of the line; set `charset` of the source",
        )
    return (None, (value.reason, value.detail)) if isinstance(value, Refusal) else (value, None)


def _key(value: object) -> str | None:
    """Return a text or number as a key; control characters and what is not Unicode would break ids."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    key = str(value)
    return key if 0 < len(key) <= MAX_KEY and key.isprintable() else None


def _url(value: object) -> str | None:
    url = value.strip() if isinstance(value, str) else ""
    return url if WEB.fullmatch(url) and url.isprintable() else None


def _date(value: object) -> datetime | None:
    return instant(value) if isinstance(value, str) else None
