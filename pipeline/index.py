"""What lies where in an archived file: a row a capture, made when it was archived, so that later damage has a name.

Each chunk has one, beside the plan of its batch. Nothing is repaired here: bytes are as they were, or they are lost.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pyarrow as pa

from pipeline import archive, homes, store
from pipeline.errors import IntegrityError
from pipeline.model import Capture, Reason

SCHEMA = pa.schema(
    [("offset", pa.int64()), ("length", pa.int64()), ("sha256", pa.large_string())]
    + [(name, pa.large_string()) for name in ("source_key", "record_id", "url")]
    + [("captured_at", pa.timestamp("us", tz="UTC")), ("digest", pa.large_string()), ("size", pa.int64())]
    + [("fault", pa.large_string())]
)
PIECE = 2**20
CHANGED = "not what was archived there"


class Entry(NamedTuple):
    """Where a capture's record is, the SHA-256 of the bytes there, and what those who know the bytes know of it.

    `digest` and `size` are of the payload; `fault` is the reason that it had when it was archived.
    """

    offset: int
    length: int
    sha256: str
    source_key: str
    record_id: str
    url: str | None
    captured_at: datetime
    digest: str
    size: int
    fault: Reason | None


def entry(found: Capture) -> Entry:
    """Return the entry of a capture that was just archived, without the digest of its place."""
    fault = found.fault[0] if found.fault else None
    return Entry(found.offset, found.record_length, "", found.source_key, found.record_id, found.url, found.captured_at,
                 found.digest, len(found.payload), fault)  # fmt: skip


def measured(warc: Path, entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield entries with the digests of what is at their places now; IntegrityError if the file cannot be read."""
    with archive.opened(warc) as file:
        for item in entries:
            yield item._replace(sha256=_sha256(file, item.offset, item.length))


def write(path: Path, entries: Iterable[Entry]) -> None:
    """Write the index of a chunk, atomically."""
    store.write_rows(path, pa.Table.from_pylist([item._asdict() for item in entries], SCHEMA))


def read(path: Path) -> tuple[Entry, ...]:
    """Return the index of a chunk in the order of its file; IntegrityError if it is not there or damaged."""
    try:
        status = homes.here(path).stat()
        return _read(path, status.st_ino, status.st_mtime_ns)
    except (OSError, IntegrityError) as error:
        raise IntegrityError(f"{path}: cannot be read; restore it, or delete it to have it made anew") from error


@lru_cache(maxsize=64)
def _read(path: Path, inode: int, written: int) -> tuple[Entry, ...]:
    """A chunk's index is asked for by every group of its documents."""
    return tuple(Entry(**row) for row in store.read_table(path).to_pylist())


def capture(file: BinaryIO, warc: Path, filename: str, raw: Path, item: Entry) -> Capture:
    """Return the capture at a place of an open file; one whose bytes are not those that were archived says so."""
    sound = _sha256(file, item.offset, item.length) == item.sha256
    try:
        found = archive.read_at(warc, filename, raw, item.offset, file)._replace(source_key=item.source_key)
    except IntegrityError:  # of sound bytes it is the record that they refer to which is not
        return lost(item, filename, "refers to a record that is damaged or gone" if sound else CHANGED)
    return found if sound or found.taken_down else lost(item, filename, CHANGED)


def lost(item: Entry, filename: str, what: str) -> Capture:
    """Return the capture of a record that cannot be read any more: its address, its time and a fault."""
    where = f"{filename} bytes {item.offset}..{item.offset + item.length}"
    return Capture(
        source_key=item.source_key,
        url=item.url,
        final_url=None,
        captured_at=item.captured_at,
        status=None,
        media_type=None,
        charset=None,
        etag=None,
        last_modified=None,
        payload=b"",
        digest=item.digest,
        filename=filename,
        record_id=item.record_id,
        offset=item.offset,
        record_length=item.length,
        fault=("damaged_record", f"{where}: {what}; {archive.RESTORE}"),
    )


def is_lost(item: Entry, found: Capture) -> bool:
    """Return whether a capture was damaged after it was archived."""
    return found.fault is not None and found.fault[0] == "damaged_record" != item.fault


def _sha256(file: BinaryIO, start: int, length: int) -> str:
    state = hashlib.sha256()
    file.seek(start)
    while length and (piece := file.read(min(length, PIECE))):
        state.update(piece)
        length -= len(piece)
    return state.hexdigest()
