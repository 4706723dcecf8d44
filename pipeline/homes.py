"""What lies below a home: is it there, what is beside it, its bytes as they are now. Nothing is written here."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Item(NamedTuple):
    """A file, how many bytes it has, and when it was written (as in st_mtime)."""

    path: Path
    size: int
    changed: float


def here(path: Path) -> Path:
    """Return a path on this machine where a file's present bytes are."""
    return path


def whole(folder: Path) -> Path:
    """Return a directory on this machine with the present bytes of all that is below `folder`."""
    return folder


def location(path: Path) -> str:
    """Return what others call a file or directory, for who reads it without Newsmill."""
    return path.absolute().as_posix()


def exists(path: Path) -> bool:
    """Return whether a file is there."""
    return path.exists()


def is_folder(path: Path) -> bool:
    """Return whether a directory is there, or anything below it."""
    return path.is_dir()


def matching(folder: Path, pattern: str) -> list[Path]:
    """Return the files below a directory whose path in it matches, sorted; none without the directory."""
    return sorted(folder.glob(pattern))


def names(folder: Path) -> list[str]:
    """Return the names of the empty files that stand for something in a directory; none without the directory."""
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def items(folder: Path) -> list[Item]:
    """Return all files below a directory, and on a disk the directories too; none without it."""
    return [Item(path, status.st_size, status.st_mtime) for path in _everything(folder) for status in [path.lstat()]]


def _everything(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield folder
        yield from folder.rglob("*")
