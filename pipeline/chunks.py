"""One chunk through extract and mine: files in, files out, and again whenever asked.

Documents are extracted and mined by other processes in small groups, which come back in order. One that kills its
worker twice gets a verdict in raw/: what depends on the machine is found out once and then obeyed by every later run.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple, TypeVar

import pandas as pd
import pyarrow as pa

from pipeline import (
    capturing,
    contracts,
    earlier,
    identity,
    names_model,
    past,
    stages,
    store,
    timings,
    tombstones,
    vacated,
    verdicts,
    version,
    workers,
)
from pipeline.errors import IntegrityError
from pipeline.markers import COUNTED, Counts, done, mark
from pipeline.model import Known, Refusal
from pipeline.place import Place, captures, entries, place, vacate
from pipeline.rows import Row
from pipeline.settings import Settings
from pipeline.timings import Laps, Stopwatch
from pipeline.workers import Lost, Workers

TABLES_OF = {"extract": stages.EXTRACTED, "mine": stages.MINED}
MINED_FROM = ["batch_id", "capture_id", "article_id", "version_id", "source_id", "article_body", "in_language"]
GROUP_DOCUMENTS, GROUP_BYTES = 12, 3 * 2**20
"""What a worker gets at once: large enough that its answer costs little, small enough that none is left waiting."""
Tables = dict[str, pa.Table]
T = TypeVar("T")


class Made(NamedTuple):
    """What a worker made of a group of documents, and the processor seconds that each took."""

    tables: Tables
    laps: Laps


def extract(settings: Settings, ref: str, pool: Workers | None = None) -> Counts:
    """Write a chunk's captures, articles, embeds, links and rejects below work/ and return its counts."""
    here = place(settings, ref)
    if finished := done(here, "extract"):
        return finished
    if done(here, "capture") is None:
        capturing.capture(settings, ref)
    watch = timings.start()
    with _hired(settings, pool) as pool:
        tables = _extracted(here, range(len(entries(here))), pool, watch)
    found, planned = len(tables["captures"]), here.chunk.documents
    if found != planned:
        raise IntegrityError(f"{here.warc}: {found} captures in chunk {ref}, {planned} were planned; restore the file")
    lost = _lost(here, tables["captures"])
    return _finish(here, "extract", watch, tables, planned, len(tables["articles"]), lost=lost)


def mine(settings: Settings, ref: str, pool: Workers | None = None) -> Counts:
    """Write a chunk's quotes, claims and mentions below work/ and return its counts."""
    here = place(settings, ref)
    if finished := done(here, "mine"):
        return finished
    watch = timings.start()
    articles = store.read_table(here.output("extract", "articles"), MINED_FROM)
    embeds = store.read_table(here.output("extract", "embeds"), ["capture_id", "char_start", "char_end"])
    with _hired(settings, pool) as pool:
        tables = _mined(here, articles, embeds, pool, watch)
    return _finish(here, "mine", watch, tables, len(articles), sum(map(len, tables.values())))


def again(settings: Settings, ref: str, offsets: Collection[int], pool: Workers) -> dict[str, Tables]:
    """Return the tables of each stage for the captures of a chunk at these offsets, whatever was made of them before.

    Nothing is written but verdicts.
    """
    here, watch = place(settings, ref), timings.start()
    ordinals = [ordinal for ordinal, entry in enumerate(entries(here)) if entry.offset in offsets]
    extracted = _extracted(here, ordinals, pool, watch)
    articles = extracted["articles"].select(MINED_FROM)
    return {"extract": extracted, "mine": _mined(here, articles, extracted["embeds"], pool, watch)}


def read(settings: Settings, ref: str) -> Tables:
    """Return all tables of a chunk that went through the stages; IntegrityError if work/ lacks some."""
    here = place(settings, ref)
    parts = [(name, here.output("extract", name)) for name in stages.EXTRACTED]
    parts += [(name, here.output("mine", name)) for name in stages.MINED]
    tables: Tables = {}
    for name, path in parts:
        table = store.read_table(path)
        tables[name] = pa.concat_tables([tables[name], table]) if name in tables else table
    return tables


def hired(settings: Settings) -> AbstractContextManager[Workers]:
    """Return the worker processes that the settings ask for, with all loaded that extraction and mining need."""
    return workers.started(settings.workers, settings.document_seconds, settings.worker_bytes, workers.DOCUMENTS)


def _hired(settings: Settings, pool: Workers | None) -> AbstractContextManager[Workers]:
    return nullcontext(pool) if pool else hired(settings)


def _groups(items: Sequence[T], size: Callable[[T], int]) -> list[list[T]]:
    groups: list[list[T]] = []
    room = 0
    for item in items:
        room -= size(item)
        if not groups or room < 0 or len(groups[-1]) == GROUP_DOCUMENTS:
            groups.append([])
            room = GROUP_BYTES - size(item)
        groups[-1].append(item)
    return groups


def _gather(
    here: Place,
    stage: str,
    pool: Workers,
    work: Callable[[Sequence[T]], Made],
    groups: list[list[T]],
    capture_id: Callable[[T], str],
    watch: Stopwatch,
) -> Tables:
    """Return what the workers make of all groups, in order; what kills them is written down and made a reject.

    What was taken down is left out: its text is not to lie in work/ either.
    """
    parts = [{name: contracts.contract(name).schema.empty_table() for name in TABLES_OF[stage]}]
    for found in pool.each(work, groups):
        if isinstance(found, Lost):
            verdicts.add(here.verdicts(stage), capture_id(found.item), Refusal(found.reason, found.detail))
            found = pool.call(work, [found.item])
        parts.append(found.tables)
        watch.laps.update(found.laps)
    tables = {name: pa.concat_tables([part[name] for part in parts]) for name in TABLES_OF[stage]}
    dead = tombstones.read(here.settings)
    return {name: tombstones.bury(table, name, dead) for name, table in tables.items()}


def _extracted(here: Place, ordinals: Sequence[int], pool: Workers, watch: Stopwatch) -> Tables:
    indexed = entries(here)

    def capture_id(ordinal: int) -> str:
        return identity.capture_id(here.plan.batch_id, indexed[ordinal].source_key)

    groups = _groups(ordinals, lambda ordinal: indexed[ordinal].size)
    tables = _gather(here, "extract", pool, partial(_extract, here.settings, here.ref), groups, capture_id, watch)
    dead = tombstones.read(here.settings)
    captured = tables["captures"]
    if gone := captured.filter(tombstones.marked(captured, dead)).to_pylist():
        vacate(here, [vacated.of_row(row) for row in gone])
    return tables


def _mined(here: Place, articles: pa.Table, embeds: pa.Table, pool: Workers, watch: Stopwatch) -> Tables:
    embedded: dict[str, list[Row]] = {}
    for embed in embeds.to_pylist():
        embedded.setdefault(embed["capture_id"], []).append(embed)
    items = [(article, embedded.get(article["capture_id"], [])) for article in articles.to_pylist()]
    groups = _groups(items, lambda item: len(item[0]["article_body"]))
    mine = partial(_mine, here.settings, here.ref)
    return _gather(here, "mine", pool, mine, groups, lambda item: item[0]["capture_id"], watch)


def _extract(settings: Settings, ref: str, ordinals: Sequence[int]) -> Made:
    here = place(settings, ref)
    known = past.known(settings, here.plan.batch_id, here.chunk.id)
    obeyed = verdicts.read(here.verdicts("extract"))
    of_batch = cache(partial(verdicts.of_batch, settings, stage="extract"))

    def before(key: str) -> Known | None:
        return earlier.as_now(settings, here.plan.source, known.get(key), of_batch)

    seconds: list[float] = []
    chosen, first = frozenset(ordinals), ordinals[0]
    found = (each for at, each in enumerate(captures(here, first, ordinals[-1] + 1), first) if at in chosen)
    read = timings.timed(found, seconds)
    frames = stages.extract(read, here.plan, before, version.extractor(), settings.max_document_bytes, obeyed)
    return _made(frames, frames["captures"]["capture_id"], seconds)


def _mine(settings: Settings, ref: str, items: Sequence[tuple[Row, list[Row]]]) -> Made:
    articles = pd.DataFrame([article for article, _ in items], dtype=object)
    embeds = pd.DataFrame([embed for _, embeds in items for embed in embeds], dtype=object)
    here = place(settings, ref)
    names = names_model.finder(here.plan.source.names_model, Path(here.plan.root))
    seconds: list[float] = []
    watch = partial(timings.timed, laps=seconds)
    frames = stages.mine(articles, embeds, verdicts.read(here.verdicts("mine")), names, watch)
    return _made(frames, articles["capture_id"], seconds)


def _made(frames: stages.Frames, capture_ids: Iterable[str], seconds: list[float]) -> Made:
    tables = {name: contracts.conform(name, frame) for name, frame in frames.items()}
    return Made(tables, dict(zip(capture_ids, seconds, strict=True)))


def _lost(here: Place, captured: pa.Table) -> list[int]:
    """Return the ordinals of captures that were damaged after they were archived, but for those that were given up."""
    obeyed = verdicts.read(here.verdicts("extract"))
    rows = zip(entries(here), captured["capture_id"].to_pylist(), captured["outcome"].to_pylist(), strict=True)
    return [
        ordinal for ordinal, (entry, capture_id, outcome) in enumerate(rows)
        if outcome == "damaged_record" != entry.fault and capture_id not in obeyed
    ]  # fmt: skip


def _finish(
    here: Place, stage: str, watch: Stopwatch, tables: Tables, rows_in: int, rows_out: int, **more: object
) -> Counts:
    for name, table in tables.items():
        store.write_rows(here.output(stage, name), table)
    rejected = len(tables["rejects"]) if "rejects" in tables else 0
    counts = dict(zip(COUNTED, (here.chunk.documents, rows_in, rows_out, rejected), strict=True))
    return mark(here, stage, counts, timings=timings.stopped(watch), **more)
