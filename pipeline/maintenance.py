"""What may go from a home: work files of published batches, files that a killed process left, old reports and locks.

Never anything in raw/ but such temporary files, never what a commit refers to, and nothing of a batch that was planned
and is not published. All of it can be made again or was never finished, so that a rerun gives the same lake.
"""

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from filelock import FileLock, Timeout

from pipeline import commits, homes, leases, mirrors, plan, run, store
from pipeline.progress import Progress, counted, during, silent
from pipeline.settings import Settings

REPORT_DAYS = 365
"""For how long a report stays at least: whoever compares a source with itself a year ago finds it."""
_TEMPORARY = re.compile(r"\.[0-9a-f]{32}\.tmp")


What = Literal["work", "temporary", "report", "lock", "copy"]


class Freed(NamedTuple):
    """Something that went, or would go: what it was, where, how many files and bytes."""

    what: What
    path: Path
    files: int
    bytes: int


def maintain(
    settings: Settings, now: datetime, days: int, dry_run: bool = False, progress: Progress = silent
) -> Iterator[Freed]:
    """Remove what nobody used for `days`, one thing after the other, and yield it; with `dry_run` only yield it."""
    since = (now - timedelta(days=days)).timestamp()
    with store.locked(settings.home / "locks" / "maintain.lock"):
        planned = counted(progress, "find what is published", plan.batches(settings))
        finished = [batch for batch in planned if _is_finished(settings, batch)]
        for batch in counted(progress, "work files", finished):
            yield from _work(settings, batch, since, dry_run)
        with during(progress, "temporary files"):
            yield from _temporary(settings, since, dry_run)
        old = (now - timedelta(days=max(days, REPORT_DAYS))).timestamp()
        with during(progress, "reports"):
            yield from _reports(settings, frozenset(finished), old, dry_run)
        for batch in counted(progress, "locks", finished):
            yield from _locks(settings, batch, since, dry_run)
        with during(progress, "copies"):
            yield from _copies(settings, since, dry_run)


def totals(freed: Sequence[Freed]) -> list[tuple[str, int, int, int]]:
    """Return what went by kind: how many things, files and bytes."""
    kinds = [[item for item in freed if item.what == what] for what in get_args(What)]
    return [
        (what, len(items), sum(item.files for item in items), sum(item.bytes for item in items))
        for what, items in zip(get_args(What), kinds, strict=True)
    ]


def _is_finished(settings: Settings, batch_id: str) -> bool:
    """A batch that a later run held back, or is publishing, is not, though it has a commit."""
    held_back = (store.find_json(settings.reports / batch_id / "ledger.json") or {}).get("held_back")
    return bool(commits.last(settings, batch_id)) and not commits.pending(settings, batch_id) and not held_back


def _work(settings: Settings, batch_id: str, since: float, dry_run: bool) -> Iterator[Freed]:
    """Yield the work directory of a batch; it is renamed at once, so that no step ever meets half of one."""
    folder = settings.work / batch_id
    with leases.held(settings):
        if (
            not homes.is_folder(folder)
            or not _is_finished(settings, batch_id)
            or leases.is_taken(settings, batch_id, since)
        ):
            return
        freed = _measured("work", folder)
        if dry_run:
            yield freed
            return
        aside = store.put_aside(folder, settings.home / "tmp")
    shutil.rmtree(aside)
    yield freed


def _temporary(settings: Settings, since: float, dry_run: bool) -> Iterator[Freed]:
    """Yield what was being written or removed when a process died: no name of theirs was ever told to anybody."""
    for path in _litter(settings):
        if path.is_dir():
            if any(status.st_mtime >= since for each in path.rglob("*") if (status := _status(each))):
                continue
            freed = _measured("temporary", path)
            if not dry_run:
                shutil.rmtree(path)
            yield freed
        elif (status := _status(path)) and status.st_mtime < since:
            if not dry_run:
                path.unlink(missing_ok=True)
            yield Freed("temporary", path, 1, status.st_size)


def _litter(settings: Settings) -> Iterator[Path]:
    yield from (path for path in settings.home.glob(".*.tmp") if _TEMPORARY.fullmatch(path.name))
    yield from (path for path in [settings.work / "rebuild"] if path.is_dir())  # links to the lake before a rebuild
    for place in (settings.home / "tmp", settings.raw, settings.work, settings.commits, settings.reports):
        for folder, folders, names in os.walk(place):
            yield from (Path(folder, name) for name in names if _TEMPORARY.fullmatch(name))
            yield from (Path(folder, name) for name in folders if _TEMPORARY.fullmatch(name))
            folders[:] = [name for name in folders if not _TEMPORARY.fullmatch(name)]


def _reports(settings: Settings, finished: frozenset[str], since: float, dry_run: bool) -> Iterator[Freed]:
    """Yield reports of published batches, and of those that could not be planned; the last of a source stays."""
    batches = run.reported(settings)
    last = {batch.rsplit("-", 3)[0]: batch for batch in batches}
    for batch in batches:
        folder = settings.reports / batch
        done = batch in finished or not homes.exists(plan.path_of(settings, batch))
        files = [item for item in homes.items(folder) if item.path != folder]
        if done and batch not in last.values() and all(item.changed < since for item in files):
            freed = _measured("report", folder)
            if not dry_run:
                shutil.rmtree(store.put_aside(folder, settings.home / "tmp"))
            yield freed


def _locks(settings: Settings, batch_id: str, since: float, dry_run: bool) -> Iterator[Freed]:
    """Yield the lock files of a batch. One is removed by who holds it: filelock takes no lock of a file that is gone.

    Those of months are few, and those of hosts keep when a host may be asked again.
    """
    folder = settings.home / "locks"
    names = f"plan.{batch_id}.lock", f"fetch.{batch_id}.*.lock", f"taken_down.{batch_id}.lock"
    for path in sorted(path for name in names for path in folder.glob(name)):
        if (status := _status(path)) and status.st_mtime < since:
            if not dry_run and not _removed(path):
                continue
            yield Freed("lock", path, 1, status.st_size)


def _copies(settings: Settings, since: float, dry_run: bool) -> Iterator[Freed]:
    """Yield what this machine keeps of an object store: copies of other versions, and old ones but of the lake."""
    changed = frozenset(mirrors.changed(settings))
    for path in [path for path, _ in mirrors.copies(settings)]:
        old = not path.is_relative_to(settings.lake) and (status := _status(path)) and status.st_mtime < since
        if (path in changed or old) and (status := _status(path)):
            if not dry_run:
                mirrors.let_go(settings, path)
            yield Freed("copy", path, 1, status.st_size)


def _removed(path: Path) -> bool:
    try:
        with FileLock(path, timeout=0):
            path.unlink(missing_ok=True)
    except Timeout:
        return False
    return True


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except FileNotFoundError:  # a process that was writing it is done
        return None


def _measured(what: What, folder: Path) -> Freed:
    sizes = [item.size for item in homes.items(folder) if not item.path.is_dir()]
    return Freed(what, folder, len(sizes), sum(sizes))
