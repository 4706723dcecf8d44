"""Small files that only grow: lines of a file, names of empty files. In an object store both are lines of an object."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline import homes, objects, store
from pipeline.objects import Version


def read(path: Path) -> list[str]:
    """Return the words of a file, none if there is no such file."""
    try:
        return homes.here(path).read_text("utf-8").split()
    except FileNotFoundError:
        return []


def append(path: Path, line: str) -> None:
    """Append one line durably, after a line end: what a full disk or a crash left of an earlier one stays apart."""
    if objects.place(path):
        _grow(path, [line])
        return
    store.make_directory(path.parent)
    with store.writing(path):
        with path.open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")
            file.flush()
            os.fsync(file.fileno())
        store.sync_directory(path.parent)


def names(folder: Path) -> list[str]:
    """Return the names of the empty files in a directory, sorted; none without the directory."""
    if objects.place(folder):
        return sorted(read(folder))
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def add_names(folder: Path, added: Iterable[str]) -> None:
    """Make empty files of these names durable, those that are there too."""
    if objects.place(folder):
        _grow(folder, sorted(added))
        return
    store.make_directory(folder)
    for name in added:
        (folder / name).touch()
    store.sync_directory(folder)


def _grow(path: Path, lines: Sequence[str]) -> None:
    def attempt(before: Version) -> None:
        there = before.path.read_text("utf-8").split() if before.path else []
        with store.replacing(path, over=before) as temporary:
            temporary.write_text("".join(f"{line}\n" for line in dict.fromkeys([*there, *lines])), encoding="utf-8")

    store.swap(path, path.parent, attempt)
