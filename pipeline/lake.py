"""Publishing: month files that are replaced whole, and commits that say what each batch put into them.

The protocol, step by step, for the batches of one run:
1. `touched`: months of the new rows, of the batches' last commits and of their intents; the intents are appended first.
2. `publish_month`: under the lock of (table, month), drop the rows of these batches, merge in theirs, replace the file.
3. `commit`: under the same locks read what is there now, write commits/<batch>.json, drop the intents.
Nothing here looks at another batch's rows except to carry them over.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pipeline import contracts, identity, store, version
from pipeline.errors import HeldBackError, IntegrityError
from pipeline.settings import Settings

FAN_IN = 16  # sorted runs merged at once: at 256 rows of 5 kB each a step of the merge holds about 40 MB
RUN_ROWS = 256
WRITERS = 4


def path_of(settings: Settings, table: str, month: str) -> Path:
    """Return the one file of a table's month."""
    return settings.lake / table / f"month={month}" / "data.parquet"


def months_of(settings: Settings, table: str = "*") -> list[str]:
    """Return the months that have a file, of one table or of all."""
    return sorted(
        {path.parent.name.removeprefix("month=") for path in settings.lake.glob(f"{table}/month=*/data.parquet")}
    )


def committed(settings: Settings, batch_id: str) -> dict[str, Any]:
    """Return what a batch's last commit says, {} if it never committed."""
    path = settings.commits / f"{batch_id}.json"
    return store.read_json(path) if path.exists() else {}


def touched(settings: Settings, batch_id: str, months: Collection[str]) -> list[str]:
    """Return the months this batch must publish to, after recording them as its intents."""
    intents = _intents(settings, batch_id)
    before = set(intents.read_text("utf-8").split()) if intents.exists() else set()
    everything = set(months) | before | set(committed(settings, batch_id).get("months", ()))
    for month in sorted(everything - before):
        store.append_line(intents, month)
    return sorted(everything)


class Preparation:
    """A batch's checked rows, cut by table and month into sorted runs below work/; `finish` makes them count."""

    def __init__(self, settings: Settings, batch_id: str) -> None:
        """Begin anew: what an earlier check wrote counts no more."""
        self.settings, self.batch_id, self.groups = settings, batch_id, 0
        self.runs: dict[str, dict[str, list[str]]] = {}
        store.remove(_prepared(settings, batch_id))

    def add(self, tables: Mapping[str, pa.Table], months: Mapping[str, Sequence[str]]) -> None:
        """Write some rows of each table, whose months are given row by row."""
        # Half of a write is waiting for the disk; 640 pages of many years are 540 files.
        with ThreadPoolExecutor(WRITERS) as writers:
            written = [
                writers.submit(self._write, name, month, table.filter(pc.equal(column, month)))
                for name, table in tables.items()
                for column in [pa.array(months[name], pa.large_string())]
                for month in sorted(set(months[name]))
            ]
        for one in written:
            name, month, path = one.result()
            self.runs.setdefault(month, {}).setdefault(name, []).append(path)
        self.groups += 1

    def _write(self, name: str, month: str, rows: pa.Table) -> tuple[str, str, str]:
        path = f"{name}/{month}/{self.groups:06d}.parquet"
        target = self.settings.work / self.batch_id / "check" / path
        key = [(column, "ascending") for column in contracts.contract(name).sort_key]
        store.write_tables(target, rows.schema, [rows.sort_by(key)], rows_a_group=RUN_ROWS)
        return name, month, path

    def finish(self, passed: bool) -> None:
        """Record the runs and whether they may be published."""
        store.write_json(_prepared(self.settings, self.batch_id), {"passed": passed, "runs": self.runs})


def prepared(settings: Settings, batch_id: str) -> dict[str, dict[str, list[str]]]:
    """Return month -> table -> runs of a batch; HeldBackError if it did not pass, IntegrityError if unchecked."""
    path = _prepared(settings, batch_id)
    if not path.exists():
        raise IntegrityError(
            f"{path}: {batch_id} was not checked since its work files were deleted; run the batch again"
        )
    value = store.read_json(path)
    if not value["passed"]:
        raise HeldBackError(f"{batch_id}: held back by {settings.reports / batch_id / 'checks.json'}")
    return value["runs"]  # type: ignore[no-any-return]


def publish_month(settings: Settings, batch_ids: Sequence[str], month: str, fresh: bool = False) -> None:
    """Make the month's files hold exactly these batches' checked rows beside those of other batches.

    With `fresh` the rows of batches without a plan are dropped too. HeldBackError if a batch did not pass its check.
    """
    runs = {batch: prepared(settings, batch).get(month, {}) for batch in batch_ids}
    for table in contracts.TABLES:
        paths = [settings.work / batch / "check" / run for batch in batch_ids for run in runs[batch].get(table, ())]
        with store.locked(_lock(settings, table, month)):
            _replace(settings, table, month, paths, _Dropped(settings, batch_ids, fresh))


def commit(settings: Settings, batch_id: str, facts: dict[str, Any]) -> list[str]:
    """Record what the batch has in each month it may have touched, then drop its intents; return its months."""
    tables: dict[str, dict[str, Any]] = {}
    for month in touched(settings, batch_id, ()):
        for table in contracts.TABLES:
            with store.locked(_lock(settings, table, month)):
                entry = _entry(settings, batch_id, table, month)
            if entry:
                tables.setdefault(table, {})[month] = entry
    months = sorted({month for entries in tables.values() for month, entry in entries.items() if entry["rows"]})
    versions = {name: contracts.contract(name).version for name in contracts.TABLES}
    value = {"batch_id": batch_id, "months": months, "tables": tables, "contracts": versions}
    value |= {"code_version": version.code_version(), "extractor": version.extractor()} | facts
    store.write_json(settings.commits / f"{batch_id}.json", value)
    store.remove(_intents(settings, batch_id))
    return months


def forget(settings: Settings, batch_ids: Collection[str]) -> None:
    """Drop the commits and intents of all batches but these."""
    for path in [*settings.commits.glob("*.json"), *(settings.commits / "intents").glob("*")]:
        if path.name.removesuffix(".json") not in batch_ids:
            store.remove(path)


def rows_of(settings: Settings, batch_id: str, table: str, month: str) -> int:
    """Return how many rows of a batch a month file holds now."""
    path = path_of(settings, table, month)
    if "batch_id" not in contracts.contract(table).schema.names or not path.exists():
        return 0
    return sum(
        pc.sum(pc.equal(part["batch_id"], batch_id)).as_py() or 0
        for part in store.read_batches(path, ["batch_id"], 65536)
    )


def _prepared(settings: Settings, batch_id: str) -> Path:
    return settings.work / batch_id / "check.json"


def _intents(settings: Settings, batch_id: str) -> Path:
    return settings.commits / "intents" / batch_id


def _lock(settings: Settings, table: str, month: str) -> Path:
    return settings.home / "locks" / f"{table}.{month}.lock"


def _entry(settings: Settings, batch_id: str, table: str, month: str) -> dict[str, Any] | None:
    path = path_of(settings, table, month)
    if not path.exists():
        return None
    return {"rows": rows_of(settings, batch_id, table, month), "sha256": store.sha256(path)}


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
        return (self.settings.raw / batch_id / "plan.json").exists()


def _replace(settings: Settings, table: str, month: str, runs: list[Path], dropped: _Dropped) -> None:
    contract, path = contracts.contract(table), path_of(settings, table, month)
    if "batch_id" not in contract.schema.names or not (runs or path.exists()):
        return
    dead = _tombstones(settings)
    streams: list[Iterator[pa.Table]] = [_rows(run, contract.schema) for run in _compact(settings, table, runs)]
    if path.exists():
        streams.append(dropped.rest(rows) for rows in _rows(path, contract.schema))
    streams = [(_bury(rows, table, dead) for rows in stream) for stream in streams]
    store.write_tables(path, contract.schema, merge(streams, contract.sort_key), settings.home / "tmp")
    if not path.exists() and path.parent.is_dir() and not any(path.parent.iterdir()):
        path.parent.rmdir()


def _rows(path: Path, schema: pa.Schema) -> Iterator[pa.Table]:
    return (_aligned(part, schema) for part in store.read_batches(path, rows=RUN_ROWS))


def _aligned(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Files of an older contract lack its newer, nullable columns."""
    columns = [rows[item.name] if item.name in rows.column_names else pa.nulls(len(rows), item.type) for item in schema]
    return pa.table(columns, names=schema.names).cast(schema)


def _tombstones(settings: Settings) -> frozenset[str]:
    directory = settings.raw / "tombstones"
    return frozenset(path.name for path in directory.iterdir()) if directory.is_dir() else frozenset()


def _bury(rows: pa.Table, table: str, dead: frozenset[str]) -> pa.Table:
    if not dead or "article_id" not in rows.column_names:
        return rows
    gone = [value is not None and identity.tombstone(value) in dead for value in rows["article_id"].to_pylist()]
    if table != "captures":
        return rows.filter(pc.invert(pa.array(gone, pa.bool_())))
    changed = rows.to_pylist()
    for row, taken in zip(changed, gone, strict=True):
        if taken:
            row |= {"outcome": "taken_down", "version_id": None, "content_sha256": None}
    return pa.Table.from_pylist(changed, rows.schema)


def _compact(settings: Settings, table: str, runs: list[Path], level: int = 0) -> list[Path]:
    """Merge sorted runs until no more than FAN_IN are left, so that memory does not grow with a batch's chunks."""
    if len(runs) <= FAN_IN:
        return runs
    contract, merged = contracts.contract(table), []
    for start in range(0, len(runs), FAN_IN):
        group = runs[start : start + FAN_IN]
        path = group[0].with_suffix(f".{level}.merged")
        streams = [_rows(run, contract.schema) for run in group]
        store.write_tables(path, contract.schema, merge(streams, contract.sort_key), settings.home / "tmp")
        merged.append(path)
    return _compact(settings, table, merged, level + 1)


def merge(streams: Iterable[Iterator[pa.Table]], key: Sequence[str]) -> Iterator[pa.Table]:
    """Yield the rows of sorted streams in sort order; IntegrityError if a stream is not sorted.

    Each step takes from all streams the rows up to the least of their last rows, and sorts these few.
    """
    heads = [(head, stream) for stream in streams if (head := _next(stream)) is not None]
    while heads:
        cut = min(_key(head, key, len(head) - 1) for head, _ in heads)
        ready, rest = [], []
        for head, stream in heads:
            count = bisect_right(range(len(head)), cut, key=partial(_key, head, key))
            ready.append(head.slice(0, count))
            left = head.slice(count) if count < len(head) else _following(stream, cut, key)
            if left is not None:
                rest.append((left, stream))
        yield pa.concat_tables(ready).sort_by([(name, "ascending") for name in key])
        heads = rest


def _next(stream: Iterator[pa.Table]) -> pa.Table | None:
    return next((table for table in stream if len(table)), None)


def _following(stream: Iterator[pa.Table], cut: tuple[Any, ...], key: Sequence[str]) -> pa.Table | None:
    table = _next(stream)
    if table is not None and _key(table, key, 0) < cut:
        raise IntegrityError(f"rows are not sorted by {', '.join(key)}; `newsmill rebuild` writes the table anew")
    return table


def _key(table: pa.Table, names: Sequence[str], row: int) -> tuple[Any, ...]:
    return tuple(((value := table[name][row].as_py()) is None, value if value is not None else "") for name in names)
