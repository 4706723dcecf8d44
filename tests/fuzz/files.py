"""Files of every kind and what must hold of them, whatever is in them."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from pipeline import archive, fetching, sources
from pipeline.errors import ConfigurationError, IntegrityError, SourceError
from pipeline.model import Document, Kind, Source
from pipeline.readers import READERS
from pipeline.settings import Settings

BATCH = "fuzzed-2026-03-01"
DAY = datetime(2026, 3, 1, tzinfo=UTC)
MOST_CUTS = 3


@cache
def folder(process: int) -> tempfile.TemporaryDirectory[str]:
    """Return a directory of this process: one that is forked has its own."""
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(prefix="fuzz-", dir=memory if os.access(memory, os.W_OK) else None)


@contextmanager
def holding(data: bytes, name: str) -> Iterator[Path]:
    """Yield a file with these bytes in a directory of its own batch, where there is nothing else."""
    path = Path(folder(os.getpid()).name, "raw", BATCH, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def source(kind: Kind) -> Source:
    return Source(id="fuzzed", kind=kind, path=".", base_url="https://ferry.example/" if kind == "html" else None)


def read(kind: Kind, data: bytes) -> None:
    """Any file has documents, the same in slices as in one piece, and comes out of the archive as it went in."""
    given = source(kind)
    with holding(data, "input") as path:
        whole = list(READERS[kind](path, path.name, given))
        assert whole, "a file without a document is not seen"
        starts = [document.start for document in whole]
        assert starts == sorted(starts)
        assert all(0 <= document.start <= document.end for document in whole)
        for cut in sorted({start for start in starts if start > 0})[:MOST_CUTS] if kind in ("jsonl", "warc") else ():
            first, second = (READERS[kind](path, path.name, given, *part) for part in ((0, cut), (cut, None)))
            assert [*first, *second] == whole, f"cut at {cut}"
        _archived(given, whole, path.with_name("kept.warc.gz"))


def _archived(given: Source, documents: list[Document], path: Path) -> None:
    try:
        archive.write(path, documents, given, BATCH, DAY, {})
        kept = list(archive.read(path, path.name, path.parent.parent))
        assert [capture.payload for capture in kept] == [document.payload for document in documents]
        assert [capture.source_key for capture in kept] == [document.source_key for document in documents]
        for capture in kept[:MOST_CUTS]:
            assert archive.read_at(path, path.name, path.parent.parent, capture.offset) == capture
    finally:
        path.unlink(missing_ok=True)


def kept(data: bytes) -> None:
    """A file in raw/ that was damaged is refused by name; a fetch that goes on in one keeps its sound beginning."""
    with holding(data, "0000.warc.gz") as path:
        try:
            list(archive.read(path, path.name, path.parent.parent))
        except IntegrityError as error:
            assert str(path) in str(error)
        part = path.rename(path.with_name(f"{path.name}.part"))
        settings = Settings(home=path.parent.parent.parent)
        fetching.fetch(settings, source("feed"), BATCH, path, [], {})
        assert not part.exists()
        with path.open("rb") as file:
            sound = file.read()
        assert data.startswith(sound)


def configured(data: bytes) -> None:
    """A sources.toml gives sources or says what to mend, and so do their files."""
    with holding(data, "sources.toml") as path:
        try:
            found = sources.load(path)
        except ConfigurationError as error:
            assert str(path) in str(error)
            return
        for each in found.values():
            fixed = sources.fixed_parts(each.path)
            if each.urls or each.path.startswith("/") or ".." in fixed:
                continue  # other directories than this one are nobody's to walk
            try:
                sources.inputs(each, path.parent, date(2026, 3, 1))
            except SourceError as error:
                assert each.id in str(error)
