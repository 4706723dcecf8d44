"""Copies that this machine keeps of objects, let go when others changed or removed these. Nothing in the store changes.

A copy that is not asked for is not compared with its object: what was taken down on another machine would stay.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pipeline import homes, objects
from pipeline.objects import Place
from pipeline.settings import Settings


def obey(settings: Settings) -> None:
    """Let go what others changed, if a takedown ended since this was done last. The tombstones were just read."""
    path = settings.raw / "tombstones"
    at = objects.place(path)
    tag = json.dumps(objects.noted(path, at)) if at else "null"
    mark = settings.home / "tmp" / "obeyed"
    if tag == "null" or (mark.exists() and mark.read_text("ascii") == tag):
        return
    if homes.matching(settings.commits / "takedowns", "*.json"):  # it goes on, and will change more
        return
    for stale in changed(settings):
        let_go(settings, stale)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(tag, encoding="ascii")


def changed(settings: Settings) -> list[Path]:
    """Return the copies whose objects are gone or were replaced since; none of a home that is no mirror."""
    at = objects.place(settings.home)
    if at is None:
        return []
    kept = [(path, place, objects.noted(path, place)) for path, place in copies(settings)]
    there = {each["path"]: _bare(each["e_tag"]) for each in objects.listed(at)}
    return [path for path, place, tag in kept if tag is None or there.get(place.key) != _bare(tag["e_tag"])]


def copies(settings: Settings) -> Iterator[tuple[Path, Place]]:
    """Yield the copies that this machine has, and their objects. A lock has none: who waits has its file open."""
    if objects.place(settings.home) is None:
        return
    for folder, _, names in os.walk(settings.home):  # unlike rglob it goes on when a directory goes meanwhile
        for path in (Path(folder, name) for name in names):
            place = objects.place(path)
            if place and not place.key.startswith("locks/"):
                yield path, place


def let_go(settings: Settings, path: Path) -> None:
    """Remove a copy; one of a file of the lake is replaced if it can be, as queries may be at work on it."""
    with suppress(FileNotFoundError):
        if path.is_relative_to(settings.lake):
            homes.here(path)
            return
    path.unlink(missing_ok=True)
    if at := objects.place(path):
        at.note.unlink(missing_ok=True)


def _bare(e_tag: str | None) -> str:
    """Azure's lists quote no ETag."""
    return (e_tag or "").strip('"')
