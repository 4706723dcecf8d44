"""Captures that were refused for one reason, tried again by the present code; all other rows stay as they are.

A batch's own month comes last, and in it `rejects` near the end: until everything else is in place the refusal stands,
so that whoever is interrupted finds the same captures again. Only a batch that lost a whole article to its contract is
run again as a whole: what that article had been is stored nowhere.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import NamedTuple, get_args

import pandas as pd
import pyarrow as pa

from pipeline import (
    alarms,
    audit,
    checks,
    chunks,
    commits,
    contracts,
    damage,
    duplicates,
    index,
    lake,
    leases,
    ledger,
    past,
    plan,
    query,
    run,
    store,
    verdicts,
)
from pipeline.errors import ConfigurationError, HeldBackError, IntegrityError, SourceError
from pipeline.ledger import Tally
from pipeline.model import Plan, Reason
from pipeline.place import Place, entries
from pipeline.place import captures as read
from pipeline.preparation import Preparation
from pipeline.progress import Progress, counted, silent
from pipeline.refusal import REFUSABLE, Tables, refuse
from pipeline.settings import Settings
from pipeline.workers import Workers

STAGE = "replay"
MINED = ("quotes", "claims", "mentions")
Counts = dict[str, Counter[str]]
"""Of each row in `runs`, by stage, what is counted there."""

SELECTED = """
SELECT batch_id, capture_id, any_value(warc_filename) AS warc_filename, any_value(warc_record_offset) AS "offset",
    any_value(outcome) AS outcome, bool_or(stage = 'check' AND table_name = 'articles') AS whole
FROM rejects JOIN captures USING (batch_id, capture_id)
GROUP BY batch_id, capture_id
HAVING bool_or(reason = $reason AND rejects.source_id = coalesce($source, rejects.source_id)
               AND right(batch_id, 10) >= coalesce($since::DATE, DATE '0001-01-01')::VARCHAR)
ORDER BY ALL
"""
# How many rows of some captures the lake has, by table, and how many were refused, by stage and table.
CHOSEN = "WHERE capture_id IN (FROM chosen) GROUP BY ALL"
ROWS = " UNION ALL ".join(
    [f"SELECT '{name}', '', month, count(*) FROM {name} {CHOSEN}" for name in REFUSABLE]  # noqa: S608
    + [f"SELECT table_name, stage, month, count(*) FROM rejects {CHOSEN}"]  # noqa: S608
)
OUTCOMES = "SELECT capture_id, outcome FROM captures WHERE batch_id = ?"
TALLIED = (
    "SELECT outcome, article_id FROM captures WHERE batch_id = ?",
    "SELECT date_published, word_count, in_language FROM articles WHERE batch_id = ?",
)


class Selected(NamedTuple):
    """A refused capture and where its record is; `whole`: its article broke its contract."""

    batch_id: str
    capture_id: str
    warc_filename: str
    offset: int
    outcome: str
    whole: bool


class Replayed(NamedTuple):
    """How many captures of a batch went from one outcome to another; `problem` is why not all were tried.

    `later` are batches that took what was damaged here for new, and repeat it by now.
    """

    batch_id: str
    turns: dict[tuple[str, str], int]
    problem: str | None = None
    later: Sequence[str] = ()


def select(settings: Settings, reason: str, source: str | None = None, since: date | None = None) -> list[Selected]:
    """Return the published captures that were refused for a reason, by batch, of one source and since a date.

    ConfigurationError if there is no such reason.
    """
    if reason not in get_args(Reason):
        raise ConfigurationError(f"{reason!r} is no reason; they are {', '.join(get_args(Reason))}")
    with query.connect(settings.home) as connection:
        rows = connection.execute(SELECTED, {"reason": reason, "source": source, "since": since}).fetchall()
    return [Selected(*row) for row in rows]


def replay(settings: Settings, selected: Sequence[Selected], progress: Progress) -> list[Replayed]:
    """Try captures again and put what comes of them in the place of what was there; return how each batch's turned."""
    found = []
    groups = [(batch_id, list(group)) for batch_id, group in groupby(selected, key=lambda item: item.batch_id)]
    with chunks.hired(settings) as pool:
        for batch_id, captures in counted(progress, "replay", groups):
            found.append(_batch(settings, batch_id, captures, pool))
    duplicates.refresh(settings, progress)
    return found


def _batch(settings: Settings, batch_id: str, captures: Sequence[Selected], pool: Workers) -> Replayed:
    if commits.pending(settings, batch_id):
        return Replayed(batch_id, {}, "its publishing did not end; run the batch, then replay")
    leases.take(settings, [batch_id])
    try:
        problem = _again(settings, plan.load(settings, batch_id), captures, pool)
    except (HeldBackError, IntegrityError, SourceError) as error:  # the other batches go on
        return Replayed(batch_id, {}, str(error))
    with query.connect(settings.home) as connection:
        now = dict(connection.execute(OUTCOMES, [batch_id]).fetchall())
    turns = Counter((item.outcome, now[item.capture_id]) for item in captures)
    whole = {item.capture_id for item in captures if item.outcome == "damaged_record" != now[item.capture_id]}
    return Replayed(batch_id, dict(turns), problem, tuple(damage.relying(settings, whole, ["extracted"])))


def _again(settings: Settings, made: Plan, captures: Sequence[Selected], pool: Workers) -> str | None:
    """Try again what can be read, and return why not all that was asked for could be."""
    sound = [item for here, items in _by_chunk(settings, made, captures) for item in _sound(here, items)]
    verdicts.take_back(settings, made.batch_id, {item.capture_id for item in sound})
    if any(item.whole for item in sound):
        (row,) = run.night(settings, [made.batch_id], silent, trends=False)  # bars are of the whole replay
        return row.held_back
    if sound:
        _flip(settings, made, sound, pool)
    lost = [item for item in captures if item not in sound and item.outcome != "damaged_record"]
    if not lost:
        return None
    return f"{len(lost)} records are damaged now and stay as they are; `newsmill damage {made.batch_id}` lists them"


def _sound(here: Place, items: Sequence[Selected]) -> Iterator[Selected]:
    """Yield what can be read as it was archived; IntegrityError if a file that is needed for it cannot be."""
    past.known(here.settings, here.plan.batch_id, here.chunk.id)
    indexed = entries(here)
    ordinals = {entry.offset: ordinal for ordinal, entry in enumerate(indexed)}
    for item in items:
        ordinal = ordinals.get(item.offset)
        if ordinal is not None and not index.is_lost(indexed[ordinal], next(read(here, ordinal, ordinal + 1))):
            yield item


def _flip(settings: Settings, made: Plan, captures: Sequence[Selected], pool: Workers) -> None:
    """Make the rows of some captures anew, and publish them in place of those that the lake has."""
    capture_ids = [item.capture_id for item in captures]
    months, before = _stored(settings, capture_ids)
    preparation, after = Preparation(settings, made.batch_id, STAGE), _nothing()
    for here, items in _by_chunk(settings, made, captures):
        tables = chunks.again(settings, here.ref, {item.offset for item in items}, pool)
        kept = _checked(_together(tables), made, pool)
        preparation.add(kept, audit.months(kept, made))
        _count(after, tables, kept)
    own = f"{made.date:%Y-%m}"
    runs = _runs(settings, made, before, after)
    preparation.add({"runs": runs}, {"runs": [own] * len(runs)})
    preparation.finish(passed=True)
    touched = commits.touched(settings, made.batch_id, {*preparation.runs, *months, own})
    for month in sorted(touched, key=lambda month: (month == own, month)):
        lake.publish_captures(settings, made.batch_id, month, capture_ids, STAGE)
    _record(settings, made.batch_id)


def _by_chunk(settings: Settings, made: Plan, captures: Sequence[Selected]) -> Iterator[tuple[Place, list[Selected]]]:
    for chunk in made.chunks:
        here = Place(settings, made, chunk)
        if items := [item for item in captures if here.holds(item.warc_filename, item.offset)]:
            yield here, items


def _together(tables: Mapping[str, Tables]) -> Tables:
    rejects = pa.concat_tables([tables[stage]["rejects"] for stage in ("extract", "mine")])
    return tables["extract"] | tables["mine"] | {"rejects": rejects}


def _checked(tables: Tables, made: Plan, pool: Workers) -> Tables:
    """Return the tables without the rows that break their contract; HeldBackError if a table as a whole does."""
    breaches = [breach for name, table in tables.items() for breach in pool.call(checks.check_rows, name, table)]
    kept = refuse(tables, breaches, {made.batch_id: made.source.id})
    breaches += [breach for name, table in kept.items() for breach in pool.call(checks.check_table, name, table)]
    holding = [b for b in breaches if b.severity == "critical" and (b.row is None or b.table not in REFUSABLE)]
    if holding:
        raise HeldBackError("; ".join(f"{b.table}.{b.column or '*'}: {b.rule} ({b.value})" for b in holding[:5]))
    return kept


def _nothing() -> Counts:
    return {stage: Counter() for stage in ("capture", "extract", "mine", "check")}


def _stored(settings: Settings, capture_ids: Sequence[str]) -> tuple[set[str], Counts]:
    """Return the months in which the lake has rows of some captures, and what these add to the batch's `runs`."""
    with query.connect(settings.home) as connection:
        connection.register("chosen", pa.table({"capture_id": pa.array(capture_ids, pa.large_string())}))
        rows = connection.execute(ROWS).fetchall()
    counts = _nothing()
    for name, stage, _, number in rows:
        _add(counts, name, stage, number)
    return {month for _, stage, month, _ in rows if not stage}, counts


def _add(counts: Counts, name: str, refused_by: str, number: int) -> None:
    """Add rows of a table that came through, or that a stage refused."""
    if refused_by in ("extract", "mine"):
        counts[refused_by]["rows_rejected"] += number
        counts[refused_by]["rows_out"] += number * (refused_by == "mine")
        return
    counts["check"] += Counter(rows_in=number, **{"rows_rejected" if refused_by else "rows_out": number})
    counts["mine"]["rows_in"] += number * (name == "articles")
    if name in ("articles", *MINED):
        counts["mine" if name in MINED else "extract"]["rows_out"] += number


def _count(counts: Counts, tables: Mapping[str, Tables], kept: Tables) -> None:
    for stage, found in tables.items():
        _add(counts, "", stage, len(found["rejects"]))
        for name in REFUSABLE:
            rows = len(found.get(name, ()))
            gone = rows - len(kept[name]) if name in found else 0
            _add(counts, name, "", rows - gone)
            _add(counts, name, "check", gone)


def _runs(settings: Settings, made: Plan, before: Counts, after: Counts) -> pa.Table:
    """Return the batch's rows in `runs` with what the captures add to them now in place of what they added."""
    path = lake.path_of(settings, "runs", f"{made.date:%Y-%m}")
    rows = store.read_table(path, filters=[("batch_id", "=", made.batch_id)]).to_pylist()
    for row in rows:
        for name in ("rows_in", "rows_out", "rows_rejected"):
            if row[name] is not None:  # else something of the batch was taken down
                row[name] += after[row["stage"]][name] - before[row["stage"]][name]
    return contracts.conform("runs", pd.DataFrame.from_records(rows))


def _record(settings: Settings, batch_id: str) -> None:
    """Write the batch's ledger, measures and commit by what the lake holds now."""
    tally = Tally()
    with query.connect(settings.home) as connection:
        tally.add(*(connection.sql(each, params=[batch_id]).to_arrow_table() for each in TALLIED))
    planned = sum(chunk.documents for chunk in plan.load(settings, batch_id).chunks)
    balance = ledger.row(batch_id, planned, tally.outcomes, tally.articles)
    audit.write_ledger(settings, balance, tally.outcomes, None, alarms.standing(settings, batch_id))
    alarms.report(settings, batch_id, tally.measures())
    run.commit(settings, [batch_id])
