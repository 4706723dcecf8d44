"""Commits: what each batch has put into which files of the lake, in commits/<batch>.json.

The months that a batch is about to touch are appended to commits/intents/<batch> first, and dropped when it committed.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from pipeline import contracts, homes, lake, lines, store, version
from pipeline.errors import IntegrityError
from pipeline.objects import Version
from pipeline.settings import Settings

MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)


def batches(settings: Settings) -> list[str]:
    """Return the ids of all batches that ever committed."""
    return [path.stem for path in homes.matching(settings.commits, "*.json")]


def last(settings: Settings, batch_id: str) -> dict[str, Any]:
    """Return what a batch's last commit says, {} if it never committed; IntegrityError if its file is damaged."""
    try:
        return store.find_json(settings.commits / f"{batch_id}.json") or {}
    except IntegrityError as error:
        raise IntegrityError(f"{error}, or run {batch_id} again") from error


def touched(settings: Settings, batch_id: str, months: Collection[str]) -> list[str]:
    """Return the months this batch must publish to, after recording them as its intents."""
    intents = _intents(settings, batch_id)
    before = set(filter(MONTH.fullmatch, lines.read(intents)))  # a line that a full disk cut short is no month
    everything = set(months) | before | set(_last_months(settings, batch_id))
    for month in sorted(everything - before):
        lines.append(intents, month)
    return sorted(everything)


def _last_months(settings: Settings, batch_id: str) -> Collection[str]:
    try:
        months: list[str] = last(settings, batch_id).get("months", [])
    except IntegrityError:  # any month may have rows of it
        return lake.months_of(settings)
    return months


def pending(settings: Settings, batch_id: str) -> bool:
    """Return whether a batch's publishing did not end, so that the lake may hold a part of it."""
    return homes.exists(_intents(settings, batch_id))


def commit(settings: Settings, batch_id: str, facts: dict[str, Any]) -> list[str]:
    """Record what the batch has in each month it may have touched, then drop its intents; return its months."""
    with store.locked(_commit_lock(settings, batch_id)):
        tables = _entries(settings, batch_id, touched(settings, batch_id, ()))
        versions = {name: contracts.contract(name).version for name in contracts.TABLES}
        value = {"batch_id": batch_id, "months": _months(tables), "tables": tables, "contracts": versions}
        value |= {"code_version": version.code_version(), "extractor": version.extractor()} | facts
        _note(settings, batch_id, value, whole=True)
        store.remove(_intents(settings, batch_id))
        return _months(tables)


def recount(settings: Settings, batch_id: str) -> None:
    """Note in a batch's commit, if it has one, what its months hold now; what else the commit says stays."""
    with store.locked(_commit_lock(settings, batch_id)):
        if value := last(settings, batch_id):
            noted = {month for months in value["tables"].values() for month in months}
            tables = _entries(settings, batch_id, sorted(noted))
            now = {"tables": tables, "months": _months(tables), "ledger": outcomes(settings, batch_id)}
            _note(settings, batch_id, now, whole=False)


def outcomes(settings: Settings, batch_id: str) -> dict[str, int]:
    """Return how many captures of a batch the lake has with each outcome."""
    path = lake.path_of(settings, "captures", batch_id[-10:-3])
    if not homes.exists(path):
        return {}
    rows = store.read_table(path, ["outcome"], filters=[("batch_id", "=", batch_id)])
    return dict(Counter(rows["outcome"].to_pylist()))


def forget(settings: Settings, batch_ids: Collection[str]) -> None:
    """Drop the commits and intents of all batches but these."""
    for path in [*homes.matching(settings.commits, "*.json"), *homes.matching(settings.commits / "intents", "*")]:
        if path.name.removesuffix(".json") not in batch_ids:
            store.remove(path)


def rows_of(settings: Settings, batch_id: str, table: str, month: str) -> int:
    """Return how many rows of a batch a month file holds now."""
    path = lake.path_of(settings, table, month)
    if "batch_id" not in contracts.contract(table).schema.names or not homes.exists(path):
        return 0
    return sum(
        pc.sum(pc.equal(part["batch_id"], batch_id)).as_py() or 0
        for part in store.read_batches(path, ["batch_id"], 65536)
    )


def _note(settings: Settings, batch_id: str, facts: dict[str, Any], whole: bool) -> None:
    """Write facts into a batch's commit, beside what its last one says or as the whole of it."""
    path = settings.commits / f"{batch_id}.json"

    def attempt(before: Version) -> None:
        there = store.read_json(before.path) if before.path and not whole else {}
        store.write_json(path, there | facts, before)

    store.swap(path, settings.home / "tmp", attempt)


def _intents(settings: Settings, batch_id: str) -> Path:
    return settings.commits / "intents" / batch_id


def _commit_lock(settings: Settings, batch_id: str) -> Path:
    return settings.home / "locks" / f"commit.{batch_id}.lock"


def _entries(settings: Settings, batch_id: str, months: Sequence[str]) -> dict[str, dict[str, Any]]:
    tables: dict[str, dict[str, Any]] = {}
    for month in months:
        with lake.locked(settings, month):
            for table in contracts.TABLES:
                if entry := _entry(settings, batch_id, table, month):
                    tables.setdefault(table, {})[month] = entry
    return tables


def _months(tables: dict[str, dict[str, Any]]) -> list[str]:
    return sorted({month for entries in tables.values() for month, entry in entries.items() if entry["rows"]})


def _entry(settings: Settings, batch_id: str, table: str, month: str) -> dict[str, Any] | None:
    path = lake.path_of(settings, table, month)
    if not homes.exists(path):
        return None
    return {"rows": rows_of(settings, batch_id, table, month), "sha256": store.sha256(path)}
