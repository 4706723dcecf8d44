"""An HTML file is one document; with a base_url, its place below the source's directory is its URL."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from pipeline.model import Document, Source
from pipeline.readers.text import whole_file
from pipeline.sources import fixed_parts


def read(path: Path, name: str, source: Source, start: int = 0, end: int | None = None) -> Iterator[Document]:
    """Yield the file as one document, whatever the slice; too_large if it does not fit into memory."""
    yield whole_file(path, name, source, "text/html", url_of(path, name, source))


def url_of(path: Path, name: str, source: Source) -> str | None:
    """Return base_url and the file's path below the part of source.path that has no wildcard; None without base_url.

    A day's directory is in that part, so a page has one URL on all days. With the path `pages/{date}` and the base_url
    `https://a.example/`, the file `pages/2026-11-22/politics/1.html` has the URL `https://a.example/politics/1.html`.
    """
    if source.base_url is None:
        return None
    fixed = fixed_parts(source.path)
    parts = path.parts if PurePosixPath(source.path).is_absolute() else PurePosixPath(name).parts
    below = parts[len(fixed) :]
    if not below and "{date}" not in fixed[-1]:  # a source that is one file
        below = parts[-1:]
    return source.base_url.rstrip("/") + "/" + "/".join(quote(part) for part in below)
