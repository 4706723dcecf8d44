"""Fetches that did not end: what they have is in `<chunk>.warc.gz.part` below raw/ until a later one goes on."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline import archive, blanking, fetching, store
from pipeline.blanking import Mark
from pipeline.model import Capture
from pipeline.place import Place
from pipeline.settings import Settings

SUFFIX = ".warc.gz.part"
UNDER_WAY = "is being fetched, or was since: give `newsmill takedown --again` when its run has ended"


def captures(here: Place) -> Iterator[Capture]:
    """Yield what an unfinished fetch of a chunk has, if there is one; IntegrityError if it refers to damage."""
    part = fetching.part_of(here.warc)
    if part.exists():
        yield from archive.read(part, part.name, here.settings.raw, 0, fetching.sound_end(part))


def blank(settings: Settings, marks: Mapping[str, Sequence[Mark]]) -> dict[str, str]:
    """Blank records of such files, cut off the record that each broke off in, and return why some were left alone.

    Nothing can be read in the latter, and the next try would cut it off. A file that is being fetched is left alone.
    """
    left = {name: UNDER_WAY for name in marks if name.endswith(SUFFIX)}
    for part in sorted(settings.raw.glob(f"*/*{SUFFIX}")):
        name = part.relative_to(settings.raw).as_posix()
        if _blank(settings, part, marks.get(name, ())):
            left.pop(name, None)
    return left


def _blank(settings: Settings, part: Path, marks: Sequence[Mark]) -> bool:
    lock = fetching.lock_of(settings, part.parent.name, part.name.removesuffix(SUFFIX))
    store.make_directory(lock.parent)
    try:
        with FileLock(lock, timeout=0), part.open("rb+") as file:
            file.truncate(fetching.sound_end(part))
            blanking.blank_out(part, marks)
    except (Timeout, FileNotFoundError):  # another try has it, or got it to its end
        return False
    return True
