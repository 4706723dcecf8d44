"""One reader a kind of source: a file in, its documents out, streaming. Nothing is decoded to text or extracted here.

A document belongs to the slice [start, end) in which its own start lies; `end` None is the end of the file. A slice may
begin and end at the start of any document, but documents that share a start cannot be parted.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, Protocol

from pipeline.errors import SourceError
from pipeline.model import Document, Source
from pipeline.readers import html, jsonl, text, warc


class Reader(Protocol):
    """A reader as READERS has it."""

    def __call__(
        self, path: Path, name: str, source: Source, start: int = 0, end: int | None = None, **more: Any
    ) -> Iterator[Document]:
        """Yield the documents of the file `path`, called `name` in the source; SourceError if it cannot be read."""
        ...


def _named(read: Callable[..., Iterator[Document]]) -> Reader:
    @wraps(read)
    def reader(
        path: Path, name: str, source: Source, start: int = 0, end: int | None = None, **more: Any
    ) -> Iterator[Document]:
        try:
            yield from read(path, name, source, start, end, **more)
        except OSError as error:
            raise SourceError(
                f"{path}: cannot be read ({error.strerror}); restore the file or its permissions"
            ) from error

    return reader


READERS: Mapping[str, Reader] = {
    "text": _named(text.read),
    "jsonl": _named(jsonl.read),
    "html": _named(html.read),
    "warc": _named(warc.read),
    "warc_list": _named(warc.read),
}
