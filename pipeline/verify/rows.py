"""Whether the files of the lake agree with their commits, their contracts and each other."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Any

import duckdb

from pipeline import commits, contracts, duplicates, homes, lake, ledger, plan, store, takedown, tombstones, version
from pipeline.errors import IntegrityError
from pipeline.settings import Settings
from pipeline.verify.finding import TAKE_DOWN_AGAIN, Finding

# Each query gives rows (batch_id, detail) of what is wrong.
LEDGER = {
    "capture counted twice": "SELECT batch_id, capture_id FROM captures GROUP BY ALL HAVING count(*) > 1",
    "article without capture": """SELECT a.batch_id, a.capture_id FROM articles a ANTI JOIN captures c
        ON c.capture_id = a.capture_id AND c.version_id = a.version_id AND c.outcome = 'extracted'""",
    "extracted capture without article": """SELECT c.batch_id, c.capture_id FROM captures c ANTI JOIN articles a
        USING (capture_id) WHERE c.outcome = 'extracted'""",
    "unchanged capture whose version is gone": """SELECT c.batch_id, c.capture_id || ': run again, in this order, '
        || (SELECT string_agg(DISTINCT p.batch_id, ', ' ORDER BY p.batch_id)
            FROM captures p WHERE (p.source_id, p.document_key) = (c.source_id, c.document_key)
            AND p.batch_id <= c.batch_id)
        FROM captures c ANTI JOIN articles a USING (article_id, version_id) WHERE c.outcome = 'unchanged'""",
    "refused capture without reject": """SELECT c.batch_id, c.capture_id
        FROM captures c ANTI JOIN rejects r USING (capture_id)
        WHERE c.outcome NOT IN ('extracted', 'unchanged', 'not_modified', 'taken_down')""",
    "quote that is not in its article's month": """SELECT q.batch_id, q.capture_id FROM quotes q ANTI JOIN articles a
        ON a.capture_id = q.capture_id AND a.month = q.month""",
}

OUTCOMES = "SELECT batch_id, outcome, count(*) FROM captures GROUP BY ALL"


def unreadable(settings: Settings) -> Iterator[Finding]:
    """Yield files that cannot be read: no other question can be asked of a lake with such."""
    for path in homes.matching(settings.lake, "*/month=*/data.parquet"):
        try:
            for _ in store.read_batches(path):
                pass
        except IntegrityError as error:
            yield Finding("unreadable file", str(path), str(error))


def files(settings: Settings) -> Iterator[Finding]:
    """Yield files that are not of the present contract, or not as the last commit of their month left them."""
    readable = [commit for _, commit in _readable(settings)]
    for table in contracts.TABLES:
        contract = contracts.contract(table)
        if "batch_id" not in contract.schema.names:
            continue
        for month in lake.months_of(settings, table):
            path = lake.path_of(settings, table, month)
            recorded = {commit["tables"].get(table, {}).get(month, {}).get("sha256") for commit in readable}
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


def _readable(settings: Settings) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what commits say; damaged ones were told of before."""
    for batch_id in commits.batches(settings):
        with suppress(IntegrityError):
            yield batch_id, commits.last(settings, batch_id)


def committed(settings: Settings) -> Iterator[Finding]:
    """Yield batches that have other rows in a file than their commit says, and what was begun and not ended."""
    for batch_id, commit in _readable(settings):
        for table, months in commit["tables"].items():
            for month, entry in months.items():
                rows = commits.rows_of(settings, batch_id, table, month)
                if rows != entry["rows"]:
                    where = str(lake.path_of(settings, table, month))
                    yield Finding(
                        "rows differ from commit", where, f"{batch_id}: {rows} rows, committed were {entry['rows']}"
                    )
    for path in homes.matching(settings.commits / "intents", "*"):
        yield Finding("publishing did not end", path.name, "run the batch again")
    for path in takedown.saved(settings):
        yield Finding("takedown did not end", path.name, TAKE_DOWN_AGAIN)


def balance(settings: Settings, batch_ids: Collection[str], connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """Yield where the ledger of a published batch, of its plan and the rows that the lake has now, is off."""
    outcomes: dict[str, dict[str, int]] = {}
    for batch_id, outcome, count in connection.execute(OUTCOMES).fetchall():
        outcomes.setdefault(batch_id, {})[outcome] = count
    articles = dict(connection.execute("SELECT batch_id, count(*) FROM articles GROUP BY ALL").fetchall())
    for batch_id in batch_ids:
        planned = sum(chunk.documents for chunk in plan.load(settings, batch_id).chunks)
        balance = ledger.row(batch_id, planned, outcomes.get(batch_id, {}), articles.get(batch_id, 0))
        for rule, left, right in contracts.equations("ledger"):
            if balance[left] != balance[right]:
                yield Finding("ledger is off", batch_id, f"{rule} ({left}={balance[left]}, {right}={balance[right]})")


def duplicated(settings: Settings) -> Iterator[Finding]:
    """Yield months whose duplicates are not what was computed from the articles that are there."""
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


def ledgers(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """Yield the answers of LEDGER, the first hundred of each."""
    for what, statement in LEDGER.items():
        for batch_id, detail in connection.execute(f"{statement} ORDER BY ALL LIMIT 100").fetchall():
            yield Finding(what, batch_id, detail)


def buried(settings: Settings, connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """Yield tables that hold anything with a tombstone; captures name it, and say no more than that."""
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


def versions(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """Yield which other code made rows: no fault of the lake, but whoever compares them must know."""
    rows = connection.execute(
        "SELECT code_version, count(DISTINCT batch_id) FROM runs GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    for code, count in rows if len(rows) > 1 else []:
        if code != version.code_version():
            yield Finding("older code", code, f"{count} batches; `newsmill rebuild` brings them up", fault=False)
