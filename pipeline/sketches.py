"""What is compared of a month's articles, below work/: a cache that may be deleted at any time. It holds no text.

A sketch belongs to the bytes of one articles file. How one is made is in `sketching`.
"""

import hashlib
import shutil
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline import store
from pipeline.settings import Settings
from pipeline.signatures import NEAR_BUCKETS

EXACT, ARTICLE = NEAR_BUCKETS, NEAR_BUCKETS + 1
"""The bucket of texts with one content hash, and that of the versions of one article."""
BUCKETS = NEAR_BUCKETS + 2
DOCUMENT = np.dtype(
    [
        ("article", "S16"),
        ("version", "S16"),
        ("content", "S16"),
        ("text", "S16"),
        ("row", "u4"),
        ("day", "i4"),
        ("instant", "i8"),
        ("seen", "i8"),
        ("words", "u4"),
        ("shingles", "u4"),
    ]
)
"""What is known of a version: ids, digests of its content and of all that is compared of it, the row it is read from,
when it was published and seen, how long it is."""
SOURCES = (
    "articles_file",
    "candidates",
    "clusters",
    "comparison",
    "copies",
    "duplicates",
    "signatures",
    "sketches",
    "sketching",
    "text/likeness",
    "text/reading",
    "text/shingles",
)
_LAST = "buckets.npy"  # whose presence says that a sketch is whole


@cache
def method() -> str:
    """Return which code and libraries decide what a duplicate is; all is compared anew when it changes."""
    state = hashlib.sha256(" ".join(metadata.version(name) for name in ("rensa", "rapidfuzz")).encode())
    for name in SOURCES:
        state.update(resources.files("pipeline").joinpath(f"{name}.py").read_bytes())
    return state.hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Sketch:
    """The versions of one month in the order in which they were published; `days` are theirs, counted from 1970.

    The arrays are mapped anew each time, so that the memory of their pages is given back.
    """

    month: str
    digest: str
    path: Path
    days: NDArray[np.int32]

    @property
    def documents(self) -> NDArray[Any]:
        """What is known of each version, see DOCUMENT."""
        return self._array("documents.npy")

    @property
    def values(self) -> NDArray[np.uint8]:
        """The last bytes of the MinHash values of each."""
        return self._array("values.npy")

    @property
    def keys(self) -> NDArray[np.uint32]:
        """The buckets that each is in, one of each kind."""
        return self._array("keys.npy")

    def members(self, kind: int) -> NDArray[np.uint64]:
        """Return who is in the buckets of one kind, sorted: 32 bits of the bucket, then 32 of the version's number."""
        members: NDArray[np.uint64] = self._array(_LAST)[kind]
        return members

    def _array(self, name: str) -> NDArray[Any]:
        found: NDArray[Any] = np.load(self.path / name, mmap_mode="r")
        return found


def path_of(settings: Settings, month: str, digest: str) -> Path:
    """Return the directory of the sketch of an articles file with this digest."""
    return settings.work / "duplicates" / month / f"{digest[:16]}-{method()}"


def load(settings: Settings, month: str, digest: str) -> Sketch | None:
    """Return the sketch of an articles file with this digest, None if it is not there."""
    path = path_of(settings, month, digest)
    return read(path, month, digest) if is_whole(path) else None


def other(settings: Settings, month: str) -> Sketch | None:
    """Return a sketch of any state of the month, None if there is none; its digest is not known."""
    found = filter(is_whole, path_of(settings, month, "").parent.glob(f"*-{method()}"))
    return next((read(path, month, "") for path in sorted(found)), None)


def drop_others(settings: Settings, digests: dict[str, str]) -> None:
    """Delete all sketches but those of the articles files with these digests, by month, and all likely pairs."""
    kept = {path_of(settings, *one) for one in digests.items()}
    for path in (settings.work / "duplicates").glob("*/*"):
        if path.is_file():
            path.unlink(missing_ok=True)
        elif path not in kept and not path.name.startswith("."):
            _drop(path)


def put(made: Path, path: Path) -> None:
    """Give a sketch that was made aside its place, unless another process was faster."""
    if not is_whole(path):
        _drop(path)
        with suppress(OSError):  # it is there by now, and whole
            made.rename(path)


def _drop(path: Path) -> None:
    """Delete a directory at once: a kill must not leave a part of a sketch under its name."""
    aside = store.aside(path.parent)
    with suppress(FileNotFoundError):
        path.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)


def hex_of(ids: NDArray[Any]) -> list[str]:
    """Return ids as the lake writes them."""
    return [value.ljust(16, b"\0").hex() for value in ids.tolist()]


def is_whole(path: Path) -> bool:
    """Return whether a sketch is there, and not only a part of it."""
    return (path / _LAST).exists()


def read(path: Path, month: str, digest: str) -> Sketch:
    """Return the sketch in a directory; it must be whole."""
    days = np.array(np.load(path / "documents.npy", mmap_mode="r")["day"])
    return Sketch(month, digest, path, days)
