"""Checked rows on their way to the lake: sorted runs below work/, and how sorted rows are merged. Publishes nothing."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from pipeline import contracts, store
from pipeline.errors import HeldBackError, IntegrityError
from pipeline.settings import Settings

FAN_IN = 16  # sorted runs merged at once: at 256 rows of 5 kB each a step of the merge holds about 40 MB
RUN_ROWS = 256


class Run(NamedTuple):
    """Rows of one month in a sorted file below work/: its record batches from `first` up to `last`."""

    path: str
    first: int
    last: int

    def rows(self) -> Iterator[pa.Table]:
        """Yield its rows in order; IntegrityError if the file is missing or damaged."""
        return store.read_part(Path(self.path), self.first, self.last)


Runs = dict[str, dict[str, list[Run]]]
"""Month -> table -> runs."""


class Preparation:
    """A batch's checked rows, sorted by month and key in files below work/; `finish` makes them count.

    `stage` names the files: what is prepared of some captures is never taken for the whole batch.
    """

    def __init__(self, settings: Settings, batch_id: str, stage: str = "check") -> None:
        """Begin anew: what an earlier check wrote counts no more."""
        self.settings, self.batch_id, self.stage, self.groups = settings, batch_id, stage, 0
        self.runs: Runs = {}
        store.remove(_prepared(settings, batch_id, stage))

    def add(self, tables: Mapping[str, pa.Table], months: Mapping[str, Sequence[str]]) -> None:
        """Write some rows of each table, whose months are given row by row."""
        for name, table in tables.items():
            path = _folder(self.settings, self.batch_id, self.stage) / f"{name}-{self.groups:06d}.arrow"
            parts = {month: _cut(rows) for month, rows in _by_month(name, table, months[name])}
            store.write_batches(path, table.schema, [batch for part in parts.values() for batch in part])
            first = 0
            for month, part in parts.items():
                self.runs.setdefault(month, {}).setdefault(name, []).append(Run(path.name, first, first + len(part)))
                first += len(part)
        self.groups += 1

    def finish(self, passed: bool) -> None:
        """Record the runs and whether they may be published."""
        store.write_json(_prepared(self.settings, self.batch_id, self.stage), {"passed": passed, "runs": self.runs})


def prepared(settings: Settings, batch_id: str, stage: str = "check") -> Runs:
    """Return the runs of a batch; HeldBackError if it did not pass, IntegrityError if unchecked."""
    path = _prepared(settings, batch_id, stage)
    value = store.find_json(path)
    if value is None:
        raise IntegrityError(
            f"{path}: {batch_id} was not checked since its work files were deleted; run the batch again"
        )
    if not value["passed"]:
        raise HeldBackError(f"{batch_id}: held back by {settings.reports / batch_id / 'checks.json'}")
    folder = _folder(settings, batch_id, stage)
    runs: Runs = {}
    for month, tables in value["runs"].items():
        runs[month] = {
            name: [Run(str(folder / file), *part) for file, *part in found] for name, found in tables.items()
        }
    return runs


def compact(table: str, month: str, runs: list[Run], level: int = 0) -> list[Run]:
    """Merge sorted runs until no more than FAN_IN are left, so that memory does not grow with a batch's chunks."""
    if len(runs) <= FAN_IN:
        return runs
    contract, merged = contracts.contract(table), []
    for start in range(0, len(runs), FAN_IN):
        group = runs[start : start + FAN_IN]
        path = Path(group[0].path).with_name(f"{table}-{month}-{level}-{start:06d}.merged")
        rows = merge((run.rows() for run in group), contract.sort_key)
        count = store.write_batches(path, contract.schema, (batch for part in rows for batch in _cut(part)))
        merged.append(Run(str(path), 0, count))
    return compact(table, month, merged, level + 1)


def merge(streams: Iterable[Iterator[pa.Table]], key: Sequence[str]) -> Iterator[pa.Table]:
    """Yield the rows of sorted streams in sort order; IntegrityError if a stream is not sorted.

    Each step takes from all streams the rows up to the least of their last rows, and sorts these few.
    """
    heads = [(head, stream) for stream in streams if (head := _next(stream)) is not None]
    while len(heads) > 1:
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
    for head, stream in heads:
        yield from _only(head, stream, key)


def _only(head: pa.Table | None, stream: Iterator[pa.Table], key: Sequence[str]) -> Iterator[pa.Table]:
    while head is not None:
        yield head
        head = _following(stream, _key(head, key, len(head) - 1), key)


def _next(stream: Iterator[pa.Table]) -> pa.Table | None:
    return next((table for table in stream if len(table)), None)


def _following(stream: Iterator[pa.Table], cut: tuple[Any, ...], key: Sequence[str]) -> pa.Table | None:
    table = _next(stream)
    if table is not None and _key(table, key, 0) < cut:
        raise IntegrityError(f"rows are not sorted by {', '.join(key)}; `newsmill rebuild` writes the table anew")
    return table


def _key(table: pa.Table, names: Sequence[str], row: int) -> tuple[Any, ...]:
    return tuple(((value := table[name][row].as_py()) is None, value if value is not None else "") for name in names)


def _folder(settings: Settings, batch_id: str, stage: str) -> Path:
    return settings.work / batch_id / stage


def _prepared(settings: Settings, batch_id: str, stage: str) -> Path:
    return settings.work / batch_id / f"{stage}.json"


def _by_month(name: str, table: pa.Table, months: Sequence[str]) -> Iterator[tuple[str, pa.Table]]:
    key = [(column, "ascending") for column in ("month", *contracts.contract(name).sort_key)]
    ordered = table.append_column("month", pa.array(months, pa.large_string())).sort_by(key).drop(["month"])
    start, counts = 0, Counter(months)
    for month in sorted(counts):
        yield month, ordered.slice(start, counts[month])
        start += counts[month]


def _cut(rows: pa.Table) -> list[pa.RecordBatch]:
    batches: list[pa.RecordBatch] = rows.combine_chunks().to_batches(max_chunksize=RUN_ROWS)
    return batches
