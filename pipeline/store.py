"""Where bytes live: atomic files, JSON, Parquet and locks on a local file system. Knows nothing of news."""

import errno
import hashlib
import json
import os
import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from pipeline import homes, object_locks, objects
from pipeline.errors import IntegrityError, TransientError
from pipeline.objects import NEW, ChangedError, Version

ROW_GROUP = 4096
LOCK_SECONDS = 600
SWAPS = 20
REFUSED = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What a disk says that takes no more; all else is wrong with a path, and a later try does not heal it."""
TEMPORARY = "tmp"
"""What the name of a file ends in that is being written, after a dot and 32 hex digits."""


T = TypeVar("T")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the disk refuses into a TransientError that names `path`: what the kernel or pyarrow raises may not."""
    try:
        yield
    except OSError as error:
        if error.errno not in REFUSED:
            raise
        why = os.strerror(error.errno or 0)
        raise TransientError(
            f"{path}: not written ({why}); nothing is lost: make room or mend the disk, run again"
        ) from error


def sync_directory(path: Path) -> None:
    """Make durable which files a directory has."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_directory(path: Path) -> Path:
    """Return the directory `path`, made durable with its missing parents."""
    if not path.is_dir():
        make_directory(path.parent)
        with writing(path):
            path.mkdir(exist_ok=True)
            sync_directory(path.parent)
    return path


def aside(folder: Path) -> Path:
    """Return a new path in a directory for what is made or removed; what a kill leaves there `maintain` removes."""
    return folder / f".{uuid4().hex}.tmp"


@contextmanager
def replacing(path: Path, scratch: Path | None = None, over: Version | None = None) -> Iterator[Path]:
    """Yield a temporary path whose file becomes `path` atomically and durably; on an error `path` stays as it was.

    `scratch` is a directory on the same file system for the temporary file (default: that of `path`). An object
    becomes another only if it is still the version `over`, see `swap`.
    """
    make_directory(path.parent)
    temporary = aside(make_directory(scratch or path.parent))
    with writing(path):
        try:
            yield temporary
            with temporary.open("rb") as written:
                os.fsync(written.fileno())
            if at := object_locks.changing(path):
                objects.put(temporary, path, at, over)
            else:
                os.replace(temporary, path)  # noqa: PTH105  (kill tests count these three calls of os)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_directory(path.parent)


def swap(path: Path, scratch: Path | None, attempt: Callable[[Version], T]) -> T:
    """Return what `attempt` returns, which is given the present version of a file and writes another one over it.

    It is called again if another machine was faster. TransientError if that happens time after time.
    """
    for number in range(SWAPS):
        try:
            with homes.version(path, scratch) as before:
                return attempt(before)
        except ChangedError:
            time.sleep(random.uniform(0, 0.1 * (number + 1)))  # noqa: S311  (that many do not write at once)
    raise TransientError(f"{path}: replaced {SWAPS} times while it was to be written; run it again")


def rename(path: Path, to: Path) -> None:
    """Give a durable file another name in its directory, durably. An object that has that name stays as it is."""
    if at := object_locks.changing(to):
        with suppress(ChangedError):
            objects.put(path, to, at, NEW)
        path.unlink(missing_ok=True)
        return
    with writing(to):
        path.replace(to)
        sync_directory(to.parent)


def remove(path: Path) -> None:
    """Remove a file durably; a missing file is no error."""
    if at := object_locks.changing(path):
        objects.remove(at, [at.key])
    if path.exists():
        with writing(path):
            path.unlink(missing_ok=True)
            sync_directory(path.parent)


def put_aside(folder: Path, scratch: Path) -> Path:
    """Return where in `scratch` a directory now is that is to be removed: nobody meets a part of it in its place."""
    path = aside(make_directory(scratch))
    if at := object_locks.changing(folder):
        keys = [found.key for item in homes.items(folder) if (found := objects.place(item.path))]
        objects.remove(at, sorted(keys, key=lambda key: not key.endswith(".json")))  # first what says that all is there
        make_directory(folder)
    folder.rename(path)
    return path


def touch(path: Path) -> None:
    """Make an empty file, or one that is there as new as now."""
    if objects.place(path):
        with replacing(path) as temporary:
            temporary.touch()
        return
    make_directory(path.parent)
    path.touch()


def write_json(path: Path, value: object, over: Version | None = None) -> None:
    """Write `value` as JSON with sorted keys, atomically."""
    with replacing(path, over=over) as temporary:
        temporary.write_text(json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Return the JSON value of a file that we wrote; IntegrityError if it is damaged."""
    try:
        return json.loads(homes.here(path).read_text("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise IntegrityError(
            f"{path}: not the JSON that was written there ({error}); restore it from a backup"
        ) from error


def find_json(path: Path) -> Any:
    """Return the JSON value of a file that we wrote, None if there is no such file; IntegrityError if it is damaged."""
    try:
        return read_json(path)
    except FileNotFoundError:
        return None


def sha256(path: Path) -> str:
    """Return the hex SHA-256 of a file's bytes."""
    with homes.here(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Raise IntegrityError, which names the path, for what pyarrow cannot read in it."""
    try:
        yield
    except (pa.ArrowInvalid, OSError) as error:
        advice = "delete that batch below work/ and run it again, or `newsmill rebuild` for a lake file"
        raise IntegrityError(f"{path}: missing or unreadable Parquet ({error}); {advice}") from error


def read_table(
    path: Path, columns: list[str] | None = None, filters: list[tuple[str, str, str]] | None = None
) -> pa.Table:
    """Return a Parquet file's rows; IntegrityError if the file is missing or damaged."""
    with readable(path):
        return pq.read_table(homes.here(path), columns=columns, filters=filters, partitioning=None)


def schema(path: Path) -> pa.Schema:
    """Return the schema of a Parquet file; IntegrityError if it is missing or damaged."""
    with readable(path):
        return pq.read_schema(homes.here(path))


def read_batches(path: Path, columns: list[str] | None = None, rows: int = ROW_GROUP) -> Iterator[pa.Table]:
    """Yield a Parquet file's rows in order, at most `rows` at a time; IntegrityError if it is missing or damaged."""
    with readable(path), pq.ParquetFile(homes.here(path), pre_buffer=False) as file:
        for batch in file.iter_batches(rows, columns=columns):
            yield pa.Table.from_batches([batch])


def write_tables(
    path: Path,
    schema: pa.Schema,
    tables: Iterable[pa.Table],
    scratch: Path | None = None,
    rows_a_group: int = ROW_GROUP,
    over: Version | None = None,
) -> int:
    """Write tables as one Parquet file of full row groups and return its rows; without rows the file is removed.

    The bytes depend on schema, rows and pyarrow's version alone: row groups are cut by count and chunks are combined.
    """
    groups = _row_groups(tables, schema, rows_a_group)
    first = next(groups, None)
    if first is None:
        if over and over.tag:  # the store has no conditional removal: who read the version before notices this one
            write_rows(path, schema.empty_table(), over)
        remove(path)
        return 0
    rows = 0
    with (
        replacing(path, scratch, over) as temporary,
        pq.ParquetWriter(temporary, schema, compression="zstd", compression_level=3) as writer,
    ):
        for group in chain([first], groups):
            writer.write_table(group, row_group_size=rows_a_group)
            rows += group.num_rows
    return rows


def write_rows(path: Path, table: pa.Table, over: Version | None = None) -> None:
    """Write one table as a Parquet file, atomically; also when it has no rows."""
    with replacing(path, over=over) as temporary:
        pq.write_table(table.combine_chunks(), temporary, compression="zstd", row_group_size=ROW_GROUP)


def write_batches(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
    """Write record batches as one Arrow file, atomically, from which each can be read alone; return how many."""
    count = 0
    with replacing(path) as temporary, pa.ipc.new_file(str(temporary), schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            count += 1
    return count


def read_part(path: Path, first: int = 0, last: int | None = None) -> Iterator[pa.Table]:
    """Yield the record batches of an Arrow file from `first` up to `last`, by default all; IntegrityError as above."""
    with readable(path), pa.OSFile(str(homes.here(path))) as file, pa.ipc.open_file(file) as reader:
        for number in range(first, reader.num_record_batches if last is None else last):
            yield pa.Table.from_batches([reader.get_batch(number)])


def _row_groups(tables: Iterable[pa.Table], schema: pa.Schema, size: int) -> Iterator[pa.Table]:
    waiting = schema.empty_table()
    for table in tables:
        waiting = pa.concat_tables([waiting, table])
        while waiting.num_rows >= size:
            yield waiting.slice(0, size).combine_chunks()
            waiting = waiting.slice(size)
    if waiting.num_rows:
        yield waiting.combine_chunks()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path` (flock: the kernel frees it when a process dies); TransientError after ten minutes.

    In an object store the processes of this machine wait for each other by that, and machines by an object.
    """
    make_directory(path.parent)
    lock = FileLock(path, timeout=LOCK_SECONDS)
    try:
        with writing(path):
            lock.acquire()
    except Timeout as error:
        raise TransientError(f"{path}: still locked after {LOCK_SECONDS} s by another process; try again") from error
    at = objects.place(path)
    try:
        with object_locks.held(at, path, LOCK_SECONDS) if at else nullcontext():
            yield
    finally:
        lock.release()
