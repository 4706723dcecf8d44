"""One night, or any batches, through plan, capture, extract, mine, check, publish, commit and report.

Each step is idempotent and is one Airflow task or one line of `night` below: same functions, same files, same bytes.
Only ids and counts pass from step to step; all else lies in files below the home.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from pipeline import audit, chunks, lake, plan, query, sources, store
from pipeline.errors import ConfigurationError, IntegrityError, SourceError, TransientError
from pipeline.model import Source
from pipeline.settings import Settings

Progress = Callable[[str, int, int], None]
"""Told (step, done, of) as a night goes on."""


class LedgerRow(NamedTuple):
    """A batch in the end: captures planned, how many had each outcome, and why it was not published, if so."""

    batch_id: str
    captures: int
    outcomes: dict[str, int]
    held_back: str | None


def plan_night(settings: Settings, day: date, names: Sequence[str] = ()) -> list[str]:
    """Return the batch ids of a night, planning what is not planned yet; a source without input that day has none."""
    configured = sources.load(settings.sources)
    return plan_sources(settings, sources.choose(configured, names), settings.sources.parent, day)


def plan_sources(settings: Settings, chosen: Sequence[Source], root: Path, day: date) -> list[str]:
    """Return the batch ids of some sources on one day; one that cannot be planned fails alone, at its check."""
    batch_ids = [_planned(settings, source, root, day) for source in chosen]
    return [batch_id for batch_id in batch_ids if batch_id is not None]


def plan_corpus(
    settings: Settings, path: Path, day: date, kind: str | None = None, source_id: str | None = None
) -> list[str]:
    """Return the id of one batch of any corpus, in a list; ConfigurationError if that batch is another corpus."""
    source, root = sources.of_path(path, kind, source_id)
    made = plan.make(settings, source, root, day)
    if made is None:
        raise ConfigurationError(f"{path}: no {source.kind} file in it; name another kind or path")
    if (made.source, made.root) != (source, str(root)):
        planned = f"{made.batch_id} was planned from {made.root}/{made.source.path} as {made.source.kind}"
        raise ConfigurationError(f"{planned}; give this corpus another source id or date")
    return [made.batch_id]


def _planned(settings: Settings, source: Source, root: Path, day: date) -> str | None:
    batch_id = plan.batch_id(source, day)
    try:
        return batch_id if plan.make(settings, source, root, day) else None
    except SourceError as error:
        audit.fail(settings, batch_id, str(error))
        return batch_id


def chunk_groups(settings: Settings, batch_ids: Sequence[str], most: int = 1000) -> list[list[str]]:
    """Return all chunks as `<batch>/<chunk>`, in at most `most` groups (Airflow maps over no more than 1,024)."""
    planned = [plan.load(settings, batch) for batch in batch_ids if plan.path_of(settings, batch).exists()]
    refs = [f"{made.batch_id}/{chunk.id}" for made in planned for chunk in made.chunks]
    size = max(1, -(-len(refs) // most))
    return [refs[start : start + size] for start in range(0, len(refs), size)]


capture_chunk, extract_chunk, mine_chunk = chunks.capture, chunks.extract, chunks.mine
check, publish_month = audit.check, lake.publish_month


def commit(settings: Settings, batch_ids: Sequence[str]) -> list[str]:
    """Record what the batches published, refresh newsmill.sql, and return the months they have rows in."""
    months: set[str] = set()
    for batch_id in batch_ids:
        made = plan.load(settings, batch_id)
        facts = {"config_sha256": plan.config_sha256(made.source), "ledger": _ledger(settings, batch_id)["outcomes"]}
        months |= set(lake.commit(settings, batch_id, facts))
    with store.replacing(settings.home / "newsmill.sql") as temporary:
        temporary.write_text(query.views_sql(settings.home), encoding="utf-8")
    return sorted(months)


def report(settings: Settings, batch_ids: Sequence[str]) -> list[LedgerRow]:
    """Return how each batch ended, as its check left it in reports/."""
    ledgers = [(batch, _ledger(settings, batch)) for batch in batch_ids]
    return [LedgerRow(batch, value["captures"], value["outcomes"], value["held_back"]) for batch, value in ledgers]


def night(settings: Settings, batch_ids: Sequence[str], progress: Progress, fresh: bool = False) -> list[LedgerRow]:
    """Take planned batches through all steps and return how each ended.

    A batch that fails or is held back does not stop the others. With `fresh` the lake holds these batches alone.
    """
    refs = [ref for group in chunk_groups(settings, batch_ids) for ref in group]
    for done in _each_chunk(settings, refs):
        progress("capture, extract, mine", done, len(refs))
    progress("check", 0, 1)
    verdict = check(settings, batch_ids)
    progress("check", 1, 1)
    months = sorted({*verdict.months, *lake.months_of(settings)}) if fresh else verdict.months
    for done, month in enumerate(months, 1):
        publish_month(settings, verdict.passed, month, fresh)
        progress("publish", done, len(months))
    commit(settings, verdict.passed)
    return report(settings, batch_ids)


def rebuild(settings: Settings, progress: Progress) -> list[LedgerRow]:
    """Make the whole lake again from raw/: every batch ever planned, by the present code, and no other row."""
    return night(settings, plan.batches(settings), progress, fresh=True)


def _chunk(settings: Settings, ref: str) -> None:
    """Take a chunk through its stages; what is wrong with the source or its bytes is left to the batch's check."""
    try:
        for step in (capture_chunk, extract_chunk, mine_chunk):
            step(settings, ref)
    except (SourceError, IntegrityError) as error:
        audit.fail(settings, ref.partition("/")[0], str(error))


def _each_chunk(settings: Settings, refs: Sequence[str]) -> Iterator[int]:
    """Yield the count of finished chunks; in this process, or in `workers` others that imported everything once."""
    if settings.workers == 1 or len(refs) < 2:
        for done, ref in enumerate(refs, 1):
            _chunk(settings, ref)
            yield done
        return
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pipeline.chunks"])
    try:
        with ProcessPoolExecutor(min(settings.workers, len(refs)), context) as pool:
            for done, _ in enumerate(pool.map(partial(_chunk, settings), refs), 1):
                yield done
    except BrokenProcessPool as error:
        raise TransientError(
            "a worker process died (killed, or out of memory); run again, with fewer --workers"
        ) from error


def _ledger(settings: Settings, batch_id: str) -> dict[str, Any]:
    return store.read_json(settings.reports / batch_id / "ledger.json")  # type: ignore[no-any-return]
