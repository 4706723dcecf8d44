"""One month's articles file as it was at one moment, however often it is replaced meanwhile. It is only read."""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipeline import homes, lake, store
from pipeline.settings import Settings

_BODIES_AT_ONCE = 256
_TEXT = ["article_body", "capture_id", "headline", "url"]
_HOST = re.compile(r"https?://(?:www\.)?([^/:?#]+)")


class State(NamedTuple):
    """What tells that a month's articles and embeds are the same without reading them, and the digest of their bytes.

    Both count: the posts in a body are not compared.
    """

    sizes: tuple[int, ...]
    changed_ns: tuple[int, ...]
    sha256: str


class Text(NamedTuple):
    """The body of an article, the places of the posts in it, its headline and the host that has it."""

    body: str
    posts: list[tuple[int, int]]
    headline: str
    host: str


@dataclass(frozen=True, slots=True)
class ArticlesFile:
    """An open articles file; `posts` are the places of those in its bodies, by capture."""

    month: str
    path: Path
    state: State
    parquet: pq.ParquetFile
    posts: Mapping[str, list[tuple[int, int]]]

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return int(self.parquet.metadata.num_rows)

    def groups(self, columns: list[str]) -> Iterator[pa.Table]:
        """Yield these columns of each row group; IntegrityError if they cannot be read."""
        with store.readable(self.path):
            for group in range(self.parquet.num_row_groups):
                yield self.parquet.read_row_group(group, columns)

    def texts(self, rows: NDArray[Any]) -> Iterator[Text]:
        """Yield the texts of these rows, which are sorted; row groups that have none of them are not read.

        IntegrityError if they cannot be read.
        """
        first = 0
        with store.readable(self.path):
            for group in range(self.parquet.num_row_groups):
                count = self.parquet.metadata.row_group(group).num_rows
                start, end = np.searchsorted(rows, (first, first + count))
                if start < end:
                    yield from self._texts(group, rows[start:end] - first)
                first += count

    def _texts(self, group: int, rows: NDArray[Any]) -> Iterator[Text]:
        first = 0
        for part in self.parquet.iter_batches(_BODIES_AT_ONCE, [group], _TEXT):
            start, end = np.searchsorted(rows, (first, first + part.num_rows))
            for row in part.take(pa.array(rows[start:end] - first)).to_pylist():
                posts = self.posts.get(row["capture_id"], [])
                yield Text(row["article_body"] or "", posts, row["headline"] or "", _host(row["url"] or ""))
            first += part.num_rows


def state(settings: Settings, month: str, before: State | None) -> State | None:
    """Return the state of a month's articles, None if there are none; the bytes are read if it is not as before."""
    with ExitStack() as stack:
        files = [_file(stack, lake.path_of(settings, table, month)) for table in ("articles", "embeds")]
        return _state(files, before) if files[0] else None


@contextmanager
def opened(settings: Settings, months: Sequence[str], before: Mapping[str, State]) -> Iterator[list[ArticlesFile]]:
    """Yield the articles of those months that have any; IntegrityError if a file cannot be read."""
    with ExitStack() as stack:
        found = (stack.enter_context(_opened(settings, month, before.get(month))) for month in months)
        yield [articles for articles in found if articles]


@contextmanager
def _opened(settings: Settings, month: str, before: State | None) -> Iterator[ArticlesFile | None]:
    path, beside = (lake.path_of(settings, table, month) for table in ("articles", "embeds"))
    with ExitStack() as stack:
        file, embeds = _file(stack, path), _file(stack, beside)
        if file is None:
            yield None
            return
        known = _state([file, embeds], before)
        with store.readable(beside):
            posts = _posts(embeds) if embeds else {}
        with store.readable(path):
            parquet = pq.ParquetFile(file, pre_buffer=False)
        yield ArticlesFile(month, path, known, parquet, posts)


def _host(url: str) -> str:
    found = _HOST.match(url.lower())
    return found[1] if found else ""


def _file(stack: ExitStack, path: Path) -> BufferedReader | None:
    try:
        return stack.enter_context(homes.here(path).open("rb"))
    except FileNotFoundError:
        return None


def _state(files: Sequence[BufferedReader | None], before: State | None) -> State:
    there = [file for file in files if file]
    about = [os.fstat(file.fileno()) for file in there]
    sizes, changed = tuple(each.st_size for each in about), tuple(each.st_mtime_ns for each in about)
    if before and (before.sizes, before.changed_ns) == (sizes, changed):
        return before
    digests = [hashlib.file_digest(file, "sha256").hexdigest() for file in there]
    for file in there:
        file.seek(0)
    return State(sizes, changed, hashlib.sha256(" ".join(digests).encode()).hexdigest())


def _posts(embeds: BufferedReader) -> dict[str, list[tuple[int, int]]]:
    places: dict[str, list[tuple[int, int]]] = {}
    for part in pq.ParquetFile(embeds).iter_batches(columns=["capture_id", "char_start", "char_end"]):
        for row in part.to_pylist():
            if row["char_start"] < row["char_end"]:
                places.setdefault(row["capture_id"], []).append((row["char_start"], row["char_end"]))
    return places
