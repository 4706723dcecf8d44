"""Publishing: month files that are replaced whole, and commits that say what each batch put into them.

The protocol, step by step, for the batches of one run:
1. `touched`: months of the new rows, of the batches' last commits and of their intents; the intents are appended first.
2. `publish_month`: under the lock of the month, drop the rows of these batches, merge in theirs, replace the file.
3. `commit`: under the same locks read what is there now, write commits/<batch>.json, drop the intents.
Nothing here looks at another batch's rows except to carry them over.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pipeline import contracts, homes, store, tombstones
from pipeline.objects import Version
from pipeline.preparation import RUN_ROWS, Run, compact, merge, prepared
from pipeline.settings import Settings

MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)


def path_of(settings: Settings, table: str, month: str) -> Path:
    """Return the one file of a table's month."""
    return settings.lake / table / f"month={month}" / "data.parquet"


def months_of(settings: Settings, table: str = "*") -> list[str]:
    """Return the months that have a file, of one table or of all."""
    return sorted(
        {
            path.parent.name.removeprefix("month=")
            for path in homes.matching(settings.lake, f"{table}/month=*/data.parquet")
        }
    )


def locks(settings: Settings) -> list[str]:
    """Return the months that anyone ever locked."""
    return [path.stem for path in homes.matching(settings.home / "locks", "[0-9][0-9][0-9][0-9]-[0-9][0-9].lock")]


def locked(settings: Settings, month: str) -> AbstractContextManager[None]:
    """Return the lock under which a month's files are replaced."""
    return store.locked(settings.home / "locks" / f"{month}.lock")


def publish_month(settings: Settings, batch_ids: Sequence[str], month: str, fresh: bool = False) -> None:
    """Make the month's files hold exactly these batches' checked rows beside those of other batches.

    With `fresh` the rows of batches without a plan are dropped too. HeldBackError if a batch did not pass its check.
    """
    parts = [prepared(settings, batch).get(month, {}) for batch in batch_ids]
    with _burying(settings, month) as dead:
        for table in contracts.TABLES:
            runs = [run for part in parts for run in part.get(table, ())]
            _replace(settings, table, month, runs, _Dropped(settings, batch_ids, fresh), dead)


def publish_captures(settings: Settings, batch_id: str, month: str, capture_ids: Collection[str], stage: str) -> None:
    """Make the month's files hold what a stage prepared of some captures of a batch in place of what they held of them.

    The rows of its other captures stay as they are; those in `runs` are replaced.
    """
    part = prepared(settings, batch_id, stage).get(month, {})
    with _burying(settings, month) as dead:
        for table in contracts.TABLES:
            _replace(settings, table, month, part.get(table, []), _Flipped(batch_id, capture_ids), dead)


def bury(settings: Settings, month: str) -> list[str]:
    """Take what has a tombstone out of a month's files, and return the tables of which a file was replaced."""
    with locked(settings, month):
        dead = tombstones.read(settings)
        return [table for table in contracts.TABLES if _buried(settings, table, month, dead)]


def drop_empty(directory: Path) -> None:
    """Remove the directory of a month that has lost its file; one that is not empty, or not there, stays as it is."""
    if directory.is_dir() and not any(directory.iterdir()):
        directory.rmdir()


@contextmanager
def _burying(settings: Settings, month: str) -> Iterator[frozenset[str]]:
    """Yield what has a tombstone, under the lock of a month, and bury in it at the end what got one meanwhile.

    A machine that shares an object store and was stopped for a while lost its lock: a takedown did not wait for it.
    """
    with locked(settings, month):
        dead = tombstones.read(settings)
        yield dead
        while (now := tombstones.read(settings)) != dead:
            dead = now
            for table in contracts.TABLES:
                _buried(settings, table, month, dead)


class _Dropped(NamedTuple):
    """Which batches' rows are not carried over: those published now, and with `fresh` those that have no plan."""

    settings: Settings
    batch_ids: Sequence[str]
    fresh: bool

    def rest(self, rows: pa.Table) -> pa.Table:
        found = pc.unique(rows["batch_id"]).to_pylist()
        gone = [batch for batch in found if batch in self.batch_ids or (self.fresh and not self._is_planned(batch))]
        return rows.filter(pc.invert(pc.is_in(rows["batch_id"], pa.array(gone, pa.large_string())))) if gone else rows

    def _is_planned(self, batch_id: str) -> bool:
        return homes.exists(self.settings.raw / batch_id / "plan.json")


class _Flipped(NamedTuple):
    """Which captures of one batch give way to what was made of them anew, and the batch's rows in `runs`."""

    batch_id: str
    capture_ids: Collection[str]

    def rest(self, rows: pa.Table) -> pa.Table:
        own = pc.equal(rows["batch_id"], self.batch_id)
        if "capture_id" in rows.column_names:
            given = pa.array(self.capture_ids, pa.large_string())
            own = pc.and_(own, pc.is_in(rows["capture_id"], given))
        return rows.filter(pc.invert(own))


def _replace(
    settings: Settings, table: str, month: str, runs: list[Run], dropped: _Dropped | _Flipped, dead: frozenset[str]
) -> None:
    contract, path = contracts.contract(table), path_of(settings, table, month)
    if "batch_id" not in contract.schema.names:
        return
    runs = compact(table, month, runs)
    buried = _burial(settings, table, month, dead)

    def attempt(before: Version) -> None:
        if not (runs or before.path):
            return
        streams: list[Iterator[pa.Table]] = [run.rows() for run in runs]
        if before.path:
            there = (_aligned(part, contract.schema) for part in store.read_batches(before.path, rows=RUN_ROWS))
            streams.append(dropped.rest(rows) for rows in there)
        streams = [(buried(rows) for rows in stream) for stream in streams]
        _write(settings, path, contract, merge(streams, contract.sort_key), before)

    store.swap(path, settings.home / "tmp", attempt)


def _burial(settings: Settings, table: str, month: str, dead: frozenset[str]) -> Callable[[pa.Table], pa.Table]:
    """Return what becomes of a table's rows; those of `runs` count nothing if captures, written before, lack any."""
    captures = path_of(settings, "captures", month)
    if table != "runs" or not dead or not homes.exists(captures):
        return partial(tombstones.bury, table=table, dead=dead)
    struck = store.read_table(captures, ["batch_id"], filters=[("outcome", "=", tombstones.TAKEN_DOWN)])
    return partial(tombstones.uncount, batch_ids=pc.unique(struck["batch_id"]).to_pylist())


def _write(
    settings: Settings, path: Path, contract: contracts.Contract, rows: Iterator[pa.Table], over: Version
) -> None:
    store.write_tables(path, contract.schema, rows, settings.home / "tmp", over=over)
    drop_empty(path.parent)


def _buried(settings: Settings, table: str, month: str, dead: frozenset[str]) -> bool:
    """Write a file of the lake anew if that changes any row of it, and return whether it did."""
    path, buried = path_of(settings, table, month), _burial(settings, table, month, dead)
    contract = contracts.contract(table)

    def attempt(before: Version) -> bool:
        if not before.path or all(buried(rows).equals(rows) for rows in store.read_batches(before.path)):
            return False
        there = store.read_batches(before.path, rows=RUN_ROWS)
        _write(settings, path, contract, (buried(_aligned(rows, contract.schema)) for rows in there), before)
        return True

    return store.swap(path, settings.home / "tmp", attempt)


def _aligned(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Files of an older contract lack its newer, nullable columns."""
    columns = [rows[item.name] if item.name in rows.column_names else pa.nulls(len(rows), item.type) for item in schema]
    return pa.table(columns, names=schema.names).cast(schema)
