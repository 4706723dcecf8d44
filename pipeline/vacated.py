"""Captures that were taken down in WARC files that are not ours: their places are not read again, whatever is there.

`raw/<batch>/taken_down.json` says what a blank record would.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline import archive, store
from pipeline.model import Capture, Takedown
from pipeline.objects import Version
from pipeline.settings import Settings


def read(settings: Settings, batch_id: str, filename: str) -> list[Capture]:
    """Return what was taken down of a batch's captures in one file, in the order of the file."""
    places = (store.find_json(_path(settings, batch_id)) or {}).get(filename, {})
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


def add(settings: Settings, batch_id: str, captures: Iterable[Capture]) -> None:
    """Note captures of a batch that were taken down, durably, beside those noted before."""
    path, added = _path(settings, batch_id), list(captures)

    def attempt(before: Version) -> None:
        noted: dict[str, dict[str, Any]] = store.read_json(before.path) if before.path else {}
        for capture in added:
            noted.setdefault(capture.filename, {})[str(capture.offset)] = {
                "length": capture.record_length,
                "record_id": capture.record_id,
                "source_key": capture.source_key,
                "url": capture.url,
                "captured_at": capture.captured_at.isoformat(),
                "taken_down": capture.taken_down,
            }
        store.write_json(path, noted, before)

    store.swap(path, None, attempt)


def blank(filename: str, offset: int, length: int, record_id: str, source_key: str, url: str | None,
          captured_at: datetime, taken_down: Takedown) -> Capture:  # fmt: skip
    """Return a capture of which nothing is left but its place and what identifies it."""
    return Capture(
        source_key=source_key, url=url, final_url=None, captured_at=captured_at, status=None, media_type=None,
        charset=None, etag=None, last_modified=None, payload=b"", digest="", filename=filename, record_id=record_id,
        offset=offset, record_length=length, taken_down=taken_down,
    )  # fmt: skip


def _capture(filename: str, offset: int, noted: dict[str, Any]) -> Capture:
    value = noted | {"captured_at": datetime.fromisoformat(noted["captured_at"])}
    return blank(filename, offset, **value | {"taken_down": Takedown(*noted["taken_down"])})


def _path(settings: Settings, batch_id: str) -> Path:
    return settings.raw / batch_id / "taken_down.json"
