"""What lies below a home: is it there, what is beside it, its bytes as they are now. Nothing is written here.

A home is a directory, or the mirror of one in an object store; see `objects`.
"""

import io
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pipeline import objects
from pipeline.objects import Place, Version

AT_ONCE = 16
"""How many files are fetched beside each other when all of a directory are wanted."""


class Item(NamedTuple):
    """A file, how many bytes it has, and when it was written (as in st_mtime)."""

    path: Path
    size: int
    changed: float


def here(path: Path) -> Path:
    """Return a path on this machine where a file's present bytes are; FileNotFoundError when that is asked for."""
    at = objects.place(path)
    return objects.fetch(path, at) if at else path


def whole(folder: Path) -> Path:
    """Return a directory on this machine with the present bytes of all that is below `folder`."""
    if objects.place(folder):
        now = time.time()
        found = {item.path for item in items(folder)}
        for item in _copies(folder):
            if item.path not in found and item.changed < now:  # what is newer another process may just have written
                item.path.unlink(missing_ok=True)
        with ThreadPoolExecutor(AT_ONCE) as threads:
            for _ in threads.map(_fetched, found):
                pass
    return folder


def _copies(folder: Path) -> Iterator[Item]:
    for parent, _, names in os.walk(folder):  # unlike rglob it goes on when a directory goes meanwhile
        for path in (Path(parent, name) for name in names):
            with suppress(FileNotFoundError):
                if objects.place(path):
                    yield Item(path, 0, path.stat().st_mtime)


def _fetched(path: Path) -> None:
    try:
        here(path)
    except FileNotFoundError:  # gone since it was listed
        return


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Yield a file of which little is to be read: of an object no more than that is fetched. OSError as open()."""
    at = objects.place(path)
    with io.BufferedReader(_Ranges(at), PIECE) if at else path.open("rb") as file:
        yield file


PIECE = 2**18
"""What is fetched at once of an object of which little is read: a page of the web is seldom larger when compressed."""


class _Ranges(io.RawIOBase):
    """An object as a file whose reads are requests for ranges."""

    def __init__(self, at: Place) -> None:
        self.at, self.position, about = at, 0, objects.about(at)
        self.size, self.e_tag = int(about["size"]), about["e_tag"]

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self.position = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.position, io.SEEK_END: self.size}[whence]
        return self.position

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        length = min(len(buffer), self.size - self.position)
        if length <= 0:
            return 0
        content = objects.read_range(self.at, self.position, length, self.e_tag)
        buffer[: len(content)] = content
        self.position += len(content)
        return len(content)


@contextmanager
def version(path: Path, scratch: Path | None) -> Iterator[Version]:
    """Yield the present version of a file, to write another one over it.

    Without a directory for a link to it, another process may replace it meanwhile: what was read of the later one is
    not written over it either, as its name is not known.
    """
    at = objects.place(path)
    if at and scratch is None:
        yield Version(path, objects.noted(here(path), at)) if exists(path) else objects.NEW
    elif at and scratch:
        with objects.version(path, at, scratch) as found:
            yield found
    else:
        yield Version(path if path.exists() else None)


def location(path: Path) -> str:
    """Return what others call a file or directory, for who reads it without Newsmill."""
    at = objects.place(path)
    return f"{at.home}/{at.key}".rstrip("/") if at else path.absolute().as_posix()


def exists(path: Path) -> bool:
    """Return whether a file is there."""
    at = objects.place(path)
    return objects.exists(at) if at else path.exists()


def is_folder(path: Path) -> bool:
    """Return whether a directory is there, or anything below it."""
    at = objects.place(path)
    return any(True for _ in objects.listed(at)) if at else path.is_dir()


def matching(folder: Path, pattern: str) -> list[Path]:
    """Return the files below a directory whose path in it matches, sorted; none without the directory.

    Those of this machine alone too, such as what a rebuild put aside: a takedown looks into all of them.
    """
    if objects.place(folder) is None:
        return sorted(folder.glob(pattern))
    wanted = partial(objects.matches, pattern=pattern)
    there = (item.path for item in items(folder) if wanted(item.path.relative_to(folder).as_posix()))
    own = (
        path for path in folder.glob(pattern) if objects.place(path) is None and path.suffix not in (".tmp", ".part")
    )
    return sorted({*there, *own})


def between(folder: Path, first: str, last: str) -> list[str]:
    """Return the names in a directory, of files or of others, from `first` up to `last`, sorted; none without it."""
    if at := objects.place(folder):
        return sorted({key.partition("/")[0] for key in objects.between(at, first, last)})
    return sorted(path.name for path in folder.iterdir() if first <= path.name < last) if folder.is_dir() else []


def items(folder: Path) -> list[Item]:
    """Return all files below a directory, and on a disk the directories too; none without it."""
    at = objects.place(folder)
    if at is None:
        return list(_on_disk(folder))
    root = folder.parents[len(Path(at.key).parts) - 1] if at.key else folder
    return [Item(root / each["path"], each["size"], each["last_modified"].timestamp()) for each in objects.listed(at)]


def _on_disk(folder: Path) -> Iterator[Item]:
    for parent, _, names in os.walk(folder):  # unlike rglob it goes on when a directory goes meanwhile
        for path in (Path(parent), *(Path(parent, name) for name in names)):
            with suppress(FileNotFoundError):  # a process that was writing it is done
                status = path.lstat()
                yield Item(path, status.st_size, status.st_mtime)
