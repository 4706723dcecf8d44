"""Write-audit-publish, the middle part: batches' rows against their contracts, then sorted runs by month to publish.

A refused row goes to `rejects`; a refused article takes its children along and its capture becomes `rejected`. A batch
that did not get through its stages, whose tables or ledger break a critical rule, or that is far from what its source
gave in the nights before, is held back whole.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import (
    alarms,
    checks,
    chunks,
    commits,
    contracts,
    damage,
    ledger,
    markers,
    plan,
    store,
    timings,
    version,
)
from pipeline.checks import Breach
from pipeline.errors import IntegrityError
from pipeline.ledger import Tally
from pipeline.model import Plan
from pipeline.preparation import Preparation, prepared
from pipeline.progress import Progress, counted, during, silent
from pipeline.refusal import REFUSABLE, Tables, refuse
from pipeline.rows import month_of
from pipeline.settings import Settings
from pipeline.workers import Workers

WHOLE = ("captures", "articles")
"""Tables whose keys are compared over the whole batch; the keys of their children begin with a capture's."""
BREACHES_SHOWN = 200


class Checked(NamedTuple):
    """Batches that may be published, those held back, and the months that the former touch."""

    passed: list[str]
    held: list[str]
    months: list[str]


@dataclass(slots=True)
class _Audit:
    """One batch while it is checked."""

    plan: Plan
    preparation: Preparation
    breaches: list[Breach] = field(default_factory=list)
    audited: dict[str, list[pa.Table]] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    rows_in: int = 0
    rows_out: int = 0


def check(
    settings: Settings,
    batch_ids: Sequence[str],
    pool: Workers | None = None,
    trends: bool = True,
    progress: Progress = silent,
) -> Checked:
    """Check all rows and tables of some batches, prepare the good ones for publishing, and return the verdict.

    Without `trends` no batch is compared with earlier nights.
    """
    pool = pool or Workers(0)
    with during(progress, "load the checks"):
        pool.call(checks.prepare)
    held = {batch: reason for batch in batch_ids if (reason := _unfinished(settings, batch))}
    plans = [plan.load(settings, batch) for batch in batch_ids if batch not in held]
    audits = {made.batch_id: _Audit(made, Preparation(settings, made.batch_id)) for made in plans}
    for group in _groups(settings, plans, progress):
        _check_rows(audits, group, pool)
    for batch, audit in counted(progress, "check tables", list(audits.items())):
        if reason := _check_tables(settings, audit, pool, trends):
            held[batch] = reason
    passed = [batch for batch in batch_ids if batch not in held]
    months = {month for batch in passed for month in commits.touched(settings, batch, prepared(settings, batch))}
    return Checked(passed, [batch for batch in batch_ids if batch in held], sorted(months))


def fail(settings: Settings, batch_id: str, message: str) -> None:
    """Remember why a batch cannot go on; its next check says so, unless what failed was done meanwhile."""
    store.write_json(settings.reports / batch_id / "failure.json", {"message": message})


def _unfinished(settings: Settings, batch_id: str) -> str | None:
    path = settings.reports / batch_id / "failure.json"
    try:
        missing = markers.unfinished(settings, batch_id)
    except IntegrityError as error:
        missing = str(error)
    if missing is None:
        store.remove(path)
        return None
    failure = store.find_json(path)
    reason = str(failure["message"]) if failure else missing
    write_ledger(settings, ledger.row(batch_id, 0, {}, 0), {}, reason)
    return reason


def _groups(settings: Settings, plans: Sequence[Plan], progress: Progress) -> Iterator[Tables]:
    """Chunks together, of any batches, up to `check_bytes`: GX costs the same for ten rows as for a thousand."""
    waiting: dict[str, list[pa.Table]] = {}
    size = 0
    refs = [f"{made.batch_id}/{chunk.id}" for made in plans for chunk in made.chunks]
    for ref in counted(progress, "check rows", refs):
        for name, table in chunks.read(settings, ref).items():
            waiting.setdefault(name, []).append(table)
            size += table.nbytes
        if size >= settings.check_bytes:
            yield {name: pa.concat_tables(parts) for name, parts in waiting.items()}
            waiting, size = {}, 0
    if waiting:
        yield {name: pa.concat_tables(parts) for name, parts in waiting.items()}


def _check_rows(audits: dict[str, _Audit], group: Tables, pool: Workers) -> None:
    breaches = _found(pool, checks.check_rows, group)
    owners = {name: table["batch_id"].to_pylist() for name, table in group.items()}
    for breach in breaches:
        audits[owners[breach.table][breach.row or 0]].breaches.append(breach)
    sources = {batch: audit.plan.source.id for batch, audit in audits.items()}
    kept = refuse(group, breaches, sources)
    for batch in dict.fromkeys(owners["captures"]):
        audit = audits[batch]
        own = {name: table.filter(pc.equal(table["batch_id"], batch)) for name, table in kept.items()}
        audit.tally.add(own["captures"], own["articles"])
        audit.preparation.add(own, months(own, audit.plan))
        audit.rows_in += sum(owners[name].count(batch) for name in REFUSABLE)
        audit.rows_out += sum(len(own[name]) for name in REFUSABLE)
        for name in WHOLE:
            audit.audited.setdefault(name, []).append(own[name].select(contracts.contract(name).audited))
        children = {name: table for name, table in own.items() if name not in WHOLE}
        audit.breaches += _found(pool, checks.check_table, children)


def _found(pool: Workers, check: Callable[[str, pa.Table], list[Breach]], tables: Tables) -> list[Breach]:
    calls = [partial(check, name, table) for name, table in tables.items()]
    return [breach for found in pool.calls(calls) for breach in found]


def _check_tables(settings: Settings, audit: _Audit, pool: Workers, trends: bool) -> str | None:
    """Return why the batch is held back, None if it may be published."""
    made = audit.plan
    runs = contracts.conform("runs", _runs(settings, audit))
    audit.preparation.add({"runs": runs}, {"runs": [f"{made.date:%Y-%m}"] * len(runs)})
    planned = sum(chunk.documents for chunk in made.chunks)
    balance = ledger.row(made.batch_id, planned, audit.tally.outcomes, audit.tally.articles)
    balanced = contracts.conform("ledger", pd.DataFrame([balance]))
    whole = {name: pa.concat_tables(parts) for name, parts in audit.audited.items()} | {"runs": runs}
    audit.breaches += _found(pool, checks.check_table, whole)
    audit.breaches += _found(pool, checks.check_rows, {"runs": runs, "ledger": balanced})
    reason, warning = _verdict(settings, audit, trends)
    audit.preparation.finish(reason is None)
    write_ledger(settings, balance, audit.tally.outcomes, reason, warning)
    timings.write(settings, made)
    shown = [breach._asdict() for breach in sorted(audit.breaches, key=lambda breach: breach.severity)[:BREACHES_SHOWN]]
    store.write_json(
        settings.reports / made.batch_id / "checks.json", {"breaches": len(audit.breaches), "shown": shown}
    )
    return reason


def _verdict(settings: Settings, audit: _Audit, trends: bool) -> tuple[str | None, str | None]:
    """Return why the batch is held back, if so, and what is to be warned of. What breaks a rule is not compared."""
    made, measures = audit.plan, audit.tally.measures()
    reason = damage.holding(settings, made) or _reason(audit)
    if reason or not trends:
        alarms.report(settings, made.batch_id, measures)
    if reason:
        if trends:
            alarms.dismiss(settings, made.batch_id)
        return reason, None
    if not trends:
        return None, alarms.standing(settings, made.batch_id)
    try:
        severity, words = alarms.judge(settings, made, measures)
    except IntegrityError as error:
        return str(error), None
    return (words, None) if severity == "critical" else (None, words or None)


def _reason(audit: _Audit) -> str | None:
    """Return which rule the batch breaks, None if it breaks none."""
    least, found = audit.plan.source.min_articles, audit.tally.shown
    holding = [b for b in audit.breaches if b.severity == "critical" and (b.row is None or b.table not in REFUSABLE)]
    if broken := "; ".join(f"{b.table}.{b.column or '*'}: {b.rule} ({b.value})" for b in holding[:5]):
        return broken
    return f"{found} articles, the source's min_articles is {least}" if found < least else _stale(audit.plan)


def _stale(made: Plan) -> str | None:
    """Return why a fetched batch is too old for its source's contract, None if it is not."""
    most, hours = made.source.max_age_hours, made.newest_hours
    if not most or (hours is not None and hours <= most):
        return None
    age = "no list states a date" if hours is None else f"the newest listed article is {hours} hours old"
    return f"{age}, the source's max_age_hours is {most}"


def months(tables: Tables, made: Plan) -> dict[str, list[str]]:
    """Return each row's month: an article's for all rows of its capture, the batch's for captures and rejects."""
    own = f"{made.date:%Y-%m}"
    articles = tables["articles"].select(["capture_id", "published_on", "valid_from"]).to_pylist()
    months = {row["capture_id"]: month_of(row) for row in articles}
    return {
        name: [months[capture] for capture in table["capture_id"].to_pylist()]
        if name in REFUSABLE
        else [own] * len(table)
        for name, table in tables.items()
    }


def _runs(settings: Settings, audit: _Audit) -> pd.DataFrame:
    """A row a stage, with the counts of its chunks; that of the check counts rows of articles and their children."""
    made = audit.plan
    same = {
        "batch_id": made.batch_id,
        "source_id": made.source.id,
        "code_version": version.code_version(),
        "config_sha256": plan.config_sha256(made.source),
    }
    rows = []
    for stage in markers.STAGES:
        counts: Counter[str] = Counter()
        for chunk in made.chunks:
            counts.update(markers.counts(settings, f"{made.batch_id}/{chunk.id}", stage))
        rows.append(same | {"stage": stage} | {name: counts[name] for name in markers.COUNTED})
    checked = {"captures": rows[0]["captures"], "rows_in": audit.rows_in, "rows_out": audit.rows_out}
    return pd.DataFrame.from_records(
        [*rows, same | {"stage": "check"} | checked | {"rows_rejected": audit.rows_in - audit.rows_out}]
    )


def write_ledger(
    settings: Settings,
    balance: Mapping[str, str | int],
    outcomes: Mapping[str, int],
    reason: str | None,
    warning: str | None = None,
) -> None:
    """Write how a batch ended to reports/."""
    value = {**balance, "outcomes": dict(outcomes), "held_back": reason, "warning": warning}
    store.write_json(settings.reports / str(balance["batch_id"]) / "ledger.json", value)
