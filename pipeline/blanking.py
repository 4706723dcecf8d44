"""WARC files below raw/ without what was taken down: its records are blanked, all others stay where they are."""

import bisect
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pipeline import homes, identity, store
from pipeline.model import Capture, Takedown
from pipeline.objects import Version
from pipeline.warc import blank, ours, record
from pipeline.warc.frames import frames

PIECE = 2**20


class Dead(NamedTuple):
    """What the blank of a capture says, the byte range of its record, and the fields that it must keep."""

    gone: Takedown
    offset: int
    length: int
    fields: ours.Fields


Deaths = Mapping[str, Dead]
"""By record id of a capture."""


class Mark(NamedTuple):
    """The byte range of a record that is to be blanked; `is_capture`: else it only tells how one was fetched.

    `fields` are what a damaged record would say of itself if it could still be read.
    """

    offset: int
    length: int
    gone: Takedown
    is_capture: bool
    fields: ours.Fields | None = None


def takedown(article_id: str | None, capture_id: str) -> Takedown:
    """Return what the blank of a capture says."""
    return Takedown(identity.tombstone(article_id or capture_id), article_id)


def deaths(captures: Iterable[Capture]) -> Deaths:
    """Return what is to become of the records of captures that were taken down."""
    return {
        each.record_id: Dead(
            each.taken_down,
            each.offset,
            each.record_length,
            ours.identifying(each.record_id, each.captured_at, each.source_key, each.url),
        )
        for each in captures
        if each.taken_down
    }


def marks(path: Path, deaths: Deaths) -> Iterator[Mark]:
    """Yield the records of dead captures, and those beside them, that are not blank yet; none of a missing file.

    A record that was damaged since may have no id that could be read: it is known by its place as well.
    """
    if not homes.exists(path):
        return
    with homes.here(path).open("rb") as file:
        known: list[tuple[int, int]] = []
        met = set()
        for frame in frames(file):
            header = record.header(frame.data)
            part_of = ours.note(header, ours.PART_OF)
            if header.record_id:
                known.append((frame.start, frame.start if frame.fault else frame.end))
                met |= set() if part_of or frame.fault else {header.record_id}
            found = deaths.get(part_of or header.record_id or "")
            if found and not ours.taken_down(header):
                yield Mark(frame.start, frame.end - frame.start, found.gone, part_of is None)
        for record_id, found in deaths.items():
            if record_id not in met:
                yield from _by_place(file, found, known)


def _by_place(file: BinaryIO, dead: Dead, known: Sequence[tuple[int, int]]) -> Iterator[Mark]:
    """Yield what is left at the place of a record; `known` begin at the same place or elsewhere and end sound there."""
    after = bisect.bisect(known, dead.offset, key=itemgetter(0))
    begin = max(dead.offset, *(end for _, end in known[after - 1 : after]), 0)
    size = os.fstat(file.fileno()).st_size
    end = min(dead.offset + dead.length, size, *(start for start, _ in known[after : after + 1]))
    if begin < end and not is_empty(file, begin, end):
        yield Mark(begin, end - begin, dead.gone, True, dead.fields)


def blank_out(path: Path, found: Sequence[Mark]) -> None:
    """Blank those records of a file that are not yet, atomically; what was cut too short for that becomes zeros.

    The bytes are never copied, so that a kill leaves none of them in a temporary file.
    """

    def attempt(before: Version) -> None:
        if before.path:
            with before.path.open("rb") as file:
                if left := [mark for mark in found if not _is_blank(file, mark)]:
                    with store.replacing(path, over=before) as temporary:
                        _blank(file, temporary, left)

    if found:
        store.swap(path, None, attempt)


def _is_blank(file: BinaryIO, mark: Mark) -> bool:
    return ours.taken_down(_header(file, mark)) is not None or is_empty(file, mark.offset, mark.offset + mark.length)


def is_empty(file: BinaryIO, begin: int, end: int) -> bool:
    """Return whether a range of a file holds nothing but zeros."""
    file.seek(begin)
    return not any(file.read(end - begin))


def _blank(file: BinaryIO, temporary: Path, found: Sequence[Mark]) -> None:
    with temporary.open("wb") as copy:
        for mark in sorted(found, key=lambda each: each.offset):
            # The damaged record before may reach over this one.
            length = mark.offset + mark.length - max(mark.offset, copy.tell())
            if length > 0:
                stand_in = blank.member(_stand_ins(file, mark), length)
                _copy(file, copy, mark.offset)
                copy.write(stand_in)
        _copy(file, copy, os.fstat(file.fileno()).st_size)


def _copy(file: BinaryIO, copy: BinaryIO, end: int) -> None:
    """Copy what comes next, up to an offset."""
    file.seek(copy.tell())
    while piece := file.read(min(PIECE, max(end - copy.tell(), 0))):
        copy.write(piece)


def _stand_ins(file: BinaryIO, mark: Mark) -> Iterator[bytes]:
    if mark.fields:
        return blank.capture(record.header(ours.compose(mark.fields, b"")), mark.gone)
    header = _header(file, mark)
    return blank.capture(header, mark.gone) if mark.is_capture else blank.beside(header, mark.gone)


def _header(file: BinaryIO, mark: Mark) -> record.Header:
    return record.header(next(frames(file, mark.offset, mark.offset + 1)).data)
