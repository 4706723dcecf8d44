"""Files that may be deleted at any time, and reports, without what was taken down. A run that uses them goes on."""

from collections.abc import Collection, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline import commits, homes, store, tombstones
from pipeline.settings import Settings


def holding(settings: Settings, dead: Collection[str]) -> Iterator[Path]:
    """Yield the files below work/ that tell of anything with one of these tombstones."""
    for path in homes.matching(settings.work, "**/*.parquet"):
        names = [name for name in (*tombstones.IDS, "outcome") if name in store.schema(path).names]
        if _tells(store.read_table(path, names), dead):
            yield path
    for path in [*homes.matching(settings.work, "*/*/*.arrow"), *homes.matching(settings.work, "*/*/*.merged")]:
        if any(_tells(part, dead) for part in store.read_part(path)):
            yield path


def clear(settings: Settings, dead: Collection[str]) -> list[Path]:
    """Take what has one of these tombstones out of the files below work/, and return those that were replaced."""
    found = list(holding(settings, dead))
    for path in found:
        if path.name == "data.parquet":  # of the lake before a rebuild
            table = path.parent.parent.name
            parts = (tombstones.bury(part, table, dead) for part in store.read_batches(path))
            store.write_tables(path, store.schema(path), parts)
        elif path.suffix == ".parquet":
            store.write_rows(path, tombstones.bury(store.read_table(path), path.stem, dead))
        else:
            _clear_prepared(path, dead)
    return found


def clear_reports(settings: Settings, batch_id: str) -> None:
    """Take values of rows out of a batch's checks, have its ledger say what the lake does, delete pages to look at."""
    store.remove(settings.reports / batch_id / "report.html")
    store.remove(settings.reports / "corpus.html")
    checks, ledger = (settings.reports / batch_id / f"{name}.json" for name in ("checks", "ledger"))
    if value := store.find_json(checks):
        shown = [breach if breach["row"] is None else breach | {"value": ""} for breach in value["shown"]]
        store.write_json(checks, value | {"shown": shown})
    if homes.exists(ledger) and commits.last(settings, batch_id):
        store.write_json(ledger, store.read_json(ledger) | {"outcomes": commits.outcomes(settings, batch_id)})


def _tells(rows: pa.Table, dead: Collection[str]) -> bool:
    gone = rows.filter(tombstones.marked(rows, dead))
    if "outcome" in gone.column_names:
        gone = gone.filter(pc.not_equal(gone["outcome"], tombstones.TAKEN_DOWN))
    return len(gone) > 0


def _clear_prepared(path: Path, dead: Collection[str]) -> None:
    """The parts of a file of checked rows are counted, so one that is emptied stays."""
    parts = list(store.read_part(path))
    table = path.name.partition("-")[0]
    schema = parts[0].schema
    store.write_batches(path, schema, (_batch(tombstones.bury(part, table, dead), schema) for part in parts))


def _batch(rows: pa.Table, schema: pa.Schema) -> pa.RecordBatch:
    found = rows.combine_chunks().to_batches()
    return found[0] if found else pa.RecordBatch.from_pylist([], schema)
