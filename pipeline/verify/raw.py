"""Whether every capture in the lake is what raw/ holds at its place, and all is there by which batches run again."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pipeline import (
    alarms,
    archive,
    commits,
    homes,
    identity,
    index,
    lake,
    listings,
    past,
    plan,
    store,
    tombstones,
    vacated,
    verdicts,
)
from pipeline.errors import NewsmillError
from pipeline.model import Capture
from pipeline.place import Place, captures, entries, remaining
from pipeline.settings import Settings
from pipeline.verify.finding import TAKE_DOWN_AGAIN, Finding


def frozen(settings: Settings, batch_id: str) -> Iterator[Finding]:
    """Yield which files that runs go by are gone or damaged: of such a batch no more is asked."""
    folder = settings.raw / batch_id
    checks: dict[Path, Callable[[Settings, str], object]] = {
        folder / "plan.json": plan.load,
        folder / "known.parquet": past.known,
        folder / "baseline.json": alarms.baseline,
        folder / "alarm.json": alarms.standing,
        folder / "taken_down.json": lambda settings, batch_id: vacated.read(settings, batch_id, ""),
        settings.commits / f"{batch_id}.json": commits.last,
    }
    for path, read in checks.items():
        try:
            read(settings, batch_id)
        except NewsmillError as error:
            yield Finding("gone or damaged", str(path), str(error))


def raw(settings: Settings, batch_id: str) -> Iterator[Finding]:
    """Yield which captures in the lake are not what raw/ holds at their places."""
    made = plan.load(settings, batch_id)
    stored = _digests(lake.path_of(settings, "captures", f"{made.date:%Y-%m}"), batch_id)
    dead = tombstones.read(settings)
    for here in (Place(settings, made, chunk) for chunk in made.chunks):
        try:
            yield from _archived(here, stored, dead)
            yield from () if here.in_place else _beside(here.warc, entries(here))
            yield from _taken_down(here)
        except NewsmillError as error:
            yield Finding("raw", str(here.warc), str(error))
            stored = {place: digest for place, digest in stored.items() if not here.holds(*place)}
    for filename, offset in stored:
        yield Finding("row without bytes", f"{batch_id}/{filename}", f"nothing at offset {offset}")
    lists = settings.raw / batch_id / listings.LISTS
    yield from _beside(lists, ()) if homes.exists(lists) else ()


def _beside(warc: Path, captured: Sequence[index.Entry]) -> Iterator[Finding]:
    """Records of ours that are no captures say how these were asked for, or what a feed listed."""
    for start, end in archive.damaged(warc):
        if not any(entry.offset < end and start < entry.offset + entry.length for entry in captured):
            detail = f"bytes {start}..{end}: a record beside those of captures; {archive.RESTORE}"
            yield Finding("damaged record", str(warc), detail)


def _taken_down(here: Place) -> Iterator[Finding]:
    """A file of ours, restored from a backup, may hold the bytes again; one of others until its owner removes them."""
    count = len(remaining(here, vacated.read(here.settings, here.plan.batch_id, here.filename)))
    said = f"{count} records that were taken down; "
    if count and here.in_place:
        listed = "`newsmill takedown --again --dry-run` lists them"
        yield Finding("left to its owner", str(here.warc), said + listed, fault=False)
    elif count:
        yield Finding("not taken down everywhere", str(here.warc), said + TAKE_DOWN_AGAIN)


def _archived(here: Place, stored: dict[tuple[str, int], str | None], dead: frozenset[str]) -> Iterator[Finding]:
    """Compare a chunk's captures, also those behind a damaged one, with the digests in the lake, taking these out."""
    given_up = verdicts.read(here.verdicts("extract"))
    for entry, capture in zip(entries(here), captures(here), strict=True):
        digest = stored.pop((capture.filename, capture.offset), capture.digest)
        if digest is not None and index.is_lost(entry, capture) and capture.fault:
            capture_id = identity.capture_id(here.plan.batch_id, capture.source_key)
            detail = f"{capture.source_key}: {capture.fault[1]}"
            yield Finding("damaged record", str(here.warc), detail, fault=capture_id not in given_up)
        elif finding := _differing(here, capture, digest, dead):
            yield finding


def _differing(here: Place, capture: Capture, digest: str | None, dead: frozenset[str]) -> Finding | None:
    """Return what is wrong with a capture whose payload has that digest in the lake, None if taken down there."""
    where, gone = f"{here.warc} at {capture.offset}", capture.taken_down
    if (digest is None) != (gone is not None):
        return Finding("not taken down everywhere", where, TAKE_DOWN_AGAIN)
    if gone and not any(name.startswith(gone.tombstone) for name in dead):
        return Finding("tombstone", where, f"{gone.tombstone} is gone; restore {here.settings.raw / 'tombstones'}")
    if digest is not None and digest != capture.digest:
        return Finding("payload digest", where, f"{capture.digest}, the lake says {digest}")
    return None


def _digests(path: Path, batch_id: str) -> dict[tuple[str, int], str | None]:
    """Return the payload digests of a batch's captures by their places, None of what was taken down."""
    names = ["warc_filename", "warc_record_offset", "content_digest", "batch_id"]
    if not homes.exists(path):
        return {}
    table = store.read_table(path, names, filters=[("batch_id", "=", batch_id)])
    return {(row[names[0]], row[names[1]]): row[names[2]] for row in table.to_pylist()}
