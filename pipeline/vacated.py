"""Captures that were taken down: their places are not read again, whatever is there.

In a file of others their owner may leave the bytes or overwrite them, and into one below raw/ a backup may bring them
back. `raw/<batch>/taken_down.json` says what a blank record does.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline import archive, blanking, homes, store
from pipeline.errors import IntegrityError
from pipeline.model import Capture, Takedown
from pipeline.objects import Version
from pipeline.settings import Settings

Noted = dict[str, dict[str, dict[str, Any]]]
"""What is noted of a batch, by file and offset."""


def read(settings: Settings, batch_id: str, filename: str) -> list[Capture]:
    """Return what was taken down of a batch's captures in one file, in the order of the file."""
    places = _noted(_path(settings, batch_id)).get(filename, {})
    return [_capture(filename, int(offset), places[offset]) for offset in sorted(places, key=int)]


def captures(
    settings: Settings, batch_id: str, path: Path, filename: str, start: int, end: int | None
) -> Iterator[Capture]:
    """Yield a file's captures as archive.read does, and at the places of those that were taken down what is left."""
    for gone in read(settings, batch_id, filename):
        if start <= gone.offset and (end is None or gone.offset < end):
            yield from archive.read(path, filename, settings.raw, start, gone.offset)
            yield gone
            start = gone.offset + gone.record_length
    yield from archive.read(path, filename, settings.raw, start, end)


def add(settings: Settings, batch_id: str, captures: Collection[Capture]) -> None:
    """Note captures of a batch that were taken down, durably, beside those noted before."""

    def change(noted: Noted) -> None:
        for capture in captures:
            noted.setdefault(capture.filename, {})[str(capture.offset)] = {
                "length": capture.record_length,
                "record_id": capture.record_id,
                "source_key": capture.source_key,
                "url": capture.url,
                "captured_at": capture.captured_at.isoformat(),
                "taken_down": capture.taken_down and list(capture.taken_down),
            }

    _change(settings, batch_id, change)


def forget(settings: Settings, batch_id: str, filename: str) -> None:
    """Forget what was noted of a file that is gone: in one that is archived anew other places may hold it."""
    if homes.exists(_path(settings, batch_id)):
        _change(settings, batch_id, lambda noted: noted.pop(filename, None))


def _change(settings: Settings, batch_id: str, change: Callable[[Noted], object]) -> None:
    """Write what is made of what is noted, if it is something else; chunks of a batch are extracted at once."""
    path = _path(settings, batch_id)

    def attempt(before: Version) -> None:
        there = _noted(before.path) if before.path else {}
        noted = deepcopy(there)
        change(noted)
        if noted != there:
            store.write_json(path, noted, before)

    with store.locked(settings.home / "locks" / f"taken_down.{batch_id}.lock"):
        store.swap(path, None, attempt)


def blank(filename: str, offset: int, length: int, record_id: str, source_key: str, url: str | None,
          captured_at: datetime, taken_down: Takedown) -> Capture:  # fmt: skip
    """Return a capture of which nothing is left but its place and what identifies it."""
    return Capture(
        source_key=source_key, url=url, final_url=None, captured_at=captured_at, status=None, media_type=None,
        charset=None, etag=None, last_modified=None, payload=b"", digest="", filename=filename, record_id=record_id,
        offset=offset, record_length=length, taken_down=taken_down,
    )  # fmt: skip


def of_row(row: Mapping[str, Any]) -> Capture:
    """Return what is left of the capture of a row of captures."""
    gone = blanking.takedown(row["article_id"], row["capture_id"])
    place = row["warc_filename"], row["warc_record_offset"], row["warc_record_length"]
    return blank(*place, row["warc_record_id"], row["source_key"], row["url"], row["fetch_time"], gone)


def _noted(path: Path) -> Noted:
    try:
        return store.find_json(path) or {}
    except IntegrityError as error:
        raise IntegrityError(f"{error}, or delete it and give `newsmill takedown --again --yes`") from error


def _capture(filename: str, offset: int, noted: dict[str, Any]) -> Capture:
    value = noted | {"captured_at": datetime.fromisoformat(noted["captured_at"])}
    return blank(filename, offset, **value | {"taken_down": Takedown(*noted["taken_down"])})


def _path(settings: Settings, batch_id: str) -> Path:
    return settings.raw / batch_id / "taken_down.json"
