"""Captures in and out of WARC/1.1 files, one gzip member a record; equal documents give equal bytes. Extracts nothing.

A file in raw/ begins with its first capture. It has no warcinfo record: what made it is in the plan beside it.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pipeline import homes, store
from pipeline.errors import IntegrityError
from pipeline.model import FETCHED, Capture, Document, Known, Source, document_key
from pipeline.objects import NEW, ChangedError
from pipeline.warc import ours as rawrecord
from pipeline.warc import record as warcrecord
from pipeline.warc.frames import Frame, frames
from pipeline.warc.payload import Fault
from pipeline.warc.record import Header, Record

NOT_MODIFIED = 304
RESTORE = "restore the file from a backup"


class _Original(NamedTuple):
    """A record that holds the bytes a revisit refers to, and its place below raw/."""

    filename: str
    offset: int
    record: Record


def write(
    path: Path,
    documents: Iterable[Document],
    source: Source,
    batch_id: str,
    captured_at: datetime,
    known: Mapping[str, Known],
) -> int:
    """Write documents to raw/<batch>/<file>, atomically, and return how many there are.

    `captured_at` is of the documents that do not say. A document equal to its `known` capture becomes a revisit if that
    capture can be read below raw/, else it is kept whole. An object that another machine was faster to write stays.
    """
    count, raw = 0, path.parent.parent
    with suppress(ChangedError), store.replacing(path, over=NEW) as temporary, temporary.open("wb") as file:
        for document in documents:
            before = known.get(document_key(document.url, document.source_key))
            file.write(members(document, source, batch_id, document.captured_at or captured_at, before, raw))
            count += 1
    return count


def keep(path: Path, records: Iterable[bytes]) -> None:
    """Write records that are no captures to raw/<batch>/<file>, atomically."""
    with store.replacing(path) as temporary, temporary.open("wb") as file:
        file.writelines(map(_member, records))


def read(path: Path, filename: str, raw: Path, start: int = 0, end: int | None = None) -> Iterator[Capture]:
    """Yield the captures whose place begins in [start, end); IntegrityError names file and offset of unsound ones."""
    with opened(path) as file:
        for frame in frames(file, start, end):
            if _is_capture(warcrecord.header(_sound(frame, path).data), path, raw):
                yield _capture(frame, path, filename, raw)


def read_at(path: Path, filename: str, raw: Path, offset: int, file: BinaryIO | None = None) -> Capture:
    """Return the capture at an offset, reading nothing else of the file; IntegrityError if no sound one is there.

    `file` is that at `path`, if it is open.
    """
    return _capture(_frame(path, offset, file), path, filename, raw)


def damaged(path: Path) -> Iterator[tuple[int, int]]:
    """Yield the byte ranges of a file that hold no sound record; IntegrityError if it cannot be read."""
    with opened(path) as file:
        yield from ((frame.start, frame.end) for frame in frames(file) if _is_damaged(frame))


class Places:
    """A WARC file judged by its records, as they are seen one by one."""

    def __init__(self) -> None:
        """Begin before the first record."""
        self._before, self._found, self._sound = -1, False, True

    def see(self, frame: Frame) -> None:
        """Look at the next record."""
        header = warcrecord.header(frame.data)
        alone = not _is_damaged(frame) and frame.start != self._before
        self._sound = self._sound and alone and bool(header.record_id and header.date)
        self._before, self._found = frame.start, self._found or header.is_document

    @property
    def in_place(self) -> bool:
        """Whether the file need not be copied: it has documents, and each place is a record with id and date."""
        return self._sound and self._found


def _is_capture(header: Header, path: Path, raw: Path) -> bool:
    """Return whether a record is of a document, and not one that only tells how a document was fetched."""
    if not path.is_relative_to(raw):
        return header.is_document
    if rawrecord.source_key(header, path.parent.name):
        return True
    return header.is_document and rawrecord.note(header, rawrecord.PART_OF) is None


def members(
    document: Document, source: Source, batch_id: str, date: datetime, before: Known | None, raw: Path
) -> bytes:
    """Return the gzip members of a document's record and of those beside it; as `write`."""
    original = _equal(document, before, raw)
    if original and source.kind in FETCHED and original.record.header.url != document.url:
        original = None  # a revisit is of one URL only
    return b"".join(map(_member, (*document.beside, _record(document, source, batch_id, date, original))))


def _record(document: Document, source: Source, batch_id: str, date: datetime, original: _Original | None) -> bytes:
    if original is not None:
        header, payload_digest = original.record.header, rawrecord.digest(original.record.payload)
        place = original.filename, original.offset
        return rawrecord.revisit(document, source, batch_id, date, header, payload_digest, *place)
    if document.record is not None:
        return rawrecord.kept(document, document.record, source, batch_id, date)
    if document.fault is not None and source.kind in FETCHED:
        return rawrecord.silence(document, source, batch_id, date)
    return rawrecord.resource(document, source, batch_id, date)


def _member(record: bytes) -> bytes:
    deflate = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)  # the gzip header that zlib writes has neither time nor name
    return deflate.compress(record) + deflate.flush()


def _equal(document: Document, before: Known | None, raw: Path) -> _Original | None:
    if before is None or document.fault is not None:
        return None
    if not document.not_modified and before.digest != rawrecord.digest(document.payload):
        return None
    original = _readable(before, raw)
    same = original is not None and (document.not_modified or original.record.payload == document.payload)
    return original if same else None


def header_of(before: Known, raw: Path) -> Header | None:
    """Return the header of an earlier capture's record, None if its bytes are not there to be referred to."""
    if _readable(before, raw) is None:
        return None
    return _below(raw, f"{before.batch_id}/{before.filename}", before.offset).header


def _readable(before: Known, raw: Path) -> _Original | None:
    try:
        found = _original(raw, f"{before.batch_id}/{before.filename}", before.offset)
    except IntegrityError:
        return None
    return None if rawrecord.taken_down(found.record.header) else found


def _original(raw: Path, filename: str, offset: int) -> _Original:
    """Return the record that holds the bytes: the one at the place, or the one it refers to, but never a third."""
    record = _below(raw, filename, offset)
    if record.header.kind == "revisit":
        place = rawrecord.refers_to(record.header)
        if place is None:
            raise IntegrityError(f"{raw / filename} at byte {offset}: does not say where its original is; {RESTORE}")
        filename, offset = place
        record = _below(raw, filename, offset)
    if record.header.kind == "revisit":
        raise IntegrityError(f"{raw / filename} at byte {offset}: a revisit of a revisit; {RESTORE}")
    return _Original(filename, offset, record)


def _below(raw: Path, filename: str, offset: int) -> Record:
    path = raw / filename
    if not path.resolve().is_relative_to(raw.resolve()):
        raise IntegrityError(f"{path} at byte {offset}: a revisit refers to this file outside of {raw}; {RESTORE}")
    return warcrecord.parse(_frame(path, offset).data)


@contextmanager
def opened(path: Path, little: bool = False) -> Iterator[BinaryIO]:
    """Yield a file to read, of which `little` is wanted or all; IntegrityError if it cannot be read."""
    try:
        with homes.opened(path) if little else homes.here(path).open("rb") as file:
            yield file
    except OSError as error:
        raise IntegrityError(f"{path}: cannot be read ({error.strerror}); {RESTORE}") from error


def _frame(path: Path, offset: int, file: BinaryIO | None = None) -> Frame:
    with nullcontext(file) if file else opened(path, little=True) as there:
        frame = next(frames(there, offset, offset + 1), None)
    if frame is None:
        raise IntegrityError(f"{path}: no record at byte {offset}, the file is shorter; {RESTORE}")
    return _sound(frame, path)


def _sound(frame: Frame, path: Path) -> Frame:
    if frame.fault is not None and _is_damaged(frame):
        raise IntegrityError(f"{path} at byte {frame.start}: {frame.fault[1]}; {RESTORE}")
    return frame


def _is_damaged(frame: Frame) -> bool:
    return frame.fault is not None and frame.fault[0] == "damaged_record"


def _capture(frame: Frame, path: Path, filename: str, raw: Path) -> Capture:
    record = warcrecord.parse(frame.data)
    header = record.header
    if not _is_capture(header, path, raw) or not header.record_id or not header.date:
        raise IntegrityError(f"{path} at byte {frame.start}: not a capture with id and date; {RESTORE}")
    ours = rawrecord.source_key(header, path.parent.name) if path.is_relative_to(raw) else None
    stored = (
        _stored(record, frame, path, raw) if ours else _Stored(record.payload, _theirs(frame, record, filename), record)
    )
    payload, fault = stored.payload, stored.fault
    record = _completed(record, stored.of) if record.status == NOT_MODIFIED else record
    robots = rawrecord.note(header, rawrecord.ROBOTS) if ours else None
    return Capture(
        source_key=ours or header.record_id,
        url=ours if robots else rawrecord.url(header) if ours else header.url,
        final_url=header.url if robots and header.url != ours else None,
        captured_at=header.date,
        status=record.status,
        media_type=record.media_type,
        charset=record.charset,
        etag=record.etag,
        last_modified=record.last_modified,
        payload=payload,
        digest=rawrecord.digest(payload),
        filename=filename,
        record_id=header.record_id,
        offset=frame.start,
        record_length=frame.end - frame.start,
        refers_to=header.fields.get("warc-refers-to") if ours and header.kind == "revisit" else None,
        fault=fault,
        robots_decision=robots,
        rights=record.rights,
        stated_date=rawrecord.note(header, rawrecord.STATED_DATE) if ours else None,
        taken_down=rawrecord.taken_down(stored.of.header) if path.is_relative_to(raw) else None,
    )


def _theirs(frame: Frame, record: Record, filename: str) -> Fault | None:
    """Return what is wrong with a WARC source's own record, and where it is."""
    fault = frame.fault or record.fault
    return (fault[0], f"{filename} bytes {frame.start}..{frame.end}: {fault[1]}") if fault else None


class _Stored(NamedTuple):
    """What one of our own records holds or refers to, the fault its document had, and the record that holds it."""

    payload: bytes
    fault: Fault | None
    of: Record


def _completed(record: Record, original: Record) -> Record:
    """Return a 304 with what it leaves unsaid and the original said: servers need not repeat it."""
    return record._replace(
        media_type=record.media_type or original.media_type,
        charset=record.charset or (original.charset if record.media_type in (None, original.media_type) else None),
        etag=record.etag or original.etag,
        last_modified=record.last_modified or original.last_modified,
        rights=record.rights or original.rights,
    )


def _stored(record: Record, frame: Frame, path: Path, raw: Path) -> _Stored:
    header, where = record.header, f"{path} at byte {frame.start}"
    fault = rawrecord.fault(header)
    if header.kind == "metadata":
        return _Stored(b"", fault, record)
    if fault is None and header.kind == "revisit":
        original = _original(raw, *(rawrecord.refers_to(header) or (f"{path.parent.name}/{path.name}", frame.start)))
        if rawrecord.taken_down(original.record.header):
            return _Stored(b"", None, original.record)
        if rawrecord.digest(original.record.payload) != header.fields.get("warc-payload-digest"):
            place = f"{raw / original.filename} at byte {original.offset}"
            raise IntegrityError(f"{where}: refers to {place}, whose bytes differ; {RESTORE}")
        return _Stored(original.record.payload, None, original.record)
    if fault is None and record.fault is not None:
        raise IntegrityError(f"{where}: {record.fault[1]}; {RESTORE}")
    return _Stored(record.payload, fault, record)
