"""Does what is stored agree with itself: payloads, ledgers, commits, files, contracts? Changes nothing."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb

from pipeline import (
    alarms,
    archive,
    contracts,
    duplicates,
    homes,
    identity,
    index,
    lake,
    ledger,
    listings,
    past,
    plan,
    query,
    store,
    takedown,
    tombstones,
    vacated,
    verdicts,
    version,
)
from pipeline.errors import IntegrityError, NewsmillError
from pipeline.model import Capture
from pipeline.place import Place, captures, entries, remaining
from pipeline.progress import Progress, counted, during
from pipeline.run import report
from pipeline.settings import Settings

TAKE_DOWN_AGAIN = "`newsmill takedown --again` ends what was begun"
# Each query gives rows (batch_id, detail) of what is wrong.
LEDGER = {
    "capture counted twice": "SELECT batch_id, capture_id FROM captures GROUP BY ALL HAVING count(*) > 1",
    "article without capture": """SELECT a.batch_id, a.capture_id FROM articles a ANTI JOIN captures c
        ON c.capture_id = a.capture_id AND c.version_id = a.version_id AND c.outcome = 'extracted'""",
    "extracted capture without article": """SELECT c.batch_id, c.capture_id FROM captures c ANTI JOIN articles a
        USING (capture_id) WHERE c.outcome = 'extracted'""",
    "unchanged capture whose version is gone": """SELECT c.batch_id, c.capture_id || ': run again, in this order, '
        || (SELECT coalesce(string_agg(DISTINCT p.batch_id, ', ' ORDER BY p.batch_id), 'nothing, its text was refused')
            FROM captures p WHERE (p.source_id, p.document_key) = (c.source_id, c.document_key)
            AND p.batch_id < c.batch_id)
        FROM captures c ANTI JOIN articles a USING (article_id, version_id) WHERE c.outcome = 'unchanged'""",
    "refused capture without reject": """SELECT c.batch_id, c.capture_id
        FROM captures c ANTI JOIN rejects r USING (capture_id)
        WHERE c.outcome NOT IN ('extracted', 'unchanged', 'not_modified', 'taken_down')""",
    "quote that is not in its article's month": """SELECT q.batch_id, q.capture_id FROM quotes q ANTI JOIN articles a
        ON a.capture_id = q.capture_id AND a.month = q.month""",
}
OUTCOMES = "SELECT batch_id, outcome, count(*) FROM captures GROUP BY ALL"


class Finding(NamedTuple):
    """One disagreement: what kind, where, and what exactly; `fault` is False for what is only good to know."""

    what: str
    where: str
    detail: str
    fault: bool = True


def verify(settings: Settings, progress: Progress) -> Iterator[Finding]:
    """Yield every disagreement in raw/, commits/ and lake/; none means that each row leads back to its bytes."""
    unreadable = list(_unreadable(settings))
    yield from unreadable
    if unreadable:
        return
    known = {*plan.batches(settings), *_committed(settings)}
    lost = {batch_id: list(_frozen(settings, batch_id)) for batch_id in sorted(known)}
    yield from (finding for found in lost.values() for finding in found)
    batch_ids = [batch_id for batch_id, found in lost.items() if not found]
    for batch_id in counted(progress, "raw", batch_ids):
        if lake.committed(settings, batch_id):
            yield from _raw(settings, batch_id)
            if alarm := alarms.standing(settings, batch_id):
                yield Finding("in alarm", batch_id, alarm, fault=False)
        else:
            yield Finding("planned, not published", batch_id, _reason(settings, batch_id))
    with during(progress, "files"):
        yield from _files(settings)
    with during(progress, "commits"):
        yield from _commits(settings)
        yield from _duplicates(settings)
    with during(progress, "rows"), query.connect(settings.home) as connection:
        yield from _balance(settings, batch_ids, connection)
        yield from _ledger(connection)
        yield from _buried(settings, connection)
        yield from _versions(connection)


def _reason(settings: Settings, batch_id: str) -> str:
    row = report(settings, [batch_id])[0]
    return row.held_back or "its run did not end: run it again"


def _frozen(settings: Settings, batch_id: str) -> Iterator[Finding]:
    """What was written with a plan must be there: reruns and rebuilds go by it. Of such a batch no more is asked."""
    checks: dict[str, Callable[[Settings, str], object]] = {
        "plan.json": plan.load,
        "known.parquet": past.known,
        "baseline.json": alarms.baseline,
    }
    for name, read in checks.items():
        try:
            read(settings, batch_id)
        except NewsmillError as error:
            yield Finding("what was planned is gone", str(settings.raw / batch_id / name), str(error))


def _raw(settings: Settings, batch_id: str) -> Iterator[Finding]:
    """Every capture in the lake must be what raw/ holds at its place."""
    made = plan.load(settings, batch_id)
    stored = _digests(lake.path_of(settings, "captures", f"{made.date:%Y-%m}"), batch_id)
    dead = tombstones.read(settings)
    for here in (Place(settings, made, chunk) for chunk in made.chunks):
        try:
            yield from _archived(here, stored, dead)
            yield from () if here.in_place else _beside(here.warc, entries(here))
            yield from _taken_down(here)
        except NewsmillError as error:
            yield Finding("raw", str(here.warc), str(error))
            stored = {place: digest for place, digest in stored.items() if not here.holds(*place)}
    for filename, offset in stored:
        yield Finding("row without bytes", f"{batch_id}/{filename}", f"nothing at offset {offset}")
    lists = settings.raw / batch_id / listings.LISTS
    yield from _beside(lists, ()) if homes.exists(lists) else ()


def _beside(warc: Path, captured: Sequence[index.Entry]) -> Iterator[Finding]:
    """Records of ours that are no captures say how these were asked for, or what a feed listed."""
    for start, end in archive.damaged(warc):
        if not any(entry.offset < end and start < entry.offset + entry.length for entry in captured):
            detail = f"bytes {start}..{end}: a record beside those of captures; {archive.RESTORE}"
            yield Finding("damaged record", str(warc), detail)


def _taken_down(here: Place) -> Iterator[Finding]:
    """A file of ours, restored from a backup, may hold the bytes again; one of others until its owner removes them."""
    count = len(remaining(here, vacated.read(here.settings, here.plan.batch_id, here.filename)))
    said = f"{count} records that were taken down; "
    if count and here.in_place:
        listed = "`newsmill takedown --again --dry-run` lists them"
        yield Finding("left to its owner", str(here.warc), said + listed, fault=False)
    elif count:
        yield Finding("not taken down everywhere", str(here.warc), said + TAKE_DOWN_AGAIN)


def _archived(here: Place, stored: dict[tuple[str, int], str | None], dead: frozenset[str]) -> Iterator[Finding]:
    """Compare a chunk's captures, also those behind a damaged one, with the digests in the lake, taking these out."""
    given_up = verdicts.read(here.verdicts("extract"))
    for entry, capture in zip(entries(here), captures(here), strict=True):
        digest = stored.pop((capture.filename, capture.offset), capture.digest)
        if digest is not None and index.is_lost(entry, capture) and capture.fault:
            capture_id = identity.capture_id(here.plan.batch_id, capture.source_key)
            detail = f"{capture.source_key}: {capture.fault[1]}"
            yield Finding("damaged record", str(here.warc), detail, fault=capture_id not in given_up)
        elif finding := _differing(here, capture, digest, dead):
            yield finding


def _differing(here: Place, capture: Capture, digest: str | None, dead: frozenset[str]) -> Finding | None:
    """Return what is wrong with a capture whose payload has that digest in the lake, None if taken down there."""
    where, gone = f"{here.warc} at {capture.offset}", capture.taken_down
    if (digest is None) != (gone is not None):
        return Finding("not taken down everywhere", where, TAKE_DOWN_AGAIN)
    if gone and not any(name.startswith(gone.tombstone) for name in dead):
        return Finding("tombstone", where, f"{gone.tombstone} is gone; restore {here.settings.raw / 'tombstones'}")
    if digest is not None and digest != capture.digest:
        return Finding("payload digest", where, f"{capture.digest}, the lake says {digest}")
    return None


def _digests(path: Path, batch_id: str) -> dict[tuple[str, int], str | None]:
    """Return the payload digests of a batch's captures by their places, None of what was taken down."""
    names = ["warc_filename", "warc_record_offset", "content_digest", "batch_id"]
    if not homes.exists(path):
        return {}
    table = store.read_table(path, names, filters=[("batch_id", "=", batch_id)])
    return {(row[names[0]], row[names[1]]): row[names[2]] for row in table.to_pylist()}


def _unreadable(settings: Settings) -> Iterator[Finding]:
    """No other question can be asked of a lake with such files."""
    for path in homes.matching(settings.lake, "*/month=*/data.parquet"):
        try:
            for _ in store.read_batches(path):
                pass
        except IntegrityError as error:
            yield Finding("unreadable file", str(path), str(error))


def _files(settings: Settings) -> Iterator[Finding]:
    """Each file must be of the present contract and as the last commit of its month left it."""
    commits = [lake.committed(settings, batch_id) for batch_id in _committed(settings)]
    for table in contracts.TABLES:
        contract = contracts.contract(table)
        if "batch_id" not in contract.schema.names:
            continue
        for month in lake.months_of(settings, table):
            path = lake.path_of(settings, table, month)
            recorded = {commit["tables"].get(table, {}).get(month, {}).get("sha256") for commit in commits}
            if store.sha256(path) not in recorded:
                yield Finding(
                    "file differs from every commit", str(path), "a batch was published but not committed: run it again"
                )
            if store.schema(path).names != contract.schema.names:
                yield Finding(
                    "older contract",
                    str(path),
                    f"`newsmill rebuild` brings it to {table} {contract.version}",
                    fault=False,
                )


def _committed(settings: Settings) -> list[str]:
    return [path.stem for path in homes.matching(settings.commits, "*.json")]


def _commits(settings: Settings) -> Iterator[Finding]:
    """Each batch must have in each file the rows that its commit says, and have nothing half published."""
    for batch_id in _committed(settings):
        for table, months in lake.committed(settings, batch_id)["tables"].items():
            for month, entry in months.items():
                rows = lake.rows_of(settings, batch_id, table, month)
                if rows != entry["rows"]:
                    where = str(lake.path_of(settings, table, month))
                    yield Finding(
                        "rows differ from commit", where, f"{batch_id}: {rows} rows, committed were {entry['rows']}"
                    )
    for path in homes.matching(settings.commits / "intents", "*"):
        yield Finding("publishing did not end", path.name, "run the batch again")
    for path in takedown.saved(settings):
        yield Finding("takedown did not end", path.name, TAKE_DOWN_AGAIN)


def _balance(settings: Settings, batch_ids: list[str], connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """The ledger of each published batch, of its plan and the rows that the lake has now, must balance."""
    outcomes: dict[str, dict[str, int]] = {}
    for batch_id, outcome, count in connection.execute(OUTCOMES).fetchall():
        outcomes.setdefault(batch_id, {})[outcome] = count
    articles = dict(connection.execute("SELECT batch_id, count(*) FROM articles GROUP BY ALL").fetchall())
    for batch_id in batch_ids:
        if lake.committed(settings, batch_id):
            planned = sum(chunk.documents for chunk in plan.load(settings, batch_id).chunks)
            balance = ledger.row(batch_id, planned, outcomes.get(batch_id, {}), articles.get(batch_id, 0))
            for rule, left, right in contracts.equations("ledger"):
                if balance[left] != balance[right]:
                    yield Finding(
                        "ledger is off", batch_id, f"{rule} ({left}={balance[left]}, {right}={balance[right]})"
                    )


def _duplicates(settings: Settings) -> Iterator[Finding]:
    """What is derived must be what was computed from the articles that are there."""
    present = duplicates.Present.of(settings, suspicious=True)
    for month in present.months:
        where = str(lake.path_of(settings, duplicates.TABLE, month))
        record = present.records.get(month)
        if record and record.sha256 != duplicates.digest(settings, month):
            yield Finding("file differs from what was computed", where, "the next run of any batch writes it anew")
        elif record is None or present.is_outdated(month):
            yield Finding("duplicates of other articles", where, "the next run of any batch computes them")
        elif record.method != duplicates.method(settings):
            yield Finding("older way to find duplicates", where, "`newsmill rebuild` brings it up", fault=False)


def _ledger(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    for what, statement in LEDGER.items():
        for batch_id, detail in connection.execute(f"{statement} ORDER BY ALL LIMIT 100").fetchall():
            yield Finding(what, batch_id, detail)


def _buried(settings: Settings, connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """No table may hold anything with a tombstone; captures name it, and say no more than that."""
    dead = sorted(tombstones.read(settings))
    for table in contracts.TABLES if dead else ():
        names = set(tombstones.IDS) & set(contracts.contract(table).schema.names)
        held = " OR ".join(f"sha256({name}) IN (SELECT unnest($dead))" for name in sorted(names))
        if held:
            living = "AND outcome <> 'taken_down'" if table == "captures" else ""
            statement = f"SELECT month, count(*) FROM {table} WHERE ({held}) {living} GROUP BY ALL ORDER BY ALL"  # noqa: S608
            for month, rows in connection.execute(statement, {"dead": dead}).fetchall():
                where = str(lake.path_of(settings, table, month))
                yield Finding("not taken down everywhere", where, f"{rows} rows; {TAKE_DOWN_AGAIN}")


def _versions(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """Rows of other code are no fault of the lake, but whoever compares them must know."""
    rows = connection.execute(
        "SELECT code_version, count(DISTINCT batch_id) FROM runs GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    for code, count in rows if len(rows) > 1 else []:
        if code != version.code_version():
            yield Finding("older code", code, f"{count} batches; `newsmill rebuild` brings them up", fault=False)
