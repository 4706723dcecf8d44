"""One night, or any batches, through plan, capture, extract, mine, check, publish, commit, duplicates and report.

Each step is idempotent and is one Airflow task or one line of `night` below: same functions, same files, same bytes.
Only ids and counts pass from step to step; all else lies in files below the home.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from pipeline import (
    alarms,
    audit,
    capturing,
    chunks,
    commits,
    duplicates,
    homes,
    lake,
    leases,
    plan,
    query,
    sources,
    store,
)
from pipeline.errors import (
    ConfigurationError,
    ContractError,
    IntegrityError,
    NewsmillError,
    SourceError,
    TransientError,
)
from pipeline.model import FETCHED, Plan, Source
from pipeline.progress import Progress, counted, during, silent
from pipeline.settings import Settings
from pipeline.workers import CHECKS, DOCUMENTS, WorkerDiedError, Workers, started

Step = Callable[[Settings, str], dict[str, int]]
FEEDS = 16
"""How many sources are asked at the same time what they list."""


class LedgerRow(NamedTuple):
    """A batch in the end: captures planned, how many had each outcome, why it was not published, or what is odd."""

    batch_id: str
    captures: int
    outcomes: dict[str, int]
    held_back: str | None
    warning: str | None = None


def plan_night(settings: Settings, day: date, names: Sequence[str] = (), late: bool = False) -> list[str]:
    """Return the batch ids of a night, planning what is not planned yet; a source without input that day has none.

    Unless it was to be expected: then its night is missing, and the batch fails at its check.

    What is `late` is as in plan.make.
    """
    configured = sources.load(settings.sources)
    return plan_sources(settings, sources.choose(configured, names), settings.sources.parent, day, late)


def plan_sources(settings: Settings, chosen: Sequence[Source], root: Path, day: date, late: bool = False) -> list[str]:
    """Return the batch ids of some sources on one day; one that cannot be planned fails alone, at its check.

    Feeds are asked beside each other: a dead one takes minutes. What is `late` is as in plan.make.
    """
    make = partial(_planned, settings, root=root, day=day, late=late)
    fetched = [source for source in chosen if source.kind in FETCHED]
    with ThreadPoolExecutor(FEEDS) as threads:
        asked = dict(zip((source.id for source in fetched), threads.map(make, fetched), strict=True))
    batch_ids = [asked[source.id] if source.id in asked else make(source) for source in chosen]
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
    if plan.differs(made, sources.inputs(source, root, day)):
        raise ConfigurationError(f"{path}: changed since {made.batch_id} was planned; use another source id or date")
    return [made.batch_id]


def _planned(settings: Settings, source: Source, root: Path, day: date, late: bool) -> str | None:
    batch_id = plan.batch_id(source, day)
    try:
        if plan.make(settings, source, root, day, late):
            return batch_id
        if missing := alarms.missing(settings, source.id, day):
            audit.fail(settings, batch_id, missing)
            return batch_id
        return None
    except (SourceError, IntegrityError) as error:
        audit.fail(settings, batch_id, str(error))
        return batch_id


def chunk_groups(settings: Settings, batch_ids: Sequence[str], most: int = 1000) -> list[list[str]]:
    """Return all chunks as `<batch>/<chunk>`, in at most `most` groups (Airflow maps over no more than 1,024)."""
    planned = [made for batch in batch_ids if (made := _loaded(settings, batch))]
    refs = [f"{made.batch_id}/{chunk.id}" for made in planned for chunk in made.chunks]
    size = max(1, -(-len(refs) // most))
    return [refs[start : start + size] for start in range(0, len(refs), size)]


def _loaded(settings: Settings, batch_id: str) -> Plan | None:
    """Return the plan if it can be read; its batch's check will say why not."""
    try:
        return plan.load(settings, batch_id) if homes.exists(plan.path_of(settings, batch_id)) else None
    except IntegrityError as error:
        audit.fail(settings, batch_id, str(error))
        return None


capture_chunk, extract_chunk, mine_chunk = capturing.capture, chunks.extract, chunks.mine


def check(
    settings: Settings,
    batch_ids: Sequence[str],
    pool: Workers | None = None,
    trends: bool = True,
    progress: Progress = silent,
) -> audit.Checked:
    """Check all rows and tables of some batches and return the verdict, as audit.check."""
    leases.take(settings, batch_ids)
    return audit.check(settings, batch_ids, pool, trends, progress)


def publish_month(settings: Settings, batch_ids: Sequence[str], month: str, fresh: bool = False) -> None:
    """Make the month's files hold exactly these batches' checked rows, as lake.publish_month."""
    leases.take(settings, batch_ids)
    lake.publish_month(settings, batch_ids, month, fresh)


def commit(settings: Settings, batch_ids: Sequence[str]) -> list[str]:
    """Record what the batches published, refresh newsmill.sql, and return the months they have rows in."""
    months: set[str] = set()
    for batch_id in batch_ids:
        made = plan.load(settings, batch_id)
        facts = {
            "config_sha256": plan.config_sha256(made.source),
            "ledger": commits.outcomes(settings, batch_id),
            "measures": alarms.measured(settings, batch_id) or commits.last(settings, batch_id).get("measures"),
        }
        alarms.note_published(settings, batch_id)
        months |= set(commits.commit(settings, batch_id, facts))
    with store.replacing(settings.home / "newsmill.sql") as temporary:
        temporary.write_text(query.views_sql(homes.location(settings.home)), encoding="utf-8")
    return sorted(months)


def report(settings: Settings, batch_ids: Sequence[str]) -> list[LedgerRow]:
    """Return how each batch ended, as its check left it in reports/."""
    ledgers = [(batch, _ledger(settings, batch)) for batch in batch_ids]
    return [
        LedgerRow(batch, value["captures"], value["outcomes"], value["held_back"], value.get("warning"))
        for batch, value in ledgers
    ]


def reported(settings: Settings) -> list[str]:
    """Return the ids of all batches of which there is a report, also of those that could not be planned."""
    return sorted({path.parent.name for path in homes.matching(settings.reports, "*/*")} - {"takedowns"})


def last(settings: Settings) -> list[str]:
    """Return the last batch of each source."""
    known = sorted({*plan.batches(settings), *reported(settings)})
    return sorted({batch.rsplit("-", 3)[0]: batch for batch in known}.values())


def night(
    settings: Settings, batch_ids: Sequence[str], progress: Progress, fresh: bool = False, trends: bool = True
) -> list[LedgerRow]:
    """Take planned batches through all steps and return how each ended.

    A batch that fails or is held back does not stop the others. With `fresh` every month of the lake is written anew,
    and rows of batches that have no plan are dropped. What is without `trends` is as in audit.check.
    """
    progress("start workers", 0, 0)
    with chunks.hired(settings) as pool, started(settings.workers, 0, 0, CHECKS, DOCUMENTS) as checkers:
        progress("start workers", 1, 1)
        _work(settings, batch_ids, pool, progress)
        verdict = check(settings, batch_ids, checkers, trends, progress)
        months = sorted({*verdict.months, *lake.months_of(settings)}) if fresh else verdict.months
        published = pool.calls([partial(publish_month, settings, verdict.passed, month, fresh) for month in months])
        for _ in counted(progress, "publish", months):
            next(published)
    with during(progress, "commit"):
        commit(settings, verdict.passed)
    if fresh:
        duplicates.forget(settings)
    duplicates.refresh(settings, progress)
    return report(settings, batch_ids)


def accept(settings: Settings, batch_id: str, why: str | None, progress: Progress) -> list[LedgerRow]:
    """Publish a batch as it is although it is in alarm; return how it ended; ConfigurationError if it is in none."""
    try:
        alarms.accept(settings, batch_id, why)
    except ConfigurationError as error:
        (row,) = report(settings, [batch_id])
        raise ConfigurationError(f"{error}: {row.held_back or 'it is published'}") from error
    return night(settings, [batch_id], progress)


def each_chunk(settings: Settings, step: Step, refs: Sequence[str]) -> dict[str, int]:
    """Take chunks through one step and return its counts summed; one that fails does not stop the others.

    The first error is raised at the end, and the batch's check will tell its reason. What can heal is raised at once.
    """
    leases.take(settings, [ref.partition("/")[0] for ref in refs])
    total: Counter[str] = Counter()
    errors: list[NewsmillError] = []
    for ref in refs:
        try:
            total.update(step(settings, ref))
        except (ConfigurationError, TransientError):
            raise
        except NewsmillError as error:
            audit.fail(settings, ref.partition("/")[0], str(error))
            errors.append(error)
    if errors:
        raise errors[0]
    return dict(total)


def _work(settings: Settings, batch_ids: Sequence[str], pool: Workers, progress: Progress) -> None:
    """Take all chunks through their stages. Two are under way, so that no worker waits while one is put together."""
    planned = [made for batch in batch_ids if (made := _loaded(settings, batch))]
    sizes = {f"{made.batch_id}/{chunk.id}": chunk.documents for made in planned for chunk in made.chunks}
    done: Counter[str] = Counter()
    counting = Lock()

    def tell(step: str, ref: str) -> None:
        with counting:
            done[step] += sizes[ref]
            progress(step, done[step], sum(sizes.values()))

    for step in ("capture", "extract", "mine") if sizes else ():
        progress(step, 0, sum(sizes.values()))
    with ThreadPoolExecutor(2 if pool.count else 1) as threads:
        try:
            deque(threads.map(partial(_chunk, settings, pool, tell), sizes), 0)
        except BaseException:  # also an interrupt: what is under way ends now
            pool.close()
            raise


def _chunk(settings: Settings, pool: Workers, tell: Callable[[str, str], None], ref: str) -> None:
    """Take a chunk through its stages; what is wrong with it is left to the batch's check."""
    steps = {
        "capture": partial(_captured, pool),
        "extract": partial(extract_chunk, pool=pool),
        "mine": partial(mine_chunk, pool=pool),
    }
    with suppress(SourceError, IntegrityError, ContractError):
        for name, step in steps.items():
            each_chunk(settings, step, [ref])
            tell(name, ref)


def _captured(pool: Workers, settings: Settings, ref: str) -> dict[str, int]:
    """Capture a chunk in a worker; SourceError if that dies of it, and of it again. Fetching is waiting: done here."""
    if plan.load(settings, ref.partition("/")[0]).source.kind in FETCHED:
        return capture_chunk(settings, ref)
    try:
        return pool.call(capture_chunk, settings, ref)
    except WorkerDiedError as error:
        raise SourceError(f"{ref} cannot be captured: {error}") from error


def _ledger(settings: Settings, batch_id: str) -> dict[str, Any]:
    missing = {"captures": 0, "outcomes": {}, "held_back": "not finished: run the batch again", "warning": None}
    return store.find_json(settings.reports / batch_id / "ledger.json") or missing
